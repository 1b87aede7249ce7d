"""A cell as a layer over time."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unspool.cells import Cell
from unspool.layers import checks
from unspool.layers.unroll import advance, unroll


class Recurrent(eqx.Module):
    """A layer that runs a cell over time, batch first.

    `outputs, state = layer(x)` runs whole sequences. `output, state = layer.step(x, state)` runs
    one time step; repeated steps give the same outputs and the same state.

    A state is the cell's own pytree, with a leading batch axis on every leaf.
    """

    cell: Cell

    def initial_state(self, batch: int) -> Any:
        """The state of each of `batch` sequences before its first step."""
        return jax.tree.map(
            lambda leaf: jnp.broadcast_to(leaf, (batch, *jnp.shape(leaf))),
            self.cell.initial_state(),
        )

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
    ) -> tuple[Float[Array, "batch time output"], Any]:
        """The outputs at every step, and the state after each sequence's own last step.

        `state` is where to start, the cell's initial state if None. `lengths` (batch,) says how
        many steps of each row are its own, counted from the first: outputs past them are zero, and
        what `x` holds there does not matter. A row of length 0 keeps the state it came with.

        Raises UsageError when a shape does not fit, or a length lies outside 0 .. time (under
        `jax.jit` the values of lengths cannot be seen, and a longer one counts as time).
        """
        x = jnp.asarray(x)
        checks.inputs(self.cell, x, ("batch", "time", "features"))
        batch, time, _ = x.shape
        state = self._start(state, batch)
        checks.next_state(self.cell, x, state)
        if lengths is not None:
            lengths = jnp.asarray(lengths)
            checks.lengths(lengths, batch, time)
        return unroll(self.cell, x, state, lengths)

    def step(
        self, x: Float[Array, "batch features"], state: Any = None
    ) -> tuple[Float[Array, "batch output"], Any]:
        """One time step of every sequence: the output and the next state."""
        x = jnp.asarray(x)
        checks.inputs(self.cell, x, ("batch", "features"))
        return advance(self.cell, x, self._start(state, x.shape[0]))

    def _start(self, state: Any, batch: int) -> Any:
        initial = self.initial_state(batch)
        if state is None:
            return initial
        checks.state(self.cell, state, initial)
        return state
