"""What comes into a layer that runs a cell: as arrays, checked, with the state to start from."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unspool.cells import Cell
from unspool.layers import checks


def initial_state(cell: Cell, batch: int) -> Any:
    """The cell's initial state for each of `batch` sequences."""
    return jax.tree.map(
        lambda leaf: jnp.broadcast_to(leaf, (batch, *jnp.shape(leaf))), cell.initial_state()
    )


def sequences(
    cell: Cell, x: Any, state: Any, lengths: Any
) -> tuple[Float[Array, "batch time features"], Any, Int[Array, " batch"] | None]:
    """x, the state to start from and lengths; UsageError where one does not fit the cell."""
    x = jnp.asarray(x)
    checks.inputs(cell, x, ("batch", "time", "features"))
    batch, time, _ = x.shape
    state = start(cell, state, batch)
    checks.next_state(cell, x, state)
    if lengths is not None:
        lengths = jnp.asarray(lengths)
        checks.lengths(lengths, batch, time)
    return x, state, lengths


def one_step(cell: Cell, x: Any, state: Any) -> tuple[Float[Array, "batch features"], Any]:
    """x of one time step and the state to start from; UsageError where one does not fit."""
    x = jnp.asarray(x)
    checks.inputs(cell, x, ("batch", "features"))
    return x, start(cell, state, x.shape[0])


def start(cell: Cell, state: Any, batch: int) -> Any:
    """The state given, or the initial one; UsageError where it does not fit the cell."""
    initial = initial_state(cell, batch)
    if state is None:
        return initial
    checks.state(cell, state, initial)
    return state
