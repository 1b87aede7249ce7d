"""conv-gru, conv-lstm: a strided convolution, and recurrent layers on what it gives."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.errors import UsageError
from unspool.layers import Convolution, Layer, Stack
from unspool.models import specs
from unspool.models.architectures.head import linear
from unspool.models.architectures.recurrent import recurrent
from unspool.models.network import INPUTS


class FromTheEnd(Layer):
    """A valid convolution whose windows are laid out from the newest step backwards.

    Laid out from the oldest one, the last window might end before the newest step, by up to a
    stride. Zeros come before the first step instead, so that every step is in a window.
    """

    convolution: Convolution

    def initial_state(self, batch: int) -> Any:
        """The convolution's own: there is none."""
        return self.convolution.initial_state(batch)

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: Any = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch fewer filters"], Any]:
        """The outputs of all windows, the oldest first; the state is None."""
        if lengths is not None:
            raise UsageError(
                "FromTheEnd counts from the end of a sequence and takes no lengths: put the "
                "padding before the first step"
            )
        time, reach = x.shape[1], self.convolution.reach
        missing = reach - time if time < reach else (reach - time) % self.convolution.stride
        padded = jnp.pad(x, ((0, 0), (missing, 0), (0, 0)))
        return self.convolution(padded, state, key=key)


def make(
    spec: specs.ConvRecurrent, look_back: int, outputs: int, key: PRNGKeyArray
) -> tuple[Stack, eqx.nn.Linear]:
    """The convolution, the recurrent layers and the head."""
    first_key, *layer_keys, head_key = jax.random.split(key, spec.layers + 2)
    convolution = Convolution(
        INPUTS, spec.filters, spec.kernel, stride=spec.stride, padding="valid", key=first_key
    )
    cell = spec.name.removeprefix("conv-")
    layers: list[Layer] = [FromTheEnd(convolution)]
    for below, layer_key in enumerate(layer_keys):
        size = spec.hidden if below else spec.filters
        layers.append(recurrent(cell, spec, size, layer_key))
    head = linear(spec.hidden, outputs, head_key)
    return Stack(layers, dropout=spec.dropout), head
