"""Recurrent dropout: the same units of the state dropped at every step of a sequence."""

from __future__ import annotations

import jax
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.cells.cell import Noise


def draw(key: PRNGKeyArray, rate: float, like: Float[Array, " hidden"]) -> Noise | None:
    """The factors of one sequence's state, of the size and type of `like`; None for a rate of 0.

    A unit is dropped, factor 0, with probability `rate`; else its factor is 1 / (1 - rate), which
    keeps the expected value (Gal and Ghahramani 2016: one mask for all time steps).
    """
    if rate == 0:
        return None
    kept = jax.random.bernoulli(key, 1 - rate, like.shape)
    return Noise(per_sequence=kept.astype(like.dtype) / (1 - rate))


def dropped(state: Float[Array, " hidden"], noise: Noise | None) -> Float[Array, " hidden"]:
    """What the recurrent product sees of the state: all of it at inference."""
    if noise is None:
        return state
    seen: Array = state * noise.per_sequence
    return seen
