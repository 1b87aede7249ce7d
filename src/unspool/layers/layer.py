"""What a layer is: something that runs over whole sequences, and, if it is causal, step by step."""

from __future__ import annotations

import abc
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import Cell


class Layer(eqx.Module):
    """Whole sequences to whole sequences, batch first; the state is passed in and handed back."""

    @abc.abstractmethod
    def initial_state(self, batch: int) -> Any:
        """The state of each of `batch` sequences before its first step."""

    @abc.abstractmethod
    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], Any]:
        """The outputs at every step, and the state after each sequence's own last step.

        `state` is where to start, the initial state if None. `lengths` (batch,) says how many
        steps of each row are its own, counted from the first: outputs past them are zero, and what
        `x` holds there does not matter. `key` is given in training, and turns on what is random.
        """

    def output_lengths(self, lengths: Int[Array, " batch"]) -> Int[Array, " batch"]:
        """How many steps of each row's output are its own; those of the input, if not shortened."""
        return lengths

    def as_cell(self) -> Cell | None:
        """The layer as a cell, by which it can run together with others; None if it is not one.

        With the layer's own state, a row of it, and without anything random.
        """
        return None


class CausalLayer(Layer):
    """A layer whose output at a step depends on nothing later, so that it has a `step`.

    Repeated steps give the outputs and the state of the whole run, without a key.
    """

    @abc.abstractmethod
    def step(
        self, x: Float[Array, "batch features"], state: Any = None
    ) -> tuple[Float[Array, "batch output"], Any]:
        """One time step of every sequence: the output and the next state."""
