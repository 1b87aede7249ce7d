"""The gradient with respect to what a model reads, against small differences."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import GRUCell
from unspool.chapter.look import input_gradient_norm
from unspool.errors import UsageError
from unspool.layers import Dense, Embedding, Recurrent, Stack
from unspool.models.shapes import (
    EncoderDecoder,
    SequenceToSequence,
    SequenceToVector,
    VectorToSequence,
)

KEYS = jax.random.split(jax.random.key(0), 4)


def by_small_differences(output: Any, inputs: np.ndarray) -> np.ndarray:
    """The norms of steps d back, of `output`, a function of (time, features) to (outputs,)."""
    output = jax.jit(output)
    time, features = inputs.shape
    squares = np.zeros(time)
    for step in range(time):
        for feature in range(features):
            moved = np.zeros_like(inputs)
            moved[step, feature] = 1e-5
            change = np.asarray(output(inputs + moved)) - np.asarray(output(inputs - moved))
            squares[step] += ((change / 2e-5) ** 2).sum() / change.size
    return np.sqrt(squares)[::-1]


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


def test_norms_of_a_model_are_those_of_small_differences() -> None:
    layer = Stack([Recurrent(GRUCell(2, 3, key=KEYS[0])), Dense(3, 2, key=KEYS[1])])
    x = random(4, 2)
    for model, pick in (
        (SequenceToSequence(layer), lambda made: made[0, -1]),
        (SequenceToVector(layer), lambda made: made[0]),
    ):
        expected = by_small_differences(lambda x, m=model, p=pick: p(m(x[None])[0]), x)
        assert_allclose(input_gradient_norm(model, x[None]), expected, rtol=1e-6)


def test_the_steps_of_a_pair_are_the_decoders_and_before_them_the_encoders() -> None:
    model = EncoderDecoder(
        Recurrent(GRUCell(2, 3, key=KEYS[0])),
        Recurrent(GRUCell(2, 3, key=KEYS[1])),
        Dense(3, 1, key=KEYS[2]),
    )
    both = random(5, 2)  # three steps to read, two to write
    expected = by_small_differences(lambda x: model((x[None, :3], x[None, 3:]))[0][0, -1], both)
    found = input_gradient_norm(model, (both[None, :3], both[None, 3:]))
    assert_allclose(found, expected, rtol=1e-6)


def test_tokens_count_as_their_vectors() -> None:
    embedding, layer = Embedding(5, 2, key=KEYS[0]), Recurrent(GRUCell(2, 3, key=KEYS[1]))
    tokens = np.array([[3, 0, 3, 4]])
    vectors = np.asarray(embedding(tokens)[0][0], np.float64)
    expected = by_small_differences(lambda x: layer(x[None])[0][0, -1], vectors)
    model = SequenceToVector(Stack([embedding, layer]))
    assert_allclose(input_gradient_norm(model, tokens), expected, rtol=1e-6)


def test_tokens_without_an_embedding_are_rejected() -> None:
    class Counts(SequenceToVector):
        def __call__(self, x: Any, lengths: Any = None, *, key: Any = None) -> Any:
            return super().__call__(x[..., None].astype(float))

    with pytest.raises(UsageError) as error:
        input_gradient_norm(Counts(Dense(1, 1, key=KEYS[0])), np.zeros((1, 4), int))
    assert str(error.value) == (
        "a gradient with respect to tokens is taken at the embedding that reads them: got 1 "
        "arrays of tokens and 0 calls of an embedding"
    )


def test_a_vector_has_no_steps_to_look_back_to() -> None:
    model = VectorToSequence(Recurrent(GRUCell(2, 3, key=KEYS[0])), steps=3)
    with pytest.raises(UsageError) as error:
        input_gradient_norm(model, np.zeros((1, 2), np.float32))
    assert str(error.value) == "one series has the shape (time, features), got (2,)"
