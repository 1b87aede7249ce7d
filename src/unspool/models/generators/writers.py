"""What comes next, by what the layers give: how likely it was, and drawing it."""

from __future__ import annotations

import abc
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import initialisation
from unspool.models.generators.readers import SymbolReader
from unspool.models.sampling import Choice, draw


class Judged(NamedTuple):
    """How well what came next was foreseen, part by part of a step: (*axes, parts).

    nats: minus the logarithm of its probability. hits and tries: how many things the likeliest
    guesses were right about, and out of how many.
    """

    nats: Float[Array, "*axes parts"]
    hits: Float[Array, "*axes parts"]
    tries: Float[Array, "*axes parts"]


class Writer(eqx.Module):
    """A distribution over the next step's values, given the layers' features.

    `reader` is the network's own, whose vectors some writers score with.
    """

    @abc.abstractmethod
    def judge(self, reader: Any, features: Float[Array, "*axes size"], following: Array) -> Judged:
        """How well `following`, the values that came, was foreseen."""

    @abc.abstractmethod
    def noise(self, key: PRNGKeyArray) -> Float[Array, " *parts"]:
        """The random numbers that drawing one value takes."""

    @abc.abstractmethod
    def draw(
        self, reader: Any, features: Float[Array, " size"], noise: Array, choice: Choice
    ) -> Array:
        """A value for one step of one sequence."""


class SymbolWriter(Writer):
    """A score for each symbol, the softmax of which are the probabilities.

        scores = W features + b            W of its own, or
        scores = E (P features) / sqrt(size) + b     E the reader's table (Press & Wolf 2017)

    P, `weight` of a tied writer, brings the features to the size of the table's rows. `never`:
    codes that stand for no symbol and are not drawn.
    """

    weight: Float[Array, "output features"]
    bias: Float[Array, " symbols"]
    tied: bool = eqx.field(static=True)
    never: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        features: int,
        symbols: int,
        *,
        tied_size: int | None = None,
        never: tuple[int, ...] = (),
        key: PRNGKeyArray,
    ) -> None:
        self.tied, self.never = tied_size is not None, never
        self.weight = initialisation.glorot(key, 1, tied_size or symbols, features)
        self.bias = initialisation.zeros(symbols)

    def scores(
        self, reader: SymbolReader, features: Float[Array, "*axes size"]
    ) -> Float[Array, "*axes symbols"]:
        """Logarithms of the probabilities, up to a constant."""
        # As one matrix: on a CPU the gradient of a product over two leading axes is slower.
        total = features.reshape(-1, features.shape[-1]) @ self.weight.T
        if self.tied:
            total = total @ reader.table.T / np.sqrt(reader.size).astype(total.dtype)
        return (total + self.bias).reshape(*features.shape[:-1], -1)

    def judge(
        self, reader: SymbolReader, features: Float[Array, "*axes size"], following: Array
    ) -> Judged:
        """Cross-entropy of the symbol that came, and whether it was the likeliest."""
        scores = self.scores(reader, features)
        nats = optax.softmax_cross_entropy_with_integer_labels(scores, following)
        hits = (jnp.argmax(scores, axis=-1) == following).astype(nats.dtype)
        return Judged(nats[..., None], hits[..., None], jnp.ones_like(nats)[..., None])

    def noise(self, key: PRNGKeyArray) -> Float[Array, " symbols"]:
        """A Gumbel number for each symbol."""
        drawn: Array = jax.random.gumbel(key, self.bias.shape)
        return drawn

    def draw(
        self, reader: SymbolReader, features: Float[Array, " size"], noise: Array, choice: Choice
    ) -> Int[Array, ""]:
        """A code."""
        scores = self.scores(reader, features)
        if self.never:
            scores = scores.at[jnp.asarray(self.never)].set(-jnp.inf)
        return draw(scores, noise, choice).astype(jnp.int32)
