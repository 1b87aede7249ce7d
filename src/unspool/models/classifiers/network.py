"""A classifying network: symbols or channels, layers, pooling, a score for each class."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.layers import Dense, Embedding, Layer
from unspool.models.classifiers.warping import Warping
from unspool.models.pooling import Pooling

Lengths = Int[Array, " batch"] | None


class Symbols(eqx.Module):
    """Codes as vectors; in training some are taken for an unknown one.

    A symbol that the training did not have gets the code `unknown`, whose vector would otherwise
    never have been trained. With a key each code is replaced by it with probability `rate`.
    """

    embedding: Embedding
    unknown: int = eqx.field(static=True)
    rate: float = eqx.field(static=True)

    def __call__(
        self, codes: Int[Array, "batch time"], key: PRNGKeyArray | None
    ) -> Float[Array, "batch time size"]:
        """The vectors."""
        if key is not None and self.rate > 0:
            replaced = jax.random.bernoulli(key, self.rate, codes.shape)
            codes = jnp.where(replaced, self.unknown, codes)
        return self.embedding(codes)[0]


class ClassifierNetwork(eqx.Module):
    """Sequences to the scores of classes: codes (batch, time) or (batch, time, features).

    In training series are varied by `warping`, if there is one.

    It returns the scores (batch, classes), whose softmax are the probabilities, and the states of
    `body`. `lengths` and `key` are as in `unspool.models.shapes`.
    """

    symbols: Symbols | None
    warping: Warping | None
    body: Layer
    pooling: Pooling
    dropout: eqx.nn.Dropout
    head: Dense

    def __call__(
        self, inputs: Array, lengths: Lengths = None, *, key: PRNGKeyArray | None = None
    ) -> tuple[Float[Array, "batch classes"], Any]:
        """The scores of the classes, and the states of the layers."""
        keys = (None, None, None) if key is None else tuple(jax.random.split(key, 3))
        x = inputs if self.symbols is None else self.symbols(inputs, keys[0])
        if self.warping is not None and keys[0] is not None:
            x = self.warping(x, lengths, keys[0])
        outputs, states = self.body(x, None, lengths, key=keys[1])
        if lengths is not None:
            lengths = self.body.output_lengths(lengths)
        vector = self.pooling(outputs, lengths)
        if keys[2] is not None:
            vector = self.dropout(vector, key=keys[2])
        return self.head.transformed(vector, None), states
