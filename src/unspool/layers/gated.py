"""The gated activation unit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.errors import UsageError
from unspool.layers.pointwise import Pointwise


class GatedActivation(Pointwise):
    """z = tanh(a) * sigmoid(b), (batch, time, 2n) -> (batch, time, n).

    a are the first n features, b the others (van den Oord et al. 2016, WaveNet, equation 2). It has
    no weights: a and b are two halves of what the layer below gives.
    """

    def transformed(
        self, x: Float[Array, "*axes 2*n"], key: PRNGKeyArray | None
    ) -> Float[Array, "*axes n"]:
        """tanh of the first half of the last axis, times sigmoid of the second."""
        if x.shape[-1] % 2:
            raise UsageError(
                "GatedActivation takes an even number of features, half of them the gates, "
                f"got {x.shape[-1]}"
            )
        signal, gate = jnp.split(x, 2, axis=-1)
        return jnp.tanh(signal) * jax.nn.sigmoid(gate)
