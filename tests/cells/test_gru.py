from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import GRUCell
from unspool.errors import UsageError

INPUT, HIDDEN = 3, 4


def drawn(reset: str) -> tuple[GRUCell, np.ndarray, np.ndarray]:
    """A cell whose every weight counts, an input and a state."""
    keys = jax.random.split(jax.random.key(3), 4)
    cell = GRUCell(INPUT, HIDDEN, reset=reset, key=keys[0])
    leaves, structure = jax.tree.flatten(cell)
    leaves = [
        jax.random.normal(key, leaf.shape)
        for key, leaf in zip(jax.random.split(keys[1], len(leaves)), leaves, strict=True)
    ]
    cell = jax.tree.unflatten(structure, leaves)
    x, h = jax.random.normal(keys[2], INPUT), jax.random.normal(keys[3], HIDDEN)
    return cell, np.asarray(x), np.asarray(h)


def by_hand(cell: GRUCell, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """The equations of the docstring, unit by unit: rows r, z, n in blocks of `hidden_size`."""
    w, u, b = (np.asarray(p) for p in (cell.input_weight, cell.state_weight, cell.bias))

    def from_input(gate: int, j: int) -> float:
        at = gate * HIDDEN + j
        return b[at] + sum(w[at, i] * x[i] for i in range(INPUT))

    def from_state(gate: int, j: int, state: np.ndarray) -> float:
        return sum(u[gate * HIDDEN + j, k] * state[k] for k in range(HIDDEN))

    def sigma(value: float) -> float:
        return 1 / (1 + np.exp(-value))

    reset = np.array([sigma(from_input(0, j) + from_state(0, j, h)) for j in range(HIDDEN)])
    update = np.array([sigma(from_input(1, j) + from_state(1, j, h)) for j in range(HIDDEN)])
    following = np.zeros(HIDDEN)
    for j in range(HIDDEN):
        if cell.reset == "before":
            candidate = np.tanh(from_input(2, j) + from_state(2, j, reset * h))
        else:
            second_bias = np.asarray(cell.candidate_state_bias)[j]
            candidate = np.tanh(from_input(2, j) + reset[j] * (from_state(2, j, h) + second_bias))
        following[j] = update[j] * h[j] + (1 - update[j]) * candidate
    return following


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("reset", ["before", "after"])
def test_a_step_is_its_equations(reset: str) -> None:
    cell, x, h = drawn(reset)
    output, following = cell(x, h)
    assert_allclose(following, by_hand(cell, x, h), rtol=1e-12)
    assert_allclose(output, following, rtol=0)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("reset", ["before", "after"])
def test_gradients_are_those_of_small_differences(reset: str) -> None:
    cell, x, h = drawn(reset)
    check_grads(lambda cell, x, h: cell(x, h), (cell, x, h), order=1, rtol=1e-6)


def test_the_two_resets_are_different_functions_of_the_same_weights() -> None:
    after, x, h = drawn("after")

    def weights(cell: GRUCell) -> tuple[Any, ...]:
        return cell.input_weight, cell.state_weight, cell.bias

    before = eqx.tree_at(weights, drawn("before")[0], weights(after))
    assert np.abs(np.asarray(before(x, h)[0] - after(x, h)[0])).max() > 1e-3


def test_only_reset_after_has_the_second_bias() -> None:
    assert drawn("before")[0].candidate_state_bias is None
    assert drawn("after")[0].candidate_state_bias.shape == (HIDDEN,)


def test_reset_is_after_unless_said() -> None:
    assert GRUCell(1, 1, key=jax.random.key(0)).reset == "after"


def test_an_unknown_reset_is_rejected_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"^reset must be 'before' or 'after', got 'cudnn'$"):
        GRUCell(1, 1, reset="cudnn", key=jax.random.key(0))


def test_a_hidden_size_of_zero_is_rejected_by_name() -> None:
    with pytest.raises(UsageError, match=r"^hidden_size must be at least 1, got 0$"):
        GRUCell(input_size=1, hidden_size=0, key=jax.random.key(0))
