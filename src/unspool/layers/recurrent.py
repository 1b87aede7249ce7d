"""A cell as a layer over time."""

from __future__ import annotations

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import Cell
from unspool.layers import entry, noise
from unspool.layers.layer import CausalLayer
from unspool.layers.unroll import Path, advance, path, unroll


class Recurrent(CausalLayer):
    """A layer that runs a cell over time, batch first.

    `outputs, state = layer(x)` runs whole sequences. `output, state = layer.step(x, state)` runs
    one time step; repeated steps give the same outputs and the same state.

    A state is the cell's own pytree, with a leading batch axis on every leaf.

    With `recompute` the backward pass keeps the states alone and computes the rest of each step
    anew: less memory (docs/engine.md says how much), more time.
    """

    cell: Cell
    recompute: bool = eqx.field(static=True, default=False)

    def as_cell(self) -> Cell | None:
        """The cell, unless it is to be run in a way of its own."""
        return None if self.recompute else self.cell

    def initial_state(self, batch: int) -> Any:
        """The state of each of `batch` sequences before its first step."""
        return entry.initial_state(self.cell, batch)

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], Any]:
        """The outputs at every step, and the state after each sequence's own last step.

        `state` is where to start, the cell's initial state if None. `lengths` (batch,) says how
        many steps of each row are its own, counted from the first: outputs past them are zero, and
        what `x` holds there does not matter. A row of length 0 keeps the state it came with.
        `key` is given in training and turns on the cell's noise: recurrent dropout, zoneout.

        Raises UsageError when a shape does not fit, or a length lies outside 0 .. time (under
        `jax.jit` the values of lengths cannot be seen, and a longer one counts as time).
        """
        x, state, lengths = entry.sequences(self.cell, x, state, lengths)
        if key is None or not noise.is_random(self.cell, key):
            return unroll(self.cell, x, state, lengths, recompute=self.recompute)
        drawn = noise.draw(self.cell, key, *x.shape[:2])
        outputs, (state, _) = unroll(
            noise.WithNoise(self.cell),
            (x, drawn.per_step),
            (state, drawn.per_sequence),
            lengths,
            recompute=self.recompute,
        )
        return outputs, state

    def path(self, x: Float[Array, "batch time features"]) -> Path:
        """How the layer runs over x: "fused" by the engine, or "scan" by `lax.scan`; and why."""
        x, state, _ = entry.sequences(self.cell, x, None, None)
        return path(self.cell, x, state)

    def step(
        self, x: Float[Array, "batch features"], state: Any = None
    ) -> tuple[Float[Array, "batch output"], Any]:
        """One time step of every sequence: the output and the next state."""
        return advance(self.cell, *entry.one_step(self.cell, x, state))
