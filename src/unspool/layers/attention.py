"""Attention: which steps of a sequence a query is about, and what stands there."""

from __future__ import annotations

import abc
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool import arguments
from unspool.cells import initialisation
from unspool.errors import UsageError
from unspool.layers import checks
from unspool.layers.masks import own_steps, within


class Attention(eqx.Module):
    """Weights over the steps of a sequence, and the weighted sum of what stands there.

    Derive from it and write `scores`.
    """

    @abc.abstractmethod
    def scores(
        self, queries: Float[Array, "batch queries q"], values: Float[Array, "batch time v"]
    ) -> Float[Array, "batch queries time"]:
        """How much each query has to do with each step; UsageError where the sizes do not fit."""

    def __call__(
        self,
        query: Float[Array, "batch q"] | Float[Array, "batch 1 q"],
        values: Float[Array, "batch time v"],
        lengths: Int[Array, " batch"] | None = None,
    ) -> tuple[Float[Array, "batch v"], Float[Array, "batch time 1"]]:
        """The context of one query a row, and the weights of the steps.

        The weights of a row are above 0 and sum to 1; with `lengths`, over that row's own steps,
        and what stands past them does not matter. A row of length 0 has weights and a context of
        zeros.
        """
        query = jnp.asarray(query)
        if query.ndim == 2:
            query = query[:, None]
        if query.ndim != 3 or query.shape[1] != 1:
            raise UsageError(
                f"{type(self).__name__} takes a query of shape (batch, features) or (batch, 1, "
                f"features), got shape {query.shape}: for more of them there is `of_each`"
            )
        context, weights = self.of_each(query, values, lengths)
        return context[:, 0], jnp.moveaxis(weights, 1, 2)

    def of_each(
        self,
        queries: Float[Array, "batch queries q"],
        values: Float[Array, "batch time v"],
        lengths: Int[Array, " batch"] | None = None,
    ) -> tuple[Float[Array, "batch queries v"], Float[Array, "batch queries time"]]:
        """The contexts of many queries over the same values, and their weights."""
        queries, values = jnp.asarray(queries), jnp.asarray(values)
        name = type(self).__name__
        if queries.ndim != 3 or values.ndim != 3 or len(queries) != len(values):
            raise UsageError(
                f"{name} takes queries and values of one batch, (batch, queries, features) and "
                f"(batch, time, features), got {queries.shape} and {values.shape}"
            )
        if lengths is not None:
            lengths = jnp.asarray(lengths)
            checks.lengths(lengths, *values.shape[:2])
        return attend(self, queries, values, lengths)


@eqx.filter_jit
def attend(
    attention: Attention, queries: Array, values: Array, lengths: Int[Array, " batch"] | None
) -> tuple[Float[Array, "batch queries v"], Float[Array, "batch queries time"]]:
    """Contexts and weights of checked arguments."""
    values = within(values, lengths)
    scores = attention.scores(queries, values)
    if lengths is None:
        weights = jax.nn.softmax(scores)
    else:
        own = own_steps(lengths, values.shape[1])[:, None]
        # The least number there is, not minus infinity, whose softmax in a row of nothing else is
        # not a number.
        scores = jnp.where(own, scores, float(np.finfo(scores.dtype).min))
        weights = jnp.where(own, jax.nn.softmax(scores), 0)
    return weights @ values, weights


class AdditiveAttention(Attention):
    """score = v . tanh(W1 q + W2 k + b), softmax over time (Bahdanau, Cho and Bengio 2015, A.1.2).

    q is the query, k one step of the values. W1 is `query_weight` (units, query_size), W2
    `key_weight` (units, key_size), b `bias` and v `score_weight`, both (units,).
    """

    query_weight: Float[Array, "units query"]
    key_weight: Float[Array, "units key"]
    bias: Float[Array, " units"]
    score_weight: Float[Array, " units"]
    query_size: int = eqx.field(static=True)
    key_size: int = eqx.field(static=True)
    units: int = eqx.field(static=True)

    def __init__(self, query_size: int, key_size: int, units: int, *, key: PRNGKeyArray) -> None:
        self.query_size = arguments.size("query_size", query_size)
        self.key_size = arguments.size("key_size", key_size)
        self.units = arguments.size("units", units)
        query_key, key_key, score_key = jax.random.split(key, 3)
        self.query_weight = initialisation.glorot(query_key, 1, self.units, self.query_size)
        self.key_weight = initialisation.glorot(key_key, 1, self.units, self.key_size)
        self.bias = initialisation.zeros(self.units)
        self.score_weight = initialisation.glorot(score_key, 1, 1, self.units)[0]

    def scores(
        self, queries: Float[Array, "batch queries q"], values: Float[Array, "batch time v"]
    ) -> Float[Array, "batch queries time"]:
        """The scores of all queries and steps."""
        _sizes(self, queries, self.query_size, values, self.key_size)
        asked = queries @ self.query_weight.T + self.bias
        stands = values @ self.key_weight.T
        return jnp.tanh(asked[:, :, None] + stands[:, None]) @ self.score_weight


class DotProductAttention(Attention):
    """score = q . k / sqrt(size), softmax over time (Vaswani et al. 2017, equation 1).

    It has no weights, so queries and values must be of one size. With scaled=False it is the dot
    score of Luong, Pham and Manning (2015, section 3.1).
    """

    scaled: bool = eqx.field(static=True, default=True)

    def scores(
        self, queries: Float[Array, "batch queries size"], values: Float[Array, "batch time size"]
    ) -> Float[Array, "batch queries time"]:
        """The scores of all queries and steps."""
        size = values.shape[-1]
        _sizes(self, queries, size, values, size)
        scores = queries @ jnp.moveaxis(values, 1, 2)
        return scores / math.sqrt(size) if self.scaled else scores


def _sizes(attention: Attention, queries: Array, query: int, values: Array, value: int) -> None:
    """UsageError unless the last axes are as long as they must be."""
    if (queries.shape[-1], values.shape[-1]) != (query, value):
        raise UsageError(
            f"{type(attention).__name__} takes queries of {query} features and values of {value}, "
            f"got {queries.shape[-1]} and {values.shape[-1]}"
        )
