"""Segments against their definition, one window and one segment at a time."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.errors import UsageError
from unspool.models.architectures.segment_gru import default_segment, make
from unspool.models.specs import SegmentGru

pytestmark = pytest.mark.usefixtures("float64")

SEGMENT, HIDDEN = 4, 5


# Compiled whole, which is quicker than operation by operation.
run = eqx.filter_jit(lambda layer, *given, **named: layer(*given, **named))
advance = eqx.filter_jit(lambda cell, step, state: cell(step, state))


def network(outputs=7, seed=0, **settings):
    """Seven outputs are two segments, of the second of which one value is cut off."""
    spec = SegmentGru(hidden=HIDDEN, segment=SEGMENT, **settings)
    made = make(spec, 12, outputs, jax.random.key(0))
    random = np.random.default_rng(seed)
    arrays, rest = eqx.partition(made, eqx.is_inexact_array)
    arrays = jax.tree.map(lambda a: jnp.asarray(random.normal(0, 0.5, a.shape)), arrays)
    stack, head = eqx.combine(arrays, rest)
    return stack.layers[0], head


def slow(layer, head, window):
    """The forecast of one window, (time, 2) -> (outputs,)."""
    missing = -len(window) % SEGMENT
    window = np.concatenate([np.zeros((missing, 2)), window])
    cell = layer.recurrent.cell
    state = np.zeros(HIDDEN)
    for begin in range(0, len(window), SEGMENT):
        segment = window[begin : begin + SEGMENT].ravel()
        read = np.asarray(layer.project.weight) @ segment + np.asarray(layer.project.bias)
        _, state = advance(cell, np.maximum(read, 0), state)
    values = []
    for position in layer.positions:
        decoded, _ = advance(cell, position, state)
        values += (np.asarray(head.weight) @ np.asarray(decoded)).tolist()
    return np.array(values)[: len(head.bias)] + np.asarray(head.bias), state


@pytest.mark.parametrize("time", [12, 9], ids=lambda time: f"{time} steps")
def test_every_segment_ahead_is_decoded_from_the_last_state_and_its_own_position(time):
    layer, head = network()
    windows = np.random.default_rng(1).normal(size=(3, time, 2))
    outputs, state = run(layer, windows)
    assert outputs.shape == (3, 1, 2 * HIDDEN)
    found = jax.jit(jax.vmap(head))(outputs[:, -1])
    for row in range(3):
        expected, reached = slow(layer, head, windows[row])
        assert_allclose(found[row], expected, rtol=1e-9)
        assert_allclose(state[row], reached, rtol=1e-9)


def test_dropout_acts_on_what_is_decoded_and_only_in_training():
    layer, _ = network(dropout=0.5)
    windows = np.random.default_rng(2).normal(size=(2, 12, 2))
    still, state = run(layer, windows)
    one, kept_state = run(layer, windows, key=jax.random.key(1))
    assert_allclose(kept_state, state, rtol=1e-12)
    dropped = np.asarray(one) == 0
    assert 0 < dropped.sum() < dropped.size
    assert_allclose(np.asarray(one)[~dropped], 2 * np.asarray(still)[~dropped], rtol=1e-12)


def test_lengths_are_refused_since_segments_are_counted_from_the_end():
    layer, _ = network()
    with pytest.raises(UsageError, match="take no lengths: put the padding before the first step"):
        layer(np.zeros((1, 8, 2)), None, np.array([4]))


@pytest.mark.parametrize(("look_back", "segment"), [(2, 1), (56, 7), (100, 10), (512, 22)])
def test_a_segment_is_the_root_of_the_window(look_back, segment):
    assert default_segment(look_back) == segment


def test_there_are_as_many_positions_as_segments_ahead():
    layer = make(SegmentGru(hidden=HIDDEN), 17, 9, jax.random.key(0))[0].layers[0]
    assert layer.segment == SEGMENT == 4
    assert layer.positions.shape == (3, HIDDEN)
