from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import GRUCell, LSTMCell
from unspool.layers import Recurrent, unroll

pytestmark = pytest.mark.usefixtures("float64")

BATCH, TIME, FEATURES = 3, 6, 3


def one_by_one(
    cell: Any, x: np.ndarray, state: Any, lengths: list[int]
) -> tuple[list[list[np.ndarray]], list[Any]]:
    """Every row on its own, step after step in Python, no further than its length."""
    step = eqx.filter_jit(lambda cell, x, own: cell(x, own))
    outputs, states = [], []
    for row, length in enumerate(lengths):
        own = jax.tree.map(lambda leaf, row=row: leaf[row], state)
        outputs.append([])
        for time in range(length):
            output, own = step(cell, x[row, time], own)
            outputs[row].append(np.asarray(output))
        states.append(own)
    return outputs, states


def random_inputs(seed: int = 0, time: int = TIME) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(BATCH, time, FEATURES))


def other_start(cell: Any) -> Any:
    """A state in which every row differs from the initial one and from the other rows."""
    initial = Recurrent(cell).initial_state(BATCH)
    return jax.tree.map(
        lambda leaf: leaf + jnp.arange(1, leaf.size + 1).reshape(leaf.shape).astype(leaf.dtype),
        initial,
    )


@pytest.mark.parametrize("lengths", [None, [6, 4, 1]])
def test_it_is_the_cell_step_after_step_for_each_row(cell: Any, lengths: list[int] | None) -> None:
    x, start = random_inputs(), other_start(cell)
    expected, states = one_by_one(cell, x, start, lengths or [TIME] * BATCH)

    given_lengths = None if lengths is None else jnp.array(lengths)
    outputs, final = unroll(cell, jnp.asarray(x), start, given_lengths)

    assert outputs.shape[:2] == (BATCH, TIME)
    for row, own in enumerate(expected):
        assert_allclose(outputs[row, : len(own)], own, rtol=1e-12)
        assert not np.asarray(outputs[row, len(own) :]).any()
        for found, wanted in zip(jax.tree.leaves(final), jax.tree.leaves(states[row]), strict=True):
            assert_allclose(found[row], wanted, rtol=1e-12)
    assert jax.tree.structure(final) == jax.tree.structure(start)


@pytest.mark.parametrize("lengths", [None, [6, 4, 0]])
def test_gradients_are_those_of_small_differences(cell: Any, lengths: list[int] | None) -> None:
    given_lengths = None if lengths is None else jnp.array(lengths)
    parameters, rest = eqx.partition((cell, other_start(cell)), eqx.is_inexact_array)

    @jax.jit
    def run(parameters: Any, x: Any) -> list[Any]:
        cell, start = eqx.combine(parameters, rest)
        outputs, state = unroll(cell, x, start, given_lengths)
        return [outputs, *(leaf for leaf in jax.tree.leaves(state) if eqx.is_inexact_array(leaf))]

    inputs = jnp.asarray(random_inputs())
    # Very small ones, since a layer norm bends much where its vector hardly varies.
    check_grads(run, (parameters, inputs), order=1, modes=["rev"], rtol=1e-5, eps=1e-6)


def test_what_stands_in_the_padding_changes_neither_results_nor_gradients(cell: Any) -> None:
    lengths = jnp.array([6, 4, 0])
    padding = np.arange(TIME) >= np.asarray(lengths)[:, None]
    zeros, nans = random_inputs(), random_inputs()
    zeros[padding], nans[padding] = 0.0, np.nan
    parameters, rest = eqx.partition(cell, eqx.is_inexact_array)

    @jax.jit
    def run(parameters: Any, x: Any) -> tuple[Any, Any]:
        def loss(parameters: Any, x: Any) -> tuple[Any, Any]:
            cell = eqx.combine(parameters, rest)
            outputs, state = unroll(cell, x, Recurrent(cell).initial_state(BATCH), lengths)
            return jnp.sum(outputs**2), (outputs, state)

        return jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)(parameters, x)

    with_zeros, with_nans = run(parameters, zeros), run(parameters, nans)
    for found, wanted in zip(jax.tree.leaves(with_nans), jax.tree.leaves(with_zeros), strict=True):
        assert np.isfinite(np.asarray(wanted)).all()
        assert (np.asarray(found) == np.asarray(wanted)).all()


def test_a_row_of_no_length_keeps_the_state_that_it_came_with(cell: Any) -> None:
    start = other_start(cell)
    outputs, final = unroll(cell, jnp.asarray(random_inputs()), start, jnp.array([6, 0, 6]))
    assert not np.asarray(outputs[1]).any()
    for found, before in zip(jax.tree.leaves(final), jax.tree.leaves(start), strict=True):
        assert (np.asarray(found[1]) == np.asarray(before[1])).all()
        assert (np.asarray(found[0]) != np.asarray(before[0])).any()


@settings(max_examples=10, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    beyond=st.integers(0, 2),
    kind=st.sampled_from([GRUCell, LSTMCell]),
)
def test_padded_equals_unpadded(lengths: list[int], beyond: int, kind: Any) -> None:
    cell, batch, time = (
        kind(FEATURES, 2, key=jax.random.key(0)),
        len(lengths),
        max(lengths) + beyond,
    )
    x = np.random.default_rng(time).normal(size=(batch, time, FEATURES))
    start = Recurrent(cell).initial_state(batch)
    expected, states = one_by_one(cell, x, start, lengths)
    outputs, final = unroll(cell, jnp.asarray(x), start, jnp.array(lengths))
    for row, length in enumerate(lengths):
        if length:
            assert_allclose(outputs[row, :length], expected[row], rtol=1e-12)
        assert not np.asarray(outputs[row, length:]).any()
        for found, wanted in zip(jax.tree.leaves(final), jax.tree.leaves(states[row]), strict=True):
            assert_allclose(found[row], wanted, rtol=1e-12)
