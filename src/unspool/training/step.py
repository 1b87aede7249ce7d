"""One training step, and a stretch of them as one compiled call."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.compiling import compiled
from unspool.models.network import WindowNetwork
from unspool.training.objective import batch_loss, validation_errors
from unspool.training.store import Batch, SeriesStore
from unspool.training.update import descend, optimiser

# A stretch returns its losses in arrays of this length, of which it fills what it ran.
LONGEST_STRETCH = 200


@compiled
def stretch(
    network: WindowNetwork,
    memory: optax.OptState,
    series: SeriesStore,
    rates: Float[Array, " LONGEST_STRETCH"],
    first: Int[Array, ""],
    count: Int[Array, ""],
    key: PRNGKeyArray,
    *,
    batch: int,
    horizon: int,
    clip_norm: float,
    clip_value: float | None = None,
) -> tuple[WindowNetwork, optax.OptState, Array, Array]:
    """Steps first .. first + count - 1: the network, Adam's memory, each step's loss and norm.

    How many steps are run is not compiled in, and the draw of a step depends on its number alone:
    cutting a training run into other stretches gives the same bits.
    """
    arrays, rest = eqx.partition(network, eqx.is_inexact_array)
    rule = optimiser(clip_norm=clip_norm, clip_value=clip_value)

    def step(index: Array, carry: Any) -> Any:
        arrays, memory, losses, norms = carry
        drawn, dropped = jax.random.split(jax.random.fold_in(key, first + index))
        windows = series.draw(drawn, batch, network.look_back, horizon)

        def loss_of(arrays: Any) -> tuple[Array, None]:
            return batch_loss(eqx.combine(arrays, rest), windows, dropped), None

        made = descend(loss_of, arrays, memory, rule, rates[index])
        losses, norms = losses.at[index].set(made.loss), norms.at[index].set(made.norm)
        return made.arrays, made.memory, losses, norms

    unfilled = jnp.zeros(LONGEST_STRETCH)
    carry = (arrays, memory, unfilled, unfilled)
    arrays, memory, losses, norms = jax.lax.fori_loop(0, count, step, carry)
    return eqx.combine(arrays, rest), memory, losses, norms


def drawn_at(
    series: SeriesStore, step: int, key: PRNGKeyArray, batch: int, look_back: int, horizon: int
) -> Batch:
    """The batch that `stretch` drew at a step, to look at when something went wrong in it."""
    drawn, _ = jax.random.split(jax.random.fold_in(key, step))
    return series.draw(drawn, batch, look_back, horizon)


@compiled
def errors_on(network: WindowNetwork, windows: Batch) -> Float[Array, " batch"]:
    """The validation errors, (windows,), compiled."""
    return validation_errors(network, windows)
