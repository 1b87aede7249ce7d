"""What training makes small: the mean absolute error, in units of each window's scale."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.models.network import WindowNetwork
from unspool.training.store import Batch

# The first forecasts of a window know too little of it to learn from.
BURN_IN = 0.25


def batch_loss(network: WindowNetwork, batch: Batch, key: PRNGKeyArray) -> Float[Array, ""]:
    """Error of the newest step's forecast, or with every other strategy of every step's."""
    if network.strategy == "direct":
        made = network.newest_step(batch.levels, batch.known, key=key)
        return jnp.abs(made - batch.ahead).mean()
    made, scales = network.every_step(batch.levels, batch.known, key=key)
    time, outputs = batch.levels.shape[1], network.outputs
    path = jnp.concatenate([batch.levels, batch.ahead], axis=1)
    at = jnp.arange(time)[:, None] + jnp.arange(1, outputs + 1)
    targets = (path[:, at] - batch.levels[..., None]) / scales[..., None]
    seen = jnp.arange(time) - (time - batch.known[:, None])  # steps known before each
    counts = (seen >= BURN_IN * batch.known[:, None]).astype(made.dtype)
    errors = jnp.abs(made - targets).mean(axis=-1)
    return (errors * counts).sum() / counts.sum()


def validation_errors(network: WindowNetwork, batch: Batch) -> Float[Array, " batch"]:
    """Each window's error of the whole horizon's forecast, made as it will be when it is used."""
    made = network.forecast(batch.levels, batch.known, batch.ahead.shape[1])
    return jnp.abs(made - batch.ahead).mean(axis=1)
