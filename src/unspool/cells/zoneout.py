"""Zoneout: a cell whose state now and then stays as it was."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from unspool import arguments
from unspool.cells.cell import Cell, Noise, step
from unspool.errors import UsageError


class Zoneout(Cell):
    """A cell with zoneout on its state (Krueger et al. 2017).

        s' = d * s + (1 - d) * F(x, s)

    F is the cell's own step. In training every element of d is 1 with probability `rate`, else 0,
    drawn anew at every step; at inference d is the rate itself, the expected value.

    `rate` is one number for the whole state, or a pytree of numbers in the structure of the state:
    `Zoneout(LSTMCell(8, 16, key=key), LSTMState(hidden=0.05, memory=0.5))`. An LSTM's hidden state
    is that of the paper: what is kept of the memory does not enter the h' of the same step.

    Where the cell's output is a part of its next state, the very same array, as in all cells of
    this package, the output is that part after zoneout; any other output stays as it is.
    """

    cell: Cell
    rates: tuple[float, ...] = eqx.field(static=True)  # one for each leaf of the state

    def __init__(self, cell: Cell, rate: Any) -> None:
        state = jax.eval_shape(cell.initial_state)
        structure: Any
        given_structure: Any
        leaves, structure = jax.tree.flatten(state)
        given, given_structure = jax.tree.flatten(rate)
        name = type(cell).__name__
        if given_structure == jax.tree.structure(0.0):
            given = given * len(leaves)
        elif given_structure != structure:
            raise UsageError(
                f"rate must be a number or have the structure of {name}'s state, {structure}, "
                f"got {given_structure}"
            )
        self.cell = cell
        self.rates = tuple(arguments.rate("rate", value) for value in given)
        for leaf, own_rate in zip(leaves, self.rates, strict=True):
            if own_rate and not jnp.issubdtype(leaf.dtype, jnp.floating):
                raise UsageError(
                    f"zoneout mixes states of floating point, got {leaf.dtype}{leaf.shape} in the "
                    f"state of {name}: give a rate for each part of the state, 0 for this one"
                )

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
        """What the cell draws; and for each step which elements of the state stay, 1 or 0."""
        inner_key, *keys = jax.random.split(key, 1 + len(self.rates))
        inner = self.cell.noise(inner_key) or Noise()
        states = jax.tree.leaves(jax.eval_shape(self.cell.initial_state))
        kept = tuple(
            jax.random.bernoulli(leaf_key, rate, leaf.shape).astype(leaf.dtype) if rate else None
            for leaf_key, rate, leaf in zip(keys, self.rates, states, strict=True)
        )
        drawn = Noise(inner.per_sequence, (inner.per_step, kept))
        return drawn if jax.tree.leaves(drawn) else None

    def __call__(self, x: Array, state: Any, noise: Noise | None = None) -> tuple[Array, Any]:
        """One step, x (input_size,) and a state -> output, next state."""
        inner, kept = None, self.rates
        if noise is not None:
            inner_per_step, kept = noise.per_step
            inner = Noise(noise.per_sequence, inner_per_step)
        output, following = step(self.cell, x, state, inner)
        structure: Any
        reached, structure = jax.tree.flatten(following)
        before = structure.flatten_up_to(state)
        mixed = [
            d * old + (1 - d) * new if rate else new
            for rate, d, old, new in zip(self.rates, kept, before, reached, strict=True)
        ]
        for new, zoned_out in zip(reached, mixed, strict=True):
            if output is new:
                output = zoned_out
        return output, structure.unflatten(mixed)
