"""bidirectional: gated recurrent units that read the window from both ends."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.layers import Bidirectional, Layer, Stack
from unspool.models import specs
from unspool.models.architectures.head import linear
from unspool.models.architectures.recurrent import recurrent
from unspool.models.network import INPUTS


class BothEnds(Layer):
    """What two GRUs know when each has read the whole sequence, as one step.

    At a sequence's last step the backward layer has seen that step alone; its whole reading is the
    state that it reaches at the first one.
    """

    layers: Bidirectional

    def initial_state(self, batch: int) -> Any:
        """The states of both layers, for each of `batch` sequences."""
        return self.layers.initial_state(batch)

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
    ) -> tuple[Float[Array, "batch 1 2*hidden"], Any]:
        """The final states of both, the forward layer's first, and the same as the state."""
        _, reached = self.layers(x, state, lengths, key=key)
        return jnp.concatenate(reached, axis=-1)[:, None], reached


def make(
    spec: specs.BidirectionalGru, look_back: int, outputs: int, key: PRNGKeyArray
) -> tuple[Stack, eqx.nn.Linear]:
    """The layers of a bidirectional network and its head."""
    *layer_keys, head_key = jax.random.split(key, spec.layers + 1)
    layers: list[Layer] = []
    for layer_key in layer_keys:
        size = 2 * spec.hidden if layers else INPUTS
        ahead, back = jax.random.split(layer_key)
        layers.append(
            Bidirectional(recurrent("gru", spec, size, ahead), recurrent("gru", spec, size, back))
        )
    *below, last = layers
    assert isinstance(last, Bidirectional)
    head = linear(2 * spec.hidden, outputs, head_key)
    return Stack([*below, BothEnds(last)], dropout=spec.dropout), head
