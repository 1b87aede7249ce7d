"""Cells on top of each other as one cell: what a stack of small recurrent layers runs as."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array

from unspool.cells import Cell
from unspool.layers import checks

# Weights of a chain, in numbers. One run over time for all layers saves the way of each layer's
# outputs through memory; beyond this the weights no longer stay in a core's cache beside each
# other, and layer after layer is as fast (benchmarks/cells).
MOST_WEIGHTS = 100_000


class Chain(Cell):
    """Each cell is fed with the output of the one below; the state is a tuple of theirs."""

    cells: tuple[Cell, ...]

    def initial_state(self) -> tuple[Any, ...]:
        """The state of every cell before the first step."""
        return tuple(cell.initial_state() for cell in self.cells)

    def __call__(self, x: Array, state: tuple[Any, ...]) -> tuple[Array, tuple[Any, ...]]:
        """One step of all cells, x (features,) and their states -> the last's output, states."""
        reached = []
        for cell, before in zip(self.cells, state, strict=True):
            checks.inputs(cell, x, ("features",))
            x, after = cell(x, before)
            reached.append(after)
        return x, tuple(reached)


def weights(cell: Cell) -> int:
    """How many numbers a cell's parameters are."""
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(cell, eqx.is_array)))
