from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import GRUCell, GRUGates
from unspool.errors import UsageError

INPUT, HIDDEN = 3, 4


def drawn(reset: str, **form: bool) -> tuple[GRUCell, np.ndarray, np.ndarray]:
    """A cell whose every weight counts, an input and a state."""
    random = np.random.default_rng(3)
    cell = GRUCell(INPUT, HIDDEN, reset=reset, key=jax.random.key(0), **form)
    cell = jax.tree.map(lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), cell)
    return cell, random.normal(size=INPUT), random.normal(size=HIDDEN)


def layer_normalised(values: np.ndarray, gain: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / np.sqrt(values.var() + 1e-5) * gain


def by_hand(cell: GRUCell, x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, GRUGates]:
    """The equations of the docstring, unit by unit: rows r, z, n in blocks of `hidden_size`.

    The hidden state, and what the gates let through.
    """
    w, u, b = (np.asarray(p) for p in (cell.input_weight, cell.state_weight, cell.bias))
    gates, candidates = range(2 * HIDDEN), range(2 * HIDDEN, 3 * HIDDEN)

    def product(weight: np.ndarray, rows: range, vector: np.ndarray, gain: object) -> np.ndarray:
        found = np.array([sum(weight[at, i] * v for i, v in enumerate(vector)) for at in rows])
        return found if gain is None else layer_normalised(found, np.asarray(gain)[list(rows)])

    def sigma(value: float) -> float:
        return 1 / (1 + np.exp(-value))

    gate_input = product(w, gates, x, cell.input_gain)
    gate_state = product(u, gates, h, cell.state_gain)
    opened = np.array([sigma(gate_input[at] + gate_state[at] + b[at]) for at in gates])
    reset, update = opened[:HIDDEN], opened[HIDDEN:]
    from_input = product(w, candidates, x, cell.input_gain)
    seen = reset * h if cell.reset == "before" else h
    from_state = product(u, candidates, seen, cell.state_gain)
    following, candidate = np.zeros(HIDDEN), np.zeros(HIDDEN)
    for j in range(HIDDEN):
        add = from_state[j]
        if cell.reset == "after":
            add = reset[j] * (add + np.asarray(cell.candidate_state_bias)[j])
        candidate[j] = np.tanh(from_input[j] + b[2 * HIDDEN + j] + add)
        following[j] = update[j] * h[j] + (1 - update[j]) * candidate[j]
    return following, GRUGates(reset, update, candidate)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("reset", ["before", "after"])
def test_a_step_is_its_equations(reset: str, layer_norm: bool) -> None:
    cell, x, h = drawn(reset, layer_norm=layer_norm)
    output, following = eqx.filter_jit(cell)(x, h)
    expected, gates = by_hand(cell, x, h)
    assert_allclose(following, expected, rtol=1e-12)
    assert_allclose(output, following, rtol=0)
    for shown, by_equation in zip(eqx.filter_jit(cell.gates)(x, h), gates, strict=True):
        assert_allclose(shown, by_equation, rtol=1e-12)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("reset", ["before", "after"])
def test_gradients_are_those_of_small_differences(reset: str, layer_norm: bool) -> None:
    cell, x, h = drawn(reset, layer_norm=layer_norm)
    check_grads(jax.jit(lambda cell, x, h: cell(x, h)), (cell, x, h), order=1, rtol=1e-6)


def test_the_two_resets_are_different_functions_of_the_same_weights() -> None:
    after, x, h = drawn("after")

    def weights(cell: GRUCell) -> tuple[Any, ...]:
        return cell.input_weight, cell.state_weight, cell.bias

    before = eqx.tree_at(weights, drawn("before")[0], weights(after))
    assert (
        np.abs(np.asarray(eqx.filter_jit(before)(x, h)[0] - eqx.filter_jit(after)(x, h)[0])).max()
        > 1e-3
    )


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
