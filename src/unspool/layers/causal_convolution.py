"""A causal convolution over whole sequences at once."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import CausalConvolutionCell
from unspool.layers import entry
from unspool.layers.layer import CausalLayer
from unspool.layers.masks import within
from unspool.layers.taps import products
from unspool.layers.unroll import advance


class CausalConvolution(CausalLayer):
    """The convolution of its cell, all steps in parallel instead of one after the other.

    Outputs and states are those of `unspool.Recurrent(cell)`, up to the order of the sums, and so
    are those of repeated `step`.
    """

    cell: CausalConvolutionCell

    def as_cell(self) -> CausalConvolutionCell:
        """The cell."""
        return self.cell

    def initial_state(self, batch: int) -> Float[Array, "batch past input"]:
        """The inputs before the first step of each of `batch` sequences: zeros."""
        zeros: Array = entry.initial_state(self.cell, batch)
        return zeros

    def __call__(
        self,
        x: Float[Array, "batch time input"],
        state: Float[Array, "batch past input"] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], Float[Array, "batch past input"]]:
        """The outputs at every step, and the last inputs of each sequence's own steps.

        `state`, `lengths` and the errors are as in `Recurrent`; nothing is random here, so a key
        changes nothing.
        """
        x, state, lengths = entry.sequences(self.cell, x, state, lengths)
        return convolve(self.cell, x, state, lengths)

    def step(
        self,
        x: Float[Array, "batch input"],
        state: Float[Array, "batch past input"] | None = None,
    ) -> tuple[Float[Array, "batch output"], Float[Array, "batch past input"]]:
        """One time step of every sequence: the output and the next state."""
        return advance(self.cell, *entry.one_step(self.cell, x, state))


@eqx.filter_jit
def convolve(
    cell: CausalConvolutionCell,
    x: Float[Array, "batch time input"],
    state: Float[Array, "batch past input"],
    lengths: Int[Array, " batch"] | None,
) -> tuple[Float[Array, "batch time output"], Float[Array, "batch past input"]]:
    """Outputs and final state of checked arguments."""
    # Before the products: in the gradient of a selection after them, zero times NaN is NaN.
    seen = jnp.concatenate([state, within(x, lengths)], axis=1)  # (batch, past + time, input)
    total = products(seen, cell.weight, cell.kernel_size, dilation=cell.dilation) + cell.bias
    return within(cell.activated(total), lengths), newest(seen, cell.past, lengths)


def newest(
    seen: Float[Array, "batch seen input"], past: int, lengths: Int[Array, " batch"] | None
) -> Float[Array, "batch past input"]:
    """The last `past` steps of each row, where `past` steps stand before its first own one."""
    time = seen.shape[1] - past
    if lengths is None:
        return seen[:, time:]

    # A row of length n has seen its state and n inputs; the newest of them are the next state.
    def reached(row: Float[Array, "seen input"], end: Int[Array, ""]) -> Array:
        return jax.lax.dynamic_slice_in_dim(row, end, past)

    return jax.vmap(reached)(seen, jnp.clip(lengths, 0, time))
