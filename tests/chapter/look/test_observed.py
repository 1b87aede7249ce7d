"""Watching the layers of a model changes nothing, and sees all of them."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from unspool.cells import GRUCell
from unspool.chapter.look.observed import observe, recurrent_layers
from unspool.layers import Bidirectional, Dense, Recurrent, Stack
from unspool.models.shapes import EncoderDecoder, SequenceToSequence

KEYS = jax.random.split(jax.random.key(0), 6)


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


def test_what_layers_read_and_gave_is_what_passes_from_one_to_the_next() -> None:
    first, second = Recurrent(GRUCell(2, 3, key=KEYS[0])), Recurrent(GRUCell(3, 3, key=KEYS[1]))
    head = Dense(3, 1, key=KEYS[2])
    model, x = SequenceToSequence(Stack([first, second, head])), random(1, 6, 2)
    prediction, readings = observe(model, x, Recurrent)
    assert_allclose(prediction, model(x)[0], rtol=1e-5)
    assert [reading.layer for reading in readings] == [first, second]
    assert_array_equal(readings[0].inputs, x)
    assert_array_equal(readings[1].inputs, readings[0].outputs)
    assert_allclose(readings[1].outputs, second(first(x)[0])[0], rtol=1e-5)


class Compiled(eqx.Module):
    """A model as somebody may write it."""

    layer: Recurrent

    @eqx.filter_jit
    def __call__(self, x: Any) -> Any:
        return self.layer(x)


def test_layers_of_a_compiled_model_are_seen_with_their_numbers() -> None:
    model, x = Compiled(Recurrent(GRUCell(2, 3, key=KEYS[0]))), random(1, 6, 2)
    prediction, (reading,) = observe(model, x, Recurrent)
    assert_array_equal(reading.outputs, prediction)
    assert_allclose(np.asarray(reading.outputs), model(x)[0], rtol=1e-10)


def test_a_layer_that_reads_from_the_end_is_told_from_one_that_does_not() -> None:
    def layers(first: int) -> tuple[Recurrent, Recurrent]:
        a, b = (Recurrent(GRUCell(2, 3, key=KEYS[first + i])) for i in range(2))
        return a, b

    turned = Bidirectional(Bidirectional(*layers(0)), Bidirectional(*layers(2)))
    x = random(1, 5, 2)
    readings = recurrent_layers(SequenceToSequence(turned), x)
    assert [reading.backwards for reading in readings] == [False, True, True, False]
    assert_array_equal(readings[1].inputs, x[:, ::-1])


def test_a_decoder_is_seen_with_the_state_that_it_starts_from() -> None:
    encoder, decoder = (Recurrent(GRUCell(2, 3, key=key)) for key in KEYS[:2])
    model = EncoderDecoder(encoder, decoder, Dense(3, 2, key=KEYS[2]))
    read, written = random(1, 4, 2), random(1, 3, 2)
    of_encoder, of_decoder = recurrent_layers(model, (read, written))
    assert of_encoder.state is None
    assert_allclose(of_decoder.state, encoder(read)[1], rtol=1e-6)
