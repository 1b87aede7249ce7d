"""Drawing from scores: temperature, the k most likely, the likeliest share, or the best."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unspool import arguments
from unspool.errors import UsageError


@dataclass(frozen=True)
class Choice:
    """How a symbol is chosen by its probability p.

    temperature: p is raised to 1 / temperature, so that less than 1 makes likely symbols more
    likely; 0 is the most likely one, always. top_k: among the k most likely alone (Fan, Lewis &
    Dauphin 2018). top_p: among the most likely that together have a probability of at least this
    (Holtzman et al. 2020, section 3.1), after temperature and top_k.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        given = self.temperature
        if (
            isinstance(given, bool)
            or not isinstance(given, int | float)
            or not (0 <= given < math.inf)
        ):
            raise UsageError(f"temperature must be a number of at least 0, got {given!r}")
        if self.top_k is not None:
            arguments.whole("top_k", self.top_k)
        if self.top_p is not None and (
            isinstance(self.top_p, bool)
            or not isinstance(self.top_p, int | float)
            or not 0 < self.top_p <= 1
        ):
            raise UsageError(f"top_p must be above 0 and at most 1, got {self.top_p!r}")

    @property
    def greedy(self) -> bool:
        """Whether nothing is left to chance."""
        return self.temperature == 0


def draw(
    scores: Float[Array, " symbols"], gumbel: Float[Array, " symbols"], choice: Choice
) -> Int[Array, ""]:
    """A symbol, by scores (logarithms of probabilities, up to a constant).

    gumbel: a standard Gumbel number for each symbol. The symbol with the highest sum of both is
    drawn with its probability (Gumbel 1954; Maddison, Tarlow & Minka 2014).
    """
    if choice.greedy:
        return jnp.argmax(scores)
    return jnp.argmax(kept(scores / choice.temperature, choice) + gumbel)


def kept(scores: Float[Array, " symbols"], choice: Choice) -> Float[Array, " symbols"]:
    """The scores, minus infinity for symbols that top_k and top_p rule out."""
    if choice.top_k is None and choice.top_p is None:
        return scores
    order = jnp.argsort(-scores, stable=True)
    stays = jnp.ones(scores.shape, bool)
    if choice.top_k is not None:
        stays &= jnp.arange(len(scores)) < choice.top_k
    if choice.top_p is not None:
        share = jax.nn.softmax(jnp.where(stays, scores[order], -jnp.inf))
        stays &= jnp.cumsum(share) - share < choice.top_p
    return jnp.where(jnp.zeros_like(stays).at[order].set(stays), scores, -jnp.inf)
