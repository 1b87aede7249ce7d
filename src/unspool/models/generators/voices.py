"""Chords, voice after voice: each is drawn knowing those before it at the same step."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import initialisation
from unspool.models.generators.readers import NOTES
from unspool.models.generators.writers import Judged, Writer
from unspool.models.sampling import Choice, draw


class VoiceWriter(Writer):
    """The probability of a chord as the product of those of its notes, from the first voice on.

        hidden_v = relu(W_v features + sum over u < v of E_vu[note_u] + b_v)
        scores_v = U_v hidden_v + c_v

    with a softmax over the notes. That is the chain rule of probability, and a writer without the
    sums would let voices move as if they did not hear each other.
    """

    weight: Float[Array, "voices hidden features"]
    bias: Float[Array, "voices hidden"]
    heard: Float[Array, "pairs notes hidden"]
    score_weight: Float[Array, "voices notes hidden"]
    score_bias: Float[Array, "voices notes"]
    voices: int = eqx.field(static=True)

    def __init__(self, features: int, voices: int, hidden: int, *, key: PRNGKeyArray) -> None:
        self.voices = voices
        own, heard, scores = jax.random.split(key, 3)
        self.weight = initialisation.glorot(own, voices, hidden, features).reshape(
            voices, hidden, features
        )
        self.bias = initialisation.zeros(voices, hidden)
        pairs = voices * (voices - 1) // 2
        self.heard = initialisation.normal(heard, pairs, NOTES, hidden) / 10
        self.score_weight = initialisation.glorot(scores, voices, NOTES, hidden).reshape(
            voices, NOTES, hidden
        )
        self.score_bias = initialisation.zeros(voices, NOTES)

    def scores(
        self, features: Float[Array, "*axes size"], chord: Int[Array, "*axes voices"], voice: int
    ) -> Float[Array, "*axes notes"]:
        """Of the notes of one voice, by the notes of the voices before it in `chord`."""
        total = features @ self.weight[voice].T + self.bias[voice]
        first = voice * (voice - 1) // 2
        for other in range(voice):
            total = total + self.heard[first + other][chord[..., other]]
        return jax.nn.relu(total) @ self.score_weight[voice].T + self.score_bias[voice]

    def judge(
        self,
        reader: Any,
        features: Float[Array, "*axes size"],
        following: Int[Array, "*axes voices"],
    ) -> Judged:
        """Cross-entropy of each voice's note, and whether it was the likeliest."""
        nats, hits = [], []
        for voice in range(self.voices):
            scores = self.scores(features, following, voice)
            came = following[..., voice]
            nats.append(optax.softmax_cross_entropy_with_integer_labels(scores, came))
            hits.append((jnp.argmax(scores, axis=-1) == came).astype(scores.dtype))
        together = jnp.stack(nats, axis=-1)
        return Judged(together, jnp.stack(hits, axis=-1), jnp.ones_like(together))

    def noise(self, key: PRNGKeyArray) -> Float[Array, "voices notes"]:
        """A Gumbel number for each note of each voice."""
        drawn: Array = jax.random.gumbel(key, self.score_bias.shape)
        return drawn

    def draw(
        self, reader: Any, features: Float[Array, " size"], noise: Array, choice: Choice
    ) -> Int[Array, " voices"]:
        """A chord."""
        chord = jnp.zeros(self.voices, jnp.int32)
        for voice in range(self.voices):
            note = draw(self.scores(features, chord, voice), noise[voice], choice)
            chord = chord.at[voice].set(note.astype(jnp.int32))
        return chord
