"""The same affine map at every step."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from unspool import arguments
from unspool.cells import initialisation
from unspool.layers import activations
from unspool.layers.activations import Activation
from unspool.layers.pointwise import Pointwise


class Dense(Pointwise):
    """y = phi(W x + b) at every step, (batch, time, input_size) -> (batch, time, output_size).

    W is `weight`, b `bias`; phi is `activation`, one of those in `layers/activations.py`. The
    weights start uniform by Glorot and Bengio (2010), the bias at zero.
    """

    weight: Float[Array, "output input"]
    bias: Float[Array, " output"]
    input_size: int = eqx.field(static=True)
    output_size: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        output_size: int,
        *,
        activation: Activation = "linear",
        key: PRNGKeyArray,
    ) -> None:
        self.input_size = arguments.size("input_size", input_size)
        self.output_size = arguments.size("output_size", output_size)
        self.activation = activations.checked(activation)
        self.weight = initialisation.glorot(key, 1, self.output_size, self.input_size)
        self.bias = initialisation.zeros(self.output_size)

    def transformed(
        self, x: Float[Array, "*axes input"], key: PRNGKeyArray | None
    ) -> Float[Array, "*axes output"]:
        """phi(W x + b) of the last axis of x."""
        # As one matrix: on a CPU the gradient of a product over two leading axes is slower.
        total = x.reshape(-1, self.input_size) @ self.weight.T + self.bias
        return activations.activate(self.activation, total).reshape(*x.shape[:-1], self.output_size)
