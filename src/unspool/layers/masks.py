"""Which steps of a batch are each row's own."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from unspool.layers.scan import select


def own_steps(lengths: Int[Array, " batch"], time: int) -> Bool[Array, "batch time"]:
    """Whether each of `time` steps lies within its row's length."""
    return jnp.arange(time) < lengths[:, None]


def within(x: Array, lengths: Int[Array, " batch"] | None) -> Array:
    """x (batch, time, ...) with zeros past each row's length; all of it if there are none."""
    return x if lengths is None else select(own_steps(lengths, x.shape[1]), x, 0)
