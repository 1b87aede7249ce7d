from __future__ import annotations

import jax
import numpy as np
import pytest
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import LSTMCell, LSTMState
from unspool.errors import UsageError

INPUT, HIDDEN = 3, 4


def drawn() -> tuple[LSTMCell, np.ndarray, LSTMState]:
    """A cell whose every weight counts, an input and a state."""
    keys = jax.random.split(jax.random.key(2), 5)
    cell = LSTMCell(INPUT, HIDDEN, key=keys[0])
    leaves, structure = jax.tree.flatten(cell)
    leaves = [
        jax.random.normal(key, leaf.shape)
        for key, leaf in zip(jax.random.split(keys[1], len(leaves)), leaves, strict=True)
    ]
    cell = jax.tree.unflatten(structure, leaves)
    hidden, memory = (np.asarray(jax.random.normal(key, HIDDEN)) for key in keys[2:4])
    return cell, np.asarray(jax.random.normal(keys[4], INPUT)), LSTMState(hidden, memory)


def by_hand(cell: LSTMCell, x: np.ndarray, state: LSTMState) -> tuple[np.ndarray, np.ndarray]:
    """The equations of the docstring, unit by unit: rows i, f, g, o in blocks of `hidden_size`."""
    w, u, b = (np.asarray(p) for p in (cell.input_weight, cell.state_weight, cell.bias))
    h, c = np.asarray(state.hidden), np.asarray(state.memory)

    def row(gate: int, j: int) -> float:
        at = gate * HIDDEN + j
        from_input = sum(w[at, i] * x[i] for i in range(INPUT))
        return b[at] + from_input + sum(u[at, k] * h[k] for k in range(HIDDEN))

    def sigma(value: float) -> float:
        return 1 / (1 + np.exp(-value))

    memory, hidden = np.zeros(HIDDEN), np.zeros(HIDDEN)
    for j in range(HIDDEN):
        input_gate, forget_gate = sigma(row(0, j)), sigma(row(1, j))
        candidate, output_gate = np.tanh(row(2, j)), sigma(row(3, j))
        memory[j] = forget_gate * c[j] + input_gate * candidate
        hidden[j] = output_gate * np.tanh(memory[j])
    return hidden, memory


@pytest.mark.usefixtures("float64")
def test_a_step_is_its_equations() -> None:
    cell, x, state = drawn()
    output, following = cell(x, state)
    hidden, memory = by_hand(cell, x, state)
    assert isinstance(following, LSTMState)
    assert_allclose(following.memory, memory, rtol=1e-12)
    assert_allclose(following.hidden, hidden, rtol=1e-12)
    assert_allclose(output, following.hidden, rtol=0)


@pytest.mark.usefixtures("float64")
def test_gradients_are_those_of_small_differences() -> None:
    cell, x, state = drawn()
    check_grads(lambda cell, x, state: cell(x, state), (cell, x, state), order=1, rtol=1e-6)


def test_a_new_cell_remembers_and_its_other_biases_are_zero() -> None:
    cell = LSTMCell(INPUT, HIDDEN, key=jax.random.key(0))
    by_gate = dict(zip(cell.gates, np.split(np.asarray(cell.bias), 4), strict=True))
    assert (by_gate.pop("forget") == 1).all()
    assert not any(bias.any() for bias in by_gate.values())


def test_it_starts_from_zeros() -> None:
    state = LSTMCell(INPUT, HIDDEN, key=jax.random.key(0)).initial_state()
    assert state.hidden.shape == state.memory.shape == (HIDDEN,)
    assert not state.hidden.any()
    assert not state.memory.any()


def test_a_hidden_size_of_zero_is_rejected_by_name() -> None:
    with pytest.raises(UsageError, match=r"^hidden_size must be at least 1, got 0$"):
        LSTMCell(input_size=1, hidden_size=0, key=jax.random.key(0))
