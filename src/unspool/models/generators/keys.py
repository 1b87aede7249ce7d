"""Frames of a piano roll, key after key from the lowest: each knows the lower ones, or none."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import initialisation
from unspool.models.generators.writers import Judged, Writer
from unspool.models.sampling import Choice, draw


class KeyWriter(Writer):
    """Whether each key sounds, given the layers' features h and the lower keys x of the frame.

        a_k = W h + b + sum over j < k of x_j V_j
        p_k = sigma(U_k relu(a_k) + S_k h + c_k)

    This is the neural autoregressive distribution estimator (Larochelle & Murray 2011, equations 4
    and 5, with relu) on top of a network over time, as Boulanger-Lewandowski, Bengio & Vincent
    (2012, section 5) put it on a recurrent one. With independent keys a_k is W h + b alone. A
    frame's probability is the product of those of its keys.
    """

    weight: Float[Array, "hidden features"]
    bias: Float[Array, " hidden"]
    heard: Float[Array, "keys hidden"] | None
    score_weight: Float[Array, "keys hidden"]
    shortcut: Float[Array, "keys features"]
    score_bias: Float[Array, " keys"]

    def __init__(
        self, features: int, keys: int, hidden: int, *, independent: bool, key: PRNGKeyArray
    ) -> None:
        own, heard, scores, beside = jax.random.split(key, 4)
        self.weight = initialisation.glorot(own, 1, hidden, features)
        self.bias = initialisation.zeros(hidden)
        self.heard = None if independent else initialisation.normal(heard, keys, hidden) / 4
        self.score_weight = initialisation.glorot(scores, 1, keys, hidden)
        self.shortcut = initialisation.glorot(beside, 1, keys, features) / 4
        # Of 88 keys about 4 sound.
        self.score_bias = jnp.full(keys, -3.0)

    def judge(
        self, reader: Any, features: Float[Array, "*axes size"], following: Int[Array, "*axes keys"]
    ) -> Judged:
        """Cross-entropy of the frame, as one part; hits and tries are about keys that sound.

        Tries are the keys that sound or were thought to, hits those of which both is so.
        """
        came = following.astype(features.dtype)
        total = self._own(features)[..., None, :]  # (*axes, 1, hidden)
        if self.heard is not None:
            parts = came[..., None] * self.heard  # (*axes, keys, hidden)
            total = total + jnp.cumsum(parts, axis=-2) - parts
        scores = (jax.nn.relu(total) * self.score_weight).sum(-1) + self._beside(features)
        nats = optax.sigmoid_binary_cross_entropy(scores, came).sum(-1, keepdims=True)
        thought = (scores > 0).astype(came.dtype)
        hits = (thought * came).sum(-1, keepdims=True)
        tries = jnp.maximum(thought, came).sum(-1, keepdims=True)
        return Judged(nats, hits, tries)

    def noise(self, key: PRNGKeyArray) -> Float[Array, "keys 2"]:
        """A Gumbel number for each key's silence and sound."""
        drawn: Array = jax.random.gumbel(key, (len(self.score_bias), 2))
        return drawn

    def draw(
        self, reader: Any, features: Float[Array, " size"], noise: Array, choice: Choice
    ) -> Int[Array, " keys"]:
        """A frame."""
        heard = jnp.zeros_like(self.score_weight) if self.heard is None else self.heard

        def key(total: Array, at: tuple[Array, ...]) -> tuple[Array, Array]:
            weight, beside, drawn, effect = at
            score = jax.nn.relu(total) @ weight + beside
            sounds = draw(jnp.stack([jnp.zeros_like(score), score]), drawn, choice)
            return total + sounds * effect, sounds.astype(jnp.int8)

        _, frame = jax.lax.scan(
            key, self._own(features), (self.score_weight, self._beside(features), noise, heard)
        )
        return frame

    def _own(self, features: Array) -> Array:
        return features @ self.weight.T + self.bias

    def _beside(self, features: Array) -> Array:
        return features @ self.shortcut.T + self.score_bias
