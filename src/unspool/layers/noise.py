"""The random numbers of a cell's training pass: drawn for a batch, and handed to its steps."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, PRNGKeyArray

from unspool.cells import Cell, Noise


def is_random(cell: Cell, key: PRNGKeyArray) -> bool:
    """Whether the cell draws anything in training."""
    return jax.eval_shape(cell.noise, key) is not None


@eqx.filter_jit
def draw(cell: Cell, key: PRNGKeyArray, batch: int, time: int) -> Noise:
    """The noise of a batch: per_sequence with a leading (batch,), per_step with (batch, time)."""

    def part(name: str) -> Any:
        return lambda own_key: getattr(cell.noise(own_key), name)

    sequence_key, step_key = jax.random.split(key)
    per_sequence = jax.vmap(part("per_sequence"))(jax.random.split(sequence_key, batch))
    per_step = jax.vmap(jax.vmap(part("per_step")))(jax.random.split(step_key, (batch, time)))
    return Noise(per_sequence, per_step)


class WithNoise(eqx.Module):
    """A cell with its noise among inputs and state, so that it unrolls like one that has none.

    What is drawn for each step arrives with the input; what is drawn for a sequence is a part of
    the state that never changes.
    """

    cell: Cell

    def __call__(self, x: tuple[Array, Any], state: tuple[Any, Any]) -> tuple[Array, Any]:
        """One step, (x, per_step) and (state, per_sequence) -> output, the same pair of states."""
        cell: Any = self.cell
        output, following = cell(x[0], state[0], Noise(state[1], x[1]))
        return output, (following, state[1])
