"""The receptive field by structure, against inputs changed one by one."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import numpy as np
import pytest

from unspool.cells import CausalConvolutionCell, GRUCell
from unspool.chapter.look import receptive_field
from unspool.chapter.look.receptive_field import connections
from unspool.layers import (
    CausalConvolution,
    Convolution,
    Recurrent,
    Shortcut,
    Stack,
    WaveNet,
)
from unspool.models.architectures.conv_recurrent import FromTheEnd
from unspool.models.shapes import SequenceToSequence

KEYS = jax.random.split(jax.random.key(0), 12)
TIME = 40
SERIES = np.random.default_rng(0).normal(size=(TIME, 1))


def convolution(size: int, kernel: int, key: int, **how: Any) -> Convolution:
    return Convolution(size, 3, kernel, key=KEYS[key], **how)


def dilated(dilations: list[int], kernel: int) -> Stack:
    return Stack(
        [
            convolution(3 if place else 1, kernel, place, dilation=dilation, padding="causal")
            for place, dilation in enumerate(dilations)
        ]
    )


def changed(output: Any) -> list[int]:
    """How many steps back the inputs are that change the output, found by changing each."""
    moved = SERIES + np.eye(TIME)[:, ::-1, None]  # row d: the input d steps back is another
    before, *after = np.asarray(output(np.concatenate([SERIES[None], moved])))
    return [back for back, made in enumerate(after) if not np.array_equal(made, before)]


def test_dilations_of_1_2_4_8_twice_with_a_kernel_of_2_see_31_steps() -> None:
    model = SequenceToSequence(dilated([1, 2, 4, 8] * 2, 2))
    field = receptive_field(model, SERIES[None])
    assert field is not None
    assert (field.size, field.oldest, field.newest, field.reached) == (31, 30, 0, 31)
    assert not field.recurrent
    assert (field.gradient[:31] > 0).all()
    assert not field.gradient[31:].any()


STACKS: dict[str, Any] = {
    "every padding": lambda: Stack(
        [
            convolution(1, 4, 0, stride=2),
            convolution(3, 3, 1, padding="same", dilation=2),
            convolution(3, 3, 2, padding="causal", stride=2),
            convolution(3, 1, 3),
        ]
    ),
    "zeros put in front": lambda: Stack(
        [convolution(1, 2, 0), FromTheEnd(convolution(3, 4, 1, stride=3))]
    ),
    "residual": lambda: Stack(
        [
            convolution(1, 3, 0, padding="same"),
            Shortcut(convolution(3, 3, 1, padding="causal", dilation=3)),
        ]
    ),
    "wavenet": lambda: Stack(
        [convolution(1, 2, 0, stride=2), WaveNet(3, 2, filters=3, layers=3, key=KEYS[0])]
    ),
    "as a recurrence": lambda: Stack(
        [
            Recurrent(CausalConvolutionCell(1, 3, 2, 3, key=KEYS[0])),
            CausalConvolution(CausalConvolutionCell(3, 3, 3, 1, key=KEYS[1])),
        ]
    ),
}


@pytest.mark.parametrize("name", STACKS)
def test_the_tree_and_the_gradient_end_at_the_inputs_that_change_the_output(name: str) -> None:
    model = SequenceToSequence(STACKS[name]())
    expected = changed(lambda x: model(x)[0][:, -1])
    field = receptive_field(model, SERIES[None])
    assert field is not None
    joined = connections(field.layers)
    assert sorted({below for _, below in joined[0]}) == expected
    assert np.flatnonzero(field.gradient).tolist() == expected
    assert field.oldest == expected[-1]
    assert max(field.newest, 0) == expected[0]
    # What one level takes is what the level below it makes.
    for lower, upper in itertools.pairwise(joined):
        assert {above for above, _ in lower} == {below for _, below in upper}


def test_below_recurrent_layers_the_field_is_that_of_what_they_read() -> None:
    first = convolution(1, 4, 0, stride=2)
    model = SequenceToSequence(
        Stack([first, Recurrent(GRUCell(3, 3, key=KEYS[1])), convolution(3, 2, 2)])
    )
    field = receptive_field(model, SERIES[None])
    assert field is not None
    assert field.recurrent
    assert field.size == 4
    expected = changed(lambda x: first(x)[0][:, -1])
    assert np.flatnonzero(field.gradient).tolist() == expected == [0, 1, 2, 3]


def test_a_series_shorter_than_the_field_leaves_the_structure_as_it_is() -> None:
    field = receptive_field(SequenceToSequence(dilated([2, 3], 3)), SERIES[None, :8])
    assert field is not None
    assert field.size == 11
    assert field.reached == 8
    assert {below for _, below in connections(field.layers)[0]} == set(range(8)) - {1}


@pytest.mark.parametrize(
    "layer",
    [lambda: Recurrent(GRUCell(1, 3, key=KEYS[0])), lambda: convolution(1, 1, 0)],
    ids=["recurrent", "kernel 1"],
)
def test_without_convolutions_there_is_no_field(layer: Any) -> None:
    assert receptive_field(SequenceToSequence(layer()), SERIES[None]) is None
