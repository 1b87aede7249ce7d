"""What a cell is: the equations of one time step, for one sequence."""

from __future__ import annotations

import abc
from typing import Any, NamedTuple

import equinox as eqx
import jax
from jaxtyping import Array, PRNGKeyArray


class Noise(NamedTuple):
    """Random numbers of a training pass, for one sequence: any pytrees of arrays, or None.

    `per_sequence` is drawn once and stays the same at every step; `per_step` is drawn anew for each
    step.
    """

    per_sequence: Any = None
    per_step: Any = None


class Cell(eqx.Module):
    """One time step of one sequence; derive from it and write the equations.

    The state is any pytree of arrays: one array, a named tuple, a dict. A layer, such as
    `unspool.Recurrent`, runs the cell over time and over a batch. A cell that has an attribute
    `input_size` gets its input's size checked by the layer.

    A cell that needs random numbers in training says so by `noise`, and takes what was drawn as a
    third argument: `__call__(self, x, state, noise=None)`, where None means inference.
    """

    @abc.abstractmethod
    def initial_state(self) -> Any:
        """The state of one sequence before its first step."""

    @abc.abstractmethod
    def __call__(self, x: Array, state: Any) -> tuple[Array, Any]:
        """One step, x (input_size,) and a state -> output of any shape, next state.

        The next state has the structure, the shapes and the types of `initial_state()`.
        """

    def noise(self, key: PRNGKeyArray) -> Noise | None:
        """What a training pass needs, drawn for one sequence and one of its steps; None: nothing.

        Whether it is None may depend on the cell's settings but not on the key.
        """
        return None


class GatedCell(Cell):
    """A cell that can show the gates of a step."""

    @abc.abstractmethod
    def gates(self, x: Array, state: Any, noise: Noise | None = None) -> Any:
        """The gates of the step from `state`, and the candidate: a named tuple of (hidden,) each.

        They are those of `__call__` with the same arguments. A field called "candidate" is -1 to 1,
        every other 0 to 1.
        """


def step(cell: Any, x: Array, state: Any, noise: Noise | None) -> tuple[Array, Any]:
    """One step of `cell`, which is handed `noise` only where there is any: most take none."""
    following: tuple[Array, Any] = (
        cell(x, state, noise) if jax.tree.leaves(noise) else cell(x, state)
    )
    return following
