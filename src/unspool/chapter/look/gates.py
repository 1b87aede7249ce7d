"""The inside of a recurrent cell over time: its states, and its gates where it has any."""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from unspool.cells import Cell, GatedCell, Residual, Zoneout
from unspool.errors import UsageError

# Gates whose value is the share of the old state that stays.
KEEPING = ("forget", "update")


class Insides(NamedTuple):
    """What a cell computed for one sequence; every array has the steps as its first axis.

    outputs: (time, output). states: after each step, by name, (time, units); a state that is one
    array is called "state". gates: by name, (time, units); empty for a cell without gates.
    """

    outputs: NDArray[np.floating]
    states: dict[str, NDArray[np.floating]]
    gates: dict[str, NDArray[np.floating]]


def insides(cell: Cell, x: Float[Array, "time input"], state: Any = None) -> Insides:
    """Run `cell` over one sequence x (time, input) and keep all that it computes.

    state: where to start, without a batch axis; the cell's initial state if None. The gates of a
    cell inside of `Zoneout` or `Residual` are found too. Raises UsageError where x has another
    shape.
    """
    x = jnp.asarray(x)
    if x.ndim != 2 or not len(x):
        raise UsageError(f"one sequence has the shape (time, features), got {x.shape}")
    start = cell.initial_state() if state is None else state
    outputs, states, gates = _run(cell, x, start)
    return Insides(np.asarray(outputs), _named(states, "state"), _named(gates, "gate"))


def half_life(gate: NDArray[np.floating]) -> NDArray[np.floating]:
    """After how many steps half of each unit's state is gone, (units,), from (time, units).

    A unit that keeps the share f(t) of its state at step t keeps the product of them in the end, so
    that the half-life is log(1/2) over the mean of log f; infinite for a gate that is always 1.
    """
    means = np.log(np.maximum(gate.astype(np.float64), 1e-300)).mean(axis=0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(0.5) / np.where(means < 0, means, -0.0))


@eqx.filter_jit
def _run(cell: Cell, x: Array, start: Any) -> tuple[Array, Any, Any]:
    gated = _gated(cell)

    def step(state: Any, x: Array) -> tuple[Any, tuple[Array, Any, Any]]:
        output, following = cell(x, state)
        gates = None if gated is None else gated.gates(x, state)
        return following, (output, following, gates)

    _, kept = jax.lax.scan(step, start, x)
    return kept


def _gated(cell: Any) -> GatedCell | None:
    """The cell that has gates: itself, or what it wraps."""
    while isinstance(cell, Zoneout | Residual):
        cell = cell.cell
    return cell if isinstance(cell, GatedCell) else None


def _named(tree: Any, alone: str) -> dict[str, NDArray[np.floating]]:
    """The leaves of a pytree, (time, units) each, by their names; `alone` names a lone array."""
    named = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        name = jax.tree_util.keystr(path, simple=True, separator=" ") or alone
        named[name] = np.asarray(leaf).reshape(len(leaf), -1)
    return named
