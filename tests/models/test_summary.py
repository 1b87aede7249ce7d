from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import pytest

import unspool
from unspool.cells import GRUCell, LSTMCell, SimpleRNNCell
from unspool.errors import UsageError
from unspool.layers import (
    AdditiveAttention,
    BatchNorm,
    Bidirectional,
    Convolution,
    Dense,
    Embedding,
    Recurrent,
    Shortcut,
    Stack,
    WaveNet,
)
from unspool.models.shapes import (
    EncoderDecoder,
    SequenceToSequence,
    SequenceToVector,
    VectorToSequence,
)

KEY = jax.random.key(0)


def gru(inputs: int, outputs: int) -> Recurrent:
    return Recurrent(GRUCell(inputs, outputs, key=KEY))


def simple(inputs: int, outputs: int) -> Recurrent:
    return Recurrent(SimpleRNNCell(inputs, outputs, key=KEY))


def squeezed(table: str) -> list[str]:
    """The lines, with one space where there are many."""
    return [" ".join(line.split()) for line in table.splitlines()]


def test_the_chapters_model_with_batch_normalisation_as_a_table() -> None:
    model = SequenceToSequence(
        Stack([simple(1, 20), BatchNorm(20), simple(20, 20), BatchNorm(20), Dense(20, 10, key=KEY)])
    )
    rule = "-" * 80
    # 20 (1 + 20 + 1), 4 * 20, 20 (20 + 20 + 1), 10 (20 + 1)
    assert unspool.summary(model, (50, 1)) == "\n".join(
        [
            f"{'layer':46}{'output':20}{'parameters':>14}",
            rule,
            f"{'Recurrent(SimpleRNNCell)':46}{'(batch, 50, 20)':20}{'440':>14}",
            f"{'BatchNorm':46}{'(batch, 50, 20)':20}{'80':>14}",
            f"{'Recurrent(SimpleRNNCell)':46}{'(batch, 50, 20)':20}{'820':>14}",
            f"{'BatchNorm':46}{'(batch, 50, 20)':20}{'80':>14}",
            f"{'Dense':46}{'(batch, 50, 10)':20}{'210':>14}",
            rule,
            f"{'total':66}{'1,630':>14}",
            f"{'  trained':66}{'1,550':>14}",
            f"{'  statistics of batches, not trained':66}{'80':>14}",
        ]
    )


@pytest.mark.parametrize(
    ("shape", "output"),
    [
        ((50, 1), "(batch, 24, 20)"),
        ((None, 50, 1), "(batch, 24, 20)"),
        ((32, 50, 1), "(32, 24, 20)"),
        ((None, 1), "(batch, any, 20)"),
        ((None, None, 1), "(batch, any, 20)"),
    ],
)
def test_the_batch_may_be_left_out_and_any_axis_may_have_any_size(shape: Any, output: str) -> None:
    model = Convolution(1, 20, 4, stride=2, key=KEY)
    assert squeezed(unspool.summary(model, shape))[2] == (
        f"Convolution, valid, kernel 4, stride 2 {output} 100"
    )


def test_layers_in_layers_are_indented_and_each_weight_is_counted_once() -> None:
    model = Stack(
        [
            Shortcut(
                Convolution(4, 6, 3, padding="causal", dilation=2, key=KEY), Dense(4, 6, key=KEY)
            ),
            Bidirectional(gru(6, 2), gru(6, 2)),
        ]
    )
    lines = unspool.summary(model, (7, 4)).splitlines()
    assert lines[3].startswith("  Convolution, causal, kernel 3, dilation 2")
    assert squeezed("\n".join(lines))[2:] == [
        "Shortcut (batch, 7, 6) 30",
        "Convolution, causal, kernel 3, dilation 2 (batch, 7, 6) 78",
        "Bidirectional (batch, 7, 4)",
        # 3 gates of 2 units: 6 inputs, 2 states, a bias, and the candidate's second one.
        "Recurrent(GRUCell) (batch, 7, 2) 56",
        "Recurrent(GRUCell) (batch, 7, 2) 56",
        "-" * 80,
        "total 220",
    ]


def test_wavenet_is_shown_unit_by_unit() -> None:
    lines = squeezed(unspool.summary(WaveNet(1, 10, filters=32, key=KEY), (None, 1)))
    assert lines[2:] == [
        "WaveNet (batch, any, 10)",
        "CausalConvolution, kernel 2 (batch, any, 32) 96",
        # 64 (2 * 32 + 1), and 32 (32 + 1) twice, once in the topmost.
        "gated residual unit, dilation 1 (batch, any, 32) 6,272",
        "gated residual unit, dilation 2 (batch, any, 32) 6,272",
        "gated residual unit, dilation 4 (batch, any, 32) 5,216",
        "Dense (batch, any, 32) 1,056",
        "Dense (batch, any, 10) 330",
        "-" * 80,
        "total 19,242",
    ]


def test_wavenet_without_a_last_product_ends_with_the_one_before() -> None:
    lines = squeezed(unspool.summary(WaveNet(1, None, filters=32, key=KEY), (None, 1)))
    assert lines[7:] == ["Dense (batch, any, 32) 1,056", "-" * 80, "total 18,912"]


def test_an_encoder_decoder_takes_a_pair_of_shapes() -> None:
    def side() -> Stack:
        return Stack([Embedding(10, 8, key=KEY), Recurrent(LSTMCell(8, 6, key=KEY))])

    model = EncoderDecoder(
        side(), side(), Dense(12, 10, key=KEY), AdditiveAttention(6, 6, 5, key=KEY)
    )
    lines = squeezed(unspool.summary(model, ((7,), (None, None))))
    assert lines[2:9] == [
        "encoder (batch, 7, 6)",
        "Embedding (batch, 7, 8) 80",
        "Recurrent(LSTMCell) (batch, 7, 6) 360",
        "decoder (batch, any, 6)",
        "Embedding (batch, any, 8) 80",
        "Recurrent(LSTMCell) (batch, any, 6) 360",
        "AdditiveAttention (batch, any, 6) 70",
    ]
    with pytest.raises(UsageError, match="takes a pair of input shapes"):
        unspool.summary(model, (None, 7))


def test_to_and_from_a_vector() -> None:
    plain = SequenceToVector(simple(1, 20))
    assert squeezed(unspool.summary(plain, (50, 1)))[3] == "last step (batch, 20)"
    headed = SequenceToVector(simple(1, 20), Dense(20, 10, key=KEY))
    assert squeezed(unspool.summary(headed, (50, 1)))[3] == "Dense (batch, 1, 10) 210"
    unrolled = VectorToSequence(simple(3, 20), 7)
    assert squeezed(unspool.summary(unrolled, (3,)))[2:4] == [
        "repeated (batch, 7, 3)",
        "Recurrent(SimpleRNNCell) (batch, 7, 20) 480",
    ]


class Flattened(eqx.Module):
    """A model of somebody's own."""

    dense: Dense

    def __call__(self, x, lengths=None, *, key=None):
        outputs, state = self.dense(x.reshape(x.shape[0], 1, -1))
        return outputs[:, 0], state


def test_a_model_of_the_users_own_is_one_line() -> None:
    lines = squeezed(unspool.summary(Flattened(Dense(50, 10, key=KEY)), (50, 1)))
    assert lines[2] == "Flattened (batch, 10) 510"


def test_no_line_is_longer_than_80() -> None:
    model = Convolution(1, 20, 1000, stride=2000, dilation=300, padding="same", key=KEY)
    lines = unspool.summary(Stack([Shortcut(Stack([model]), Dense(1, 20, key=KEY))]), (1, 1))
    assert max(map(len, lines.splitlines())) == 80
    assert "…" in lines


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            (1,),
            "Recurrent takes an input shape (batch, time, features), the batch may be left out, "
            "got (1,)",
        ),
        ((0, 1), "an axis has a size of at least 1, or None for any, got (0, 1)"),
        ((50, 2), "SimpleRNNCell takes 1 feature at each step, got 2: x of shape (1009, 50, 2)"),
    ],
)
def test_a_shape_that_does_not_fit_is_rejected(shape: Any, message: str) -> None:
    with pytest.raises(UsageError) as error:
        unspool.summary(simple(1, 20), shape)
    assert str(error.value) == message
