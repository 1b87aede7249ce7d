from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import GRUCell, LSTMCell
from unspool.errors import UsageError
from unspool.layers import (
    AdditiveAttention,
    BatchNorm,
    Convolution,
    Dense,
    DotProductAttention,
    Dropout,
    Embedding,
    Recurrent,
    Stack,
    settle,
)
from unspool.models.shapes import (
    EncoderDecoder,
    SequenceToSequence,
    SequenceToVector,
    VectorToSequence,
)

KEYS = jax.random.split(jax.random.key(0), 6)
LENGTHS = [7, 3, 0]


# Compiled whole: operation by operation, compiling would be most of what these tests take.
@eqx.filter_jit
def run(layer: Any, *given: Any, **named: Any) -> Any:
    return layer(*given, **named)


def gru(inputs: int, outputs: int) -> Recurrent:
    return Recurrent(GRUCell(inputs, outputs, key=KEYS[0]))


def random_inputs(*shape: int) -> Any:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_sequence_to_sequence_is_its_layer() -> None:
    layer, x = Stack([gru(2, 4), Dense(4, 3, key=KEYS[1])]), random_inputs(3, 7, 2)
    prediction, states = run(SequenceToSequence(layer), x, LENGTHS)
    wanted, reached = run(layer, x, lengths=LENGTHS)
    assert (np.asarray(prediction) == np.asarray(wanted)).all()
    assert (np.asarray(states[0]) == np.asarray(reached[0])).all()


@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_sequence_to_vector_predicts_at_each_rows_own_last_step(lengths: Any) -> None:
    layer, head, x = gru(2, 4), Dense(4, 3, key=KEYS[1]), random_inputs(3, 7, 2)
    prediction, (states, _) = run(SequenceToVector(layer, head), x, lengths)
    plain, _ = run(SequenceToVector(layer), x, lengths)
    outputs, reached = run(layer, x, lengths=lengths)
    for row, length in enumerate(lengths or [7] * 3):
        last = np.asarray(outputs[row, length - 1]) if length else np.zeros(4)
        assert_allclose(plain[row], last, rtol=1e-6)
        assert_allclose(prediction[row], np.asarray(head.weight) @ last, rtol=1e-4, atol=1e-6)
    assert (np.asarray(states) == np.asarray(reached)).all()


def test_the_last_step_of_a_strided_layer_is_that_of_its_outputs() -> None:
    layer = Stack([Convolution(2, 3, 3, stride=2, key=KEYS[0]), gru(3, 4)])
    x = random_inputs(3, 7, 2)
    prediction, _ = run(SequenceToVector(layer), x, [7, 5, 3])
    outputs, _ = run(layer, x, lengths=[7, 5, 3])
    for row, last in enumerate([2, 1, 0]):
        assert (np.asarray(prediction[row]) == np.asarray(outputs[row, last])).all()


def test_a_head_gets_a_key_of_its_own_and_its_statistics_come_back() -> None:
    model = SequenceToVector(gru(2, 4), Stack([BatchNorm(4), Dropout(0.5)]))
    x = random_inputs(3, 7, 2)
    prediction, states = run(model, x, key=KEYS[2])
    assert (np.asarray(prediction) == 0).any()
    last = np.asarray(run(model.layer, x)[0][:, -1])
    settled = settle(model, states)
    assert_allclose(settled.head.layers[0].mean, 0.01 * last.mean(axis=0), rtol=1e-4)


def test_vector_to_sequence_reads_the_vector_at_every_step() -> None:
    layer, x = gru(2, 4), random_inputs(3, 2)
    prediction, states = run(VectorToSequence(layer, 5), x, [5, 2, 0])
    wanted, reached = run(layer, np.repeat(x[:, None], 5, axis=1), lengths=[5, 2, 0])
    assert (np.asarray(prediction) == np.asarray(wanted)).all()
    assert (np.asarray(states) == np.asarray(reached)).all()


def encoder_decoder(attention: Any = None) -> EncoderDecoder:
    """Row 24 of the chapter, smaller: other features on the two sides."""
    size = 5 if attention is None else 10
    return EncoderDecoder(
        Recurrent(LSTMCell(3, 5, key=KEYS[0])),
        Recurrent(LSTMCell(2, 5, key=KEYS[1])),
        Dense(size, 4, key=KEYS[2]),
        attention,
    )


def test_the_encoders_final_states_start_the_decoder() -> None:
    model, x, y = encoder_decoder(), random_inputs(3, 7, 3), random_inputs(3, 4, 2)
    prediction, (read, written, _) = run(model, (x, y), (LENGTHS, [4, 1, 4]))
    _, reached = run(model.encoder, x, lengths=LENGTHS)
    outputs, end = run(model.decoder, y, reached, [4, 1, 4])
    wanted, _ = run(model.head, outputs, lengths=[4, 1, 4])
    assert_allclose(prediction, wanted, rtol=1e-5, atol=1e-6)
    for found, expected in ((read, reached), (written, end)):
        assert_allclose(found.hidden, expected.hidden, rtol=1e-5, atol=1e-6)


def test_with_attention_the_head_reads_what_each_output_asks_for_beside_it() -> None:
    attention = AdditiveAttention(5, 5, 6, key=KEYS[3])
    model, x, y = encoder_decoder(attention), random_inputs(3, 7, 3), random_inputs(3, 4, 2)
    prediction, _ = run(model, (x, y), (LENGTHS, None))
    memory, reached = run(model.encoder, x, lengths=LENGTHS)
    outputs, _ = run(model.decoder, y, reached)
    for step in range(4):
        context, _ = run(attention, outputs[:, step], memory, LENGTHS)
        both = np.concatenate([outputs[:, step], context], axis=-1)
        wanted = both @ np.asarray(model.head.weight).T
        assert_allclose(prediction[:, step], wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("attention", [None, DotProductAttention()])
def test_generating_is_teacher_forcing_with_its_own_predictions(attention: Any) -> None:
    def tokens(inputs: int, key: Any) -> Stack:
        return Stack([Embedding(inputs, 3, key=key), Recurrent(LSTMCell(3, 5, key=key))])

    size = 5 if attention is None else 10
    model = EncoderDecoder(
        tokens(9, KEYS[0]), tokens(6, KEYS[1]), Dense(size, 6, key=KEYS[2]), attention
    )
    model = jax.tree.map(lambda leaf: jnp.asarray(4 * np.asarray(leaf)), model)
    x = np.random.default_rng(0).integers(0, 9, (3, 7))
    first = jnp.array([5, 5, 5])

    @eqx.filter_jit
    def generate(model: EncoderDecoder) -> Any:
        return model.generate(x, first, 4, lambda p: jnp.argmax(p, axis=-1), LENGTHS)

    made = generate(model)
    own = np.argmax(made, axis=-1)
    assert len(np.unique(own)) > 1
    fed = np.concatenate([first[:, None], own[:, :-1]], axis=1)
    prediction, _ = run(model, (x, fed), (LENGTHS, None))
    assert_allclose(made, prediction, rtol=1e-4, atol=1e-5)


def test_the_decoders_batch_normalisation_does_not_start_from_the_encoders_statistics() -> None:
    def side() -> Stack:
        return Stack([BatchNorm(2, momentum=0.5), gru(2, 3)])

    model = EncoderDecoder(side(), side(), Dense(3, 1, key=KEYS[1]))
    x, y = 9 + random_inputs(3, 7, 2), random_inputs(3, 4, 2)
    _, states = run(model, (x, y), key=KEYS[2])
    settled = settle(model, states)
    assert_allclose(settled.encoder.layers[0].mean, 0.5 * x.mean(axis=(0, 1)), rtol=1e-5)
    assert_allclose(settled.decoder.layers[0].mean, 0.5 * y.mean(axis=(0, 1)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: VectorToSequence(gru(2, 4), 0), "steps must be at least 1, got 0"),
        (
            lambda: VectorToSequence(gru(2, 4), 3)(jnp.ones((3, 5, 2))),
            "VectorToSequence takes x of shape (batch, features), got shape (3, 5, 2)",
        ),
        (
            lambda: encoder_decoder()(jnp.ones((3, 5, 2))),
            "EncoderDecoder takes inputs as a pair, the encoder's and the decoder's, got ArrayImpl",
        ),
        (
            lambda: encoder_decoder()((jnp.ones((3, 5, 3)), jnp.ones((3, 5, 2))), jnp.ones(3)),
            "EncoderDecoder takes lengths as a pair, the encoder's and the decoder's, "
            "got ArrayImpl",
        ),
    ],
)
def test_what_does_not_fit_is_rejected(wrong: Any, message: str) -> None:
    with pytest.raises(UsageError) as error:
        wrong()
    assert str(error.value) == message
