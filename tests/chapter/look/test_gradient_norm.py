"""The gradient's norm over distance, against small differences and against closed forms."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import Cell, GRUCell, LSTMCell, LSTMState, SimpleRNNCell
from unspool.chapter.look import gradient_norm, new_cells, state_gradient_norm
from unspool.chapter.look.gradient_norm import SCALES
from unspool.errors import UsageError

STEPS, UNITS = 5, 3


def series(steps: int = STEPS) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(steps, 2))


def by_small_differences(cell: Cell, x: np.ndarray, state: Any) -> list[float]:
    """Every number of every state moved a little, one after the other, and the cell run on."""
    step = jax.jit(lambda now, before: cell(now, before))
    befores = [state]
    for now in x:
        befores.append(step(now, befores[-1])[1])
    norms = []
    for distance in range(1, len(x) + 1):
        at = len(x) - distance
        numbers, structured = jax.flatten_util.ravel_pytree(befores[at])
        squares = 0.0
        for place in range(numbers.size):
            ends = []
            for move in (1e-5, -1e-5):
                moved = structured(numbers.at[place].add(move))
                for now in x[at:]:
                    output, moved = step(now, moved)
                ends.append(np.asarray(output))
            squares += float((((ends[0] - ends[1]) / 2e-5) ** 2).sum())
        norms.append(np.sqrt(squares / output.size))
    return norms


@pytest.mark.parametrize("kind", [SimpleRNNCell, LSTMCell, GRUCell], ids=lambda kind: kind.__name__)
def test_norms_are_those_of_small_differences(kind: type[Any]) -> None:
    cell = kind(2, UNITS, layer_norm=True, key=jax.random.key(0))
    numbers = np.random.default_rng(1).normal(size=(2, UNITS))
    state = LSTMState(*numbers) if kind is LSTMCell else numbers[0]
    state = jax.tree.map(jnp.asarray, state)
    expected = by_small_differences(cell, series(), state)
    assert_allclose(state_gradient_norm(cell, series(), state), expected, rtol=1e-6)


def linear(factor: float) -> SimpleRNNCell:
    """h' = relu(factor * h), where h stays positive: its derivative is the factor."""
    cell = SimpleRNNCell(2, UNITS, activation="relu", key=jax.random.key(0))
    weights = (jnp.zeros((UNITS, 2)), factor * jnp.eye(UNITS))
    return eqx.tree_at(lambda c: (c.input_weight, c.state_weight), cell, weights)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_a_cell_that_multiplies_its_state_has_powers_of_the_factor(factor: float) -> None:
    norms = state_gradient_norm(linear(factor), series(8), jnp.ones(UNITS))
    assert_allclose(norms, factor ** np.arange(1, 9), rtol=1e-6)


def test_a_norm_smaller_than_any_float32_is_still_told() -> None:
    single = jax.tree.map(lambda weight: weight.astype(jnp.float32), linear(0.1))
    x, state = series(60).astype(np.float32), jnp.full(UNITS, 1e30, jnp.float32)
    assert_allclose(state_gradient_norm(single, x, state)[-1], 1e-60, rtol=1e-4)


def test_new_cells_are_plain_and_normalised_with_their_recurrent_weights_scaled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert list(gradient_norm.CELLS) == ["SimpleRNN", "LSTM", "GRU"]
    monkeypatch.delitem(gradient_norm.CELLS, "SimpleRNN")
    monkeypatch.delitem(gradient_norm.CELLS, "LSTM")  # one kind will do
    found = new_cells(series(4), UNITS, seeds=2)
    assert list(found) == ["GRU", "GRU, layer norm"]
    assert {norms.shape for norms in found.values()} == {(len(SCALES), 2, 4)}
    cell = GRUCell(2, UNITS, key=jax.random.key(1))
    doubled = eqx.tree_at(lambda c: c.state_weight, cell, 2 * cell.state_weight)
    by_itself = state_gradient_norm(doubled, series(4))
    assert_allclose(found["GRU"][SCALES.index(2.0), 1], by_itself, rtol=1e-6)
    # A normalised product does not know the size of its matrix.
    half, _, double = found["GRU, layer norm"][..., :-1]
    assert_allclose(half, double, rtol=0.02)


def test_what_is_not_one_sequence_is_rejected() -> None:
    for wrong in (lambda x: state_gradient_norm(linear(1.0), x), new_cells):
        with pytest.raises(UsageError) as error:
            wrong(np.zeros((1, 5, 2)))
        assert str(error.value) == "one sequence has the shape (time, features), got (1, 5, 2)"
