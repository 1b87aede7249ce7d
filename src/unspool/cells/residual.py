"""A cell with its input added to its output."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from unspool.cells.cell import Cell, Noise, step
from unspool.errors import UsageError


class Residual(Cell):
    """A cell whose output has its input added: y = F(x, s) + x (Wu et al. 2016, section 3.1).

    The state is the cell's own and stays as it is. Input and output must have the same shape.
    Around `Zoneout` and not inside of it: the output is then no longer a part of the state.
    """

    cell: Cell

    @property
    def input_size(self) -> int:
        """The cell's own, where it has one."""
        inner: Any = self.cell
        size: int = inner.input_size
        return size

    def initial_state(self) -> Any:
        """The cell's own."""
        return self.cell.initial_state()

    def noise(self, key: PRNGKeyArray) -> Noise | None:
        """The cell's own."""
        return self.cell.noise(key)

    def __call__(self, x: Array, state: Any, noise: Noise | None = None) -> tuple[Array, Any]:
        """One step, x (size,) and a state -> output (size,), next state."""
        output, following = step(self.cell, x, state, noise)
        if jnp.shape(output) != jnp.shape(x):
            raise UsageError(
                f"Residual adds the input to the output of {type(self.cell).__name__}, which must "
                f"have the same shape: got input {jnp.shape(x)} and output {jnp.shape(output)}"
            )
        return output + x, following
