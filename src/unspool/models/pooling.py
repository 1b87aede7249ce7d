"""One vector for a whole sequence, of what a layer gave at each of its steps."""

from __future__ import annotations

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool import arguments
from unspool.cells import initialisation
from unspool.layers.masks import own_steps, within

Lengths = Int[Array, " batch"] | None


class Pooling(eqx.Module):
    """(batch, time, features) -> (batch, features), of each row's own steps alone.

    A row without steps of its own gives zeros.
    """

    @abc.abstractmethod
    def __call__(
        self, outputs: Float[Array, "batch time features"], lengths: Lengths = None
    ) -> Float[Array, "batch features"]:
        """The vector of each row; `lengths` as in `Recurrent`."""


class MeanPooling(Pooling):
    """The mean over the steps (Lin, Chen and Yan 2014, section 3.2)."""

    def __call__(
        self, outputs: Float[Array, "batch time features"], lengths: Lengths = None
    ) -> Float[Array, "batch features"]:
        """Sums over the steps, by how many there are."""
        count = outputs.shape[1] if lengths is None else jnp.maximum(lengths, 1)[:, None]
        return jnp.sum(within(outputs, lengths), axis=1) / count


class LastPooling(Pooling):
    """What stands at the last step; of the last `backward` features, at the first.

    Those are of a layer that reads backwards, which has read everything there.
    """

    backward: int = eqx.field(static=True, default=0)

    def __call__(
        self, outputs: Float[Array, "batch time features"], lengths: Lengths = None
    ) -> Float[Array, "batch features"]:
        """The outputs where each direction has read all of the row."""
        if lengths is None:
            last = outputs[:, -1]
        else:
            ends = jnp.clip(lengths - 1, 0, outputs.shape[1] - 1)
            last = jnp.take_along_axis(outputs, ends[:, None, None], axis=1)[:, 0]
        if not self.backward:
            return last
        ahead = outputs.shape[2] - self.backward
        return jnp.concatenate([last[:, :ahead], outputs[:, 0, ahead:]], axis=-1)


class AttentionPooling(Pooling):
    """The mean over the steps, weighted by how much each matters.

        weights = softmax over time of u . tanh(W h + b)

    (Yang et al. 2016, equations 5 to 7). W is `weight`, b `bias`, u `context`.
    """

    weight: Float[Array, "units features"]
    bias: Float[Array, " units"]
    context: Float[Array, " units"]

    def __init__(self, features: int, units: int, *, key: PRNGKeyArray) -> None:
        features, units = arguments.size("features", features), arguments.size("units", units)
        first, second = jax.random.split(key)
        self.weight = initialisation.glorot(first, 1, units, features)
        self.bias = initialisation.zeros(units)
        self.context = initialisation.glorot(second, 1, 1, units)[0]

    def weights(
        self, outputs: Float[Array, "batch time features"], lengths: Lengths = None
    ) -> Float[Array, "batch time"]:
        """How much each step matters; those of a row sum to 1."""
        batch, time, features = outputs.shape
        flat = within(outputs, lengths).reshape(batch * time, features)
        scores = jnp.tanh(flat @ self.weight.T + self.bias) @ self.context
        scores = scores.reshape(batch, time)
        if lengths is None:
            return jax.nn.softmax(scores)
        own = own_steps(lengths, time)
        # Not minus infinity, whose softmax in a row of nothing else is not a number.
        scores = jnp.where(own, scores, float(np.finfo(scores.dtype).min))
        return jnp.where(own, jax.nn.softmax(scores), 0)

    def __call__(
        self, outputs: Float[Array, "batch time features"], lengths: Lengths = None
    ) -> Float[Array, "batch features"]:
        """The weighted sums."""
        weights = self.weights(outputs, lengths)
        return jnp.sum(within(outputs, lengths) * weights[..., None], axis=1)
