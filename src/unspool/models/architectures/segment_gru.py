"""segment-gru: a GRU over segments instead of steps (Lin et al. 2023, SegRNN)."""

from __future__ import annotations

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import initialisation
from unspool.errors import UsageError
from unspool.layers import Dense, Layer, Recurrent, Stack
from unspool.models import specs
from unspool.models.architectures.head import linear
from unspool.models.architectures.recurrent import recurrent
from unspool.models.network import INPUTS


class Segments(Layer):
    """Whole windows to one vector for each segment ahead (Lin et al. 2023, sections 3.2 and 3.3).

    Encoding: the window is cut into segments of `segment` steps, each of which a linear map and a
    rectifier turn into one input of a GRU. Decoding: the state h after the last segment is taken
    one step on for every segment ahead at once, each with an input of its own that says which of
    them it is (`positions`). No segment ahead waits for the one before it.

    Where the window is no whole number of segments, zeros come before its first step. The output is
    one step that holds the vectors of all segments ahead side by side; the state is h.
    """

    project: Dense
    recurrent: Recurrent
    positions: Float[Array, "ahead hidden"]
    dropout: eqx.nn.Dropout
    segment: int = eqx.field(static=True)

    def initial_state(self, batch: int) -> Any:
        """The GRU's state before the first segment."""
        return self.recurrent.initial_state(batch)

    def output_lengths(self, lengths: Int[Array, " batch"]) -> Int[Array, " batch"]:
        """One step, whatever the length."""
        return jnp.ones_like(lengths)

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch 1 ahead*hidden"], Any]:
        """The vectors of the segments ahead, and the state after the newest segment."""
        if lengths is not None:
            raise UsageError(
                "Segments are counted from the end of a sequence and take no lengths: put the "
                "padding before the first step"
            )
        batch, time, features = x.shape
        missing = -time % self.segment
        x = jnp.pad(x, ((0, 0), (missing, 0), (0, 0)))
        cut = x.reshape(batch, -1, self.segment * features)
        read, _ = self.project(cut)
        keys = (None, None) if key is None else tuple(jax.random.split(key))
        _, state = self.recurrent(read, state, key=keys[0])  # (batch, hidden)
        ahead, hidden = self.positions.shape
        decoded, _ = self.recurrent.step(
            jnp.tile(self.positions, (batch, 1)), jnp.repeat(state, ahead, axis=0)
        )
        decoded = self.dropout(decoded, key=keys[1], inference=key is None)
        return decoded.reshape(batch, 1, ahead * hidden), state


class SegmentHead(eqx.Module):
    """The same product for every segment ahead, side by side: (ahead * hidden,) -> (outputs,).

    `bias` is each output's own.
    """

    weight: Float[Array, "segment hidden"]
    bias: Float[Array, " outputs"]

    def __call__(self, x: Float[Array, " ahead*hidden"]) -> Float[Array, " outputs"]:
        """The values of all segments in a row, cut off where no more are wanted."""
        made = x.reshape(-1, self.weight.shape[1]) @ self.weight.T  # (ahead, segment)
        return made.reshape(-1)[: len(self.bias)] + self.bias


def make(
    spec: specs.SegmentGru, look_back: int, outputs: int, key: PRNGKeyArray
) -> tuple[Stack, SegmentHead]:
    """The layer of segments and its head."""
    segment = spec.segment or default_segment(look_back)
    input_key, recurrent_key, position_key, head_key = jax.random.split(key, 4)
    ahead = math.ceil(outputs / segment)
    layer = Segments(
        project=Dense(segment * INPUTS, spec.hidden, activation="relu", key=input_key),
        recurrent=recurrent("gru", spec, spec.hidden, recurrent_key),
        positions=initialisation.normal(position_key, ahead, spec.hidden),
        dropout=eqx.nn.Dropout(spec.dropout),
        segment=segment,
    )
    last = linear(spec.hidden, segment, head_key)
    return Stack([layer]), SegmentHead(last.weight, initialisation.zeros(outputs))


def default_segment(look_back: int) -> int:
    """The root of the window's length, so that steps within and between segments are as many."""
    return max(1, math.isqrt(look_back))
