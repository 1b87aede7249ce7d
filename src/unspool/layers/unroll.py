"""A cell over a batch: unrolled over time, or for one time step.

Both are compiled by themselves, so that they are quick outside of `jax.jit` too; inside of it they
become part of what is compiled there.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
from jaxtyping import Array, Float, Int

from unspool import engine
from unspool.cells import Cell
from unspool.layers.scan import scan


class Path(NamedTuple):
    """How a cell runs over time: "fused" by the native engine or "scan" by `lax.scan`; and why."""

    road: Literal["fused", "scan"]
    why: str

    def __str__(self) -> str:
        """Both in a line."""
        return f"{self.road}: {self.why}"


@eqx.filter_jit
def unroll(
    cell: Any,
    inputs: Any,
    state: Any,
    lengths: Int[Array, " batch"] | None = None,
    recompute: bool = False,
) -> tuple[Float[Array, "batch time output"], Any]:
    """Run `cell` over a batch, by the engine where it covers the cell, else by `lax.scan`.

    `inputs` is a pytree of arrays (batch, time, ...), of which `cell` gets one step for one row.
    `state`, and the state returned, have a leading batch axis on every leaf. With `lengths`, a
    row's state stays as it is after that row's own last step, its outputs past the end are zero,
    and what `inputs` hold past the end, NaN included, reaches neither results nor gradients.

    With `recompute` the engine keeps only the states for the backward pass, and computes each step
    anew there. Both roads give the same results up to rounding; `path` says which is taken.
    """
    plan = engine.plan(cell, inputs, state, has_lengths=lengths is not None, recompute=recompute)
    if isinstance(plan, engine.Plan):
        return engine.run(plan, cell, inputs, state, lengths)
    return scan(cell, inputs, state, lengths)


def path(cell: Any, inputs: Any, state: Any) -> Path:
    """Which road `unroll` takes with arrays of these shapes, and why."""
    plan = engine.plan(cell, inputs, state)
    if isinstance(plan, engine.Plan):
        return Path("fused", plan.description)
    return Path("scan", plan)


@eqx.filter_jit
def advance(cell: Cell, inputs: Float[Array, "batch features"], state: Any) -> tuple[Array, Any]:
    """Run `cell` for one time step of a batch: outputs (batch, output) and the next state."""
    following: tuple[Array, Any] = jax.vmap(cell)(inputs, state)
    return following
