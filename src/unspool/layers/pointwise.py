"""Layers that look at one step at a time and remember nothing."""

from __future__ import annotations

import abc
from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import Cell
from unspool.layers import checks
from unspool.layers.layer import CausalLayer
from unspool.layers.masks import within


class Pointwise(CausalLayer):
    """A layer whose output at a step is made of that step's input alone; its state is None.

    Derive from it and write `transformed`. A class attribute `axes` names the axes of one step of a
    batch, and a field `input_size`, if there is one, says how long the last of them is.
    """

    axes: ClassVar[tuple[str, ...]] = ("batch", "features")

    @abc.abstractmethod
    def transformed(self, x: Array, key: PRNGKeyArray | None) -> Array:
        """The outputs of x, whose last axis is the features, whatever axes there are before it."""

    def as_cell(self) -> Cell | None:
        """The layer at one step; None where a step has more axes than features."""
        return PointwiseCell(self) if self.axes == Pointwise.axes else None

    def initial_state(self, batch: int) -> None:
        """None: there is nothing to remember."""

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], None]:
        """The outputs at every step, and None; arguments and errors are as in `Recurrent`."""
        x = jnp.asarray(x)
        batch, *features = self.axes
        checks.inputs(self, x, (batch, "time", *features))
        checks.no_state(self, state)
        if lengths is not None:
            lengths = jnp.asarray(lengths)
            checks.lengths(lengths, *x.shape[:2])
        # Before as well as after: in the gradient of a selection, zero times NaN is NaN.
        outputs = self.transformed(within(x, lengths), key)
        return within(outputs, lengths), None

    def step(
        self, x: Float[Array, "batch features"], state: None = None
    ) -> tuple[Float[Array, "batch output"], None]:
        """One time step of every sequence: the output, and None."""
        x = jnp.asarray(x)
        checks.inputs(self, x, self.axes)
        checks.no_state(self, state)
        return self.transformed(x, None), None


class PointwiseCell(Cell):
    """A pointwise layer as a cell, without a state."""

    layer: Pointwise

    def initial_state(self) -> None:
        """None: there is nothing to remember."""

    def __call__(self, x: Float[Array, " features"], state: None) -> tuple[Array, None]:
        """The layer's output for x (features,)."""
        checks.inputs(self.layer, x, self.layer.axes[1:])
        return self.layer.transformed(x, None), None
