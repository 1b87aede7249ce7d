"""A generating network: what reads a step, layers over time, what says which step comes next."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.layers import Stack
from unspool.models.generators.readers import Reader
from unspool.models.generators.writers import Judged, Writer
from unspool.models.sampling import Choice


class Generator(eqx.Module):
    """p(next step | all steps before), for sequences of symbols, chords or frames.

    Values are (batch, time, ...) with the axes of one value last; states are those of `body`.
    Dropout, in training, is of what the layers read, of what passes between them, and of what the
    last of them gives.
    """

    reader: Reader
    body: Stack
    writer: Writer
    dropout: eqx.nn.Dropout

    def __init__(self, reader: Reader, body: Stack, writer: Writer, dropout: float) -> None:
        self.reader, self.body, self.writer = reader, body, writer
        self.dropout = eqx.nn.Dropout(dropout)

    def initial_state(self, batch: int) -> Any:
        """The layers' states before the first step."""
        return self.body.initial_state(batch)

    def features(
        self,
        values: Array,
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time features"], Any]:
        """What the layers give after each step of values, and their states; as in `Layer`."""
        read = self.reader(jnp.asarray(values))
        if key is None or self.dropout.p == 0:
            return self.body(read, state, lengths, key=key)
        below, within, above = jax.random.split(key, 3)
        outputs, reached = self.body(self.dropout(read, key=below), state, lengths, key=within)
        return self.dropout(outputs, key=above), reached

    def judge(
        self,
        values: Array,
        following: Array,
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Judged, Any]:
        """How well each step's `following` was foreseen, (batch, time, parts), and the states."""
        features, reached = self.features(values, state, lengths, key=key)
        return self.writer.judge(self.reader, features, jnp.asarray(following)), reached

    def read(self, value: Array, state: Any) -> tuple[Float[Array, " features"], Any]:
        """One step of one sequence; its state is of a batch of one."""
        features, following = self.body.step(self.reader(value)[None], state)
        return features[0], following

    def draw(self, features: Float[Array, " features"], noise: Array, choice: Choice) -> Array:
        """A value for the next step of one sequence."""
        return self.writer.draw(self.reader, features, noise, choice)
