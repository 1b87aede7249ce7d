"""A cell over time and batch by `lax.scan`: the definition of a recurrent layer."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


def scan(
    cell: Any,
    inputs: Any,
    state: Any,
    lengths: Int[Array, " batch"] | None = None,
) -> tuple[Float[Array, "batch time output"], Any]:
    """Run `cell` step after step over a batch: what every other road must agree with.

    `inputs` is a pytree of arrays (batch, time, ...), of which `cell` gets one step for one row.
    `state`, and the state returned, have a leading batch axis on every leaf. With `lengths`, a
    row's state stays as it is after that row's own last step, its outputs past the end are zero,
    and what `inputs` hold past the end, NaN included, reaches neither results nor gradients.

    Nothing is taken out of the loop, and the loop is not unrolled: measured on a CPU (jaxlib 0.10),
    `unroll` of 2, 4 or 8 gained nothing, and the input product in one piece before the loop was
    slower, for XLA then reads its result from inside the pointwise code, which slows that down.
    """
    # (time, batch, ...)
    steps = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 1, 0), inputs)
    if lengths is None:

        def step(state: Any, x: Any) -> tuple[Any, Array]:
            output, following = jax.vmap(cell)(x, state)
            return following, output

        state, outputs = jax.lax.scan(step, state, steps)
        return jnp.moveaxis(outputs, 0, 1), state

    time = jax.tree.leaves(steps)[0].shape[0]
    active = jnp.arange(time)[:, None] < lengths  # (time, batch)
    # The cell is computed past the end too, and what a selection drops still enters its gradient,
    # as zero times whatever it is: a NaN has to be gone before the cell sees it.
    steps = jax.tree.map(lambda leaf: select(active, leaf, 0), steps)

    def step_within_length(state: Any, step: tuple[Any, Array]) -> tuple[Any, Array]:
        x, going = step
        output, following = jax.vmap(cell)(x, state)
        kept = jax.tree.map(lambda new, old: select(going, new, old), following, state)
        return kept, select(going, output, 0)

    state, outputs = jax.lax.scan(step_within_length, state, (steps, active))
    return jnp.moveaxis(outputs, 0, 1), state


def select(condition: Bool[Array, ...], chosen: Array, other: Array | int) -> Array:
    """`chosen` where `condition`, which has its leading axes, and `other` elsewhere."""
    trailing = chosen.ndim - condition.ndim
    return jnp.where(condition.reshape(condition.shape + (1,) * trailing), chosen, other)
