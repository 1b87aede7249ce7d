"""What a cell is: the equations of one time step, for one sequence."""

from __future__ import annotations

import abc
from typing import Any

import equinox as eqx
from jaxtyping import Array


class Cell(eqx.Module):
    """One time step of one sequence; derive from it and write the equations.

    The state is any pytree of arrays: one array, a named tuple, a dict. A layer, such as
    `unspool.Recurrent`, runs the cell over time and over a batch. A cell that has an attribute
    `input_size` gets its input's size checked by the layer.
    """

    @abc.abstractmethod
    def initial_state(self) -> Any:
        """The state of one sequence before its first step."""

    @abc.abstractmethod
    def __call__(self, x: Array, state: Any) -> tuple[Array, Any]:
        """One step, x (input_size,) and a state -> output of any shape, next state.

        The next state has the structure, the shapes and the types of `initial_state()`.
        """
