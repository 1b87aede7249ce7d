"""A layer with its input added to its output."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import Cell
from unspool.errors import UsageError
from unspool.layers.dense import Dense
from unspool.layers.layer import Layer
from unspool.layers.masks import within


class Shortcut(Layer):
    """y = x + F(x) of a layer F (He et al. 2016, equation 1), or P x + F(x) (equation 2).

    Without a `projection` P, x and F(x) must have the same shape. The state is the layer's own; it
    has a `step` if the layer has one.
    """

    layer: Layer
    projection: Dense | None = None

    def as_cell(self) -> Cell | None:
        """The layer and the sum at one step, where the layer is a cell."""
        cell = self.layer.as_cell()
        return None if cell is None else ShortcutCell(cell, self)

    def initial_state(self, batch: int) -> Any:
        """The layer's own."""
        return self.layer.initial_state(batch)

    def output_lengths(self, lengths: Int[Array, " batch"]) -> Int[Array, " batch"]:
        """The layer's own."""
        return self.layer.output_lengths(lengths)

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], Any]:
        """The sums at every step, and the layer's state; arguments are as in `Recurrent`."""
        x = jnp.asarray(x)
        outputs, reached = self.layer(x, state, lengths, key=key)
        # The layer has checked the lengths.
        x = within(x, None if lengths is None else jnp.asarray(lengths))
        total = self.total(x, outputs)
        return within(total, None if lengths is None else jnp.asarray(lengths)), reached

    def step(
        self, x: Float[Array, "batch features"], state: Any = None
    ) -> tuple[Float[Array, "batch output"], Any]:
        """One time step of every sequence: the output and the next state.

        Raises UsageError where the layer has no step.
        """
        inner: Any = getattr(self.layer, "step", None)
        if inner is None:
            raise UsageError(
                f"Shortcut is around {type(self.layer).__name__}, which is not causal and has no "
                "step: call it on whole sequences"
            )
        x = jnp.asarray(x)
        output, following = inner(x, state)
        return self.total(x, output), following

    def total(self, x: Array, outputs: Array) -> Array:
        """x, projected if it is to be, plus the layer's outputs."""
        if self.projection is not None:
            x = self.projection.transformed(x, None)
        if x.shape != outputs.shape:
            raise UsageError(
                f"Shortcut adds the input to the output of {type(self.layer).__name__}, which must "
                f"have the same shape: got {x.shape} and {outputs.shape}"
            )
        return x + outputs


class ShortcutCell(Cell):
    """A shortcut around a layer that is a cell, as a cell with that one's state."""

    cell: Cell
    shortcut: Shortcut

    def initial_state(self) -> Any:
        """The cell's own."""
        return self.cell.initial_state()

    def __call__(self, x: Float[Array, " features"], state: Any) -> tuple[Array, Any]:
        """One step, x (features,) and a state -> the sum, next state."""
        output, following = self.cell(x, state)
        return self.shortcut.total(x, output), following
