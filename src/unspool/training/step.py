"""One training step, and a stretch of them as one compiled call."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.models.recurrent import RecurrentForecaster
from unspool.training.objective import batch_loss, validation_errors
from unspool.training.store import Batch, SeriesStore

# A stretch returns its losses in arrays of this length, of which it fills what it ran.
LONGEST_STRETCH = 200


def optimiser(clip_norm: float) -> optax.GradientTransformation:
    """Clipping by the global norm, then Adam (Kingma & Ba 2015); the step applies the rate."""
    return optax.chain(optax.clip_by_global_norm(clip_norm), optax.scale_by_adam())


@eqx.filter_jit
def stretch(
    network: RecurrentForecaster,
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
) -> tuple[RecurrentForecaster, optax.OptState, Array, Array]:
    """Steps first .. first + count - 1: the network, Adam's memory, each step's loss and norm.

    How many steps are run is not compiled in, and the draw of a step depends on its number alone:
    cutting a training run into other stretches gives the same bits.
    """
    arrays, rest = eqx.partition(network, eqx.is_inexact_array)
    update_rule = optimiser(clip_norm)

    def step(index: Array, carry: Any) -> Any:
        arrays, memory, losses, norms = carry
        drawn, dropped = jax.random.split(jax.random.fold_in(key, first + index))
        windows = series.draw(drawn, batch, network.look_back, horizon)

        def loss_of(arrays: Any) -> Array:
            return batch_loss(eqx.combine(arrays, rest), windows, dropped)

        loss, gradient = jax.value_and_grad(loss_of)(arrays)
        direction, memory = update_rule.update(gradient, memory)
        arrays = jax.tree.map(lambda a, d: a - rates[index] * d, arrays, direction)
        norm = jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(gradient)))
        return arrays, memory, losses.at[index].set(loss), norms.at[index].set(norm)

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


@eqx.filter_jit
def errors_on(network: RecurrentForecaster, windows: Batch) -> Float[Array, " batch"]:
    """The validation errors, (windows,), compiled."""
    return validation_errors(network, windows)
