"""A generating network as training wants it: what is read made of what came, and the losses."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.layers import Layer
from unspool.layers.masks import within
from unspool.models.generators.network import Generator
from unspool.models.generators.readers import NO_CHORD, NOTES, ChordReader
from unspool.models.generators.writers import Judged


class Reading(Layer):
    """The network of a long text as a layer: codes (batch, time) -> scores (…, symbols)."""

    network: Generator

    def initial_state(self, batch: int) -> Any:
        """The network's."""
        return self.network.initial_state(batch)

    def __call__(
        self,
        x: Int[Array, "batch time"],
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time symbols"], Any]:
        """Scores of the symbol after each step, and the states."""
        features, reached = self.network.features(x, state, lengths, key=key)
        writer: Any = self.network.writer
        return writer.scores(self.network.reader, features), reached


def cross_entropy(
    scores: Float[Array, "batch time symbols"], following: Int[Array, "batch time"]
) -> Array:
    """Of what came next, the mean in nats."""
    each: Array = optax.softmax_cross_entropy_with_integer_labels(scores, following)
    return each.mean()


class Foreseeing(eqx.Module):
    """The network of separate sequences: values (batch, time, …) -> how well each was foreseen.

    At each step it is given all values before, and before the first what its reader starts with.

    In training music is moved up or down by up to `transpose` semitones, each sequence by a number
    of its own, as far as there are notes or keys: pieces in all keys instead of in a few.
    """

    network: Generator
    transpose: int = eqx.field(static=True, default=0)

    def __call__(
        self,
        values: Array,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Judged, Any]:
        """(batch, time, parts), zero past each sequence's end; and the states."""
        values = jnp.asarray(values)
        if key is not None and self.transpose:
            key, moving = jax.random.split(key)
            values = self._moved(values, moving)
        start = self.network.reader.start().astype(values.dtype)
        first = jnp.broadcast_to(start, (values.shape[0], 1, *values.shape[2:]))
        read = jnp.concatenate([first, values[:, :-1]], axis=1)
        judged, states = self.network.judge(read, values, None, lengths, key=key)
        return jax.tree.map(lambda part: within(part, lengths), judged), states

    def _moved(self, values: Array, key: PRNGKeyArray) -> Array:
        by = self.transpose
        if isinstance(self.network.reader, ChordReader):
            sounds = (values > 0) & (values < NO_CHORD)
            axes = tuple(range(1, values.ndim))
            lowest = jnp.where(sounds, values, NOTES).min(axes)
            highest = jnp.where(sounds, values, 0).max(axes)
            moved = _drawn(key, jnp.maximum(-by, 1 - lowest), jnp.minimum(by, NOTES - 1 - highest))
            return jnp.where(sounds, values + moved[:, None, None].astype(values.dtype), values)
        sounding = (values > 0).any(axis=1)  # (batch, keys)
        keys = sounding.shape[1]
        lowest = jnp.where(sounding, jnp.arange(keys), keys).min(axis=1)
        highest = jnp.where(sounding, jnp.arange(keys), 0).max(axis=1)
        moved = _drawn(key, jnp.maximum(-by, -lowest), jnp.minimum(by, keys - 1 - highest))
        rolled: Array = jax.vmap(lambda roll, by: jnp.roll(roll, by, axis=1))(values, moved)
        return rolled


def mean_nats(judged: Judged, _: None, lengths: Int[Array, " batch"]) -> Array:
    """The mean over all own steps and their parts."""
    nats = jnp.asarray(judged.nats)
    return nats.sum() / (jnp.asarray(lengths).sum() * nats.shape[-1])


def _drawn(key: PRNGKeyArray, least: Array, most: Array) -> Array:
    """A whole number for each row, from its least to its most."""
    return jax.random.randint(key, least.shape, least, most + 1)
