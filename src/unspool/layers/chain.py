"""Layers on top of each other as one cell, which the engine runs over time in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Int

from unspool import engine
from unspool.cells import Cell
from unspool.layers import checks

# Weights of a chain, in numbers. One run over time for all layers saves the way of each layer's
# outputs through memory. Sequences that run each alone fetch every weight for a single use: with
# more weights than a core's cache holds beside each other, layer after layer is faster. Where a
# weight that is fetched serves a vector of sequences or two, many more may come from farther away
# (benchmarks/cells): together two LSTM or GRU of 128 and 256 units take .87 to .92 of the time on
# an EPYC of 2024, and .87 to .95 up to 300,000 weights on an older Xeon, where more gain nothing.
MOST_WEIGHTS = 100_000
MOST_WEIGHTS_SIDE_BY_SIDE = 1_500_000


def most_weights(x: Array) -> int:
    """How many weights layers may have that run together on inputs (batch, time, features)."""
    together = engine.side_by_side(x, MOST_WEIGHTS)
    return MOST_WEIGHTS_SIDE_BY_SIDE if together else MOST_WEIGHTS


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


@eqx.filter_jit
def fused(
    cells: Sequence[Cell], x: Array, state: tuple[Any, ...], lengths: Int[Array, " batch"] | None
) -> tuple[Array, tuple[Any, ...]] | None:
    """The outputs and final states of cells on top of each other; None if the engine cannot.

    `state` has a leading batch axis on every leaf. There is no other road here: by `lax.scan`
    layers are better run one after the other, each by its own fastest way.
    """
    chain = Chain(tuple(cells))
    plan = engine.plan(chain, x, state, has_lengths=lengths is not None)
    return engine.run(plan, chain, x, state, lengths) if isinstance(plan, engine.Plan) else None


def weights(cell: Cell) -> int:
    """How many numbers a cell's parameters are."""
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(cell, eqx.is_array)))
