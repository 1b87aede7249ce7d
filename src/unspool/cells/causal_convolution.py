"""The dilated causal convolution, one step at a time."""

from __future__ import annotations

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool import arguments
from unspool.cells import initialisation
from unspool.cells.cell import Cell


class CausalConvolutionCell(Cell):
    """Dilated causal convolution as a step (van den Oord et al. 2016, WaveNet, section 2.1).

        y_t = phi(sum over k of W_k x_(t - (kernel_size - 1 - k) * dilation) + b)

    so that the newest tap, the last, sees x_t, and the oldest one (kernel_size - 1) * dilation
    steps back. phi is `activation`: "linear" (nothing), "tanh" or "relu".

    The state is the last (kernel_size - 1) * dilation inputs, (past, input_size), the oldest first;
    before the first step they are zeros. `weight` holds the taps side by side, W_0 first.
    """

    weight: Float[Array, "output kernel*input"]
    bias: Float[Array, " output"]
    input_size: int = eqx.field(static=True)
    output_size: int = eqx.field(static=True)
    kernel_size: int = eqx.field(static=True)
    dilation: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        output_size: int,
        kernel_size: int,
        dilation: int = 1,
        *,
        activation: Literal["linear", "tanh", "relu"] = "linear",
        key: PRNGKeyArray,
    ) -> None:
        self.input_size = arguments.size("input_size", input_size)
        self.output_size = arguments.size("output_size", output_size)
        self.kernel_size = arguments.size("kernel_size", kernel_size)
        self.dilation = arguments.size("dilation", dilation)
        self.activation = arguments.choice("activation", activation, ("linear", "tanh", "relu"))
        seen = self.kernel_size * self.input_size
        self.weight = initialisation.glorot(key, 1, self.output_size, seen)
        self.bias = initialisation.zeros(self.output_size)

    @property
    def past(self) -> int:
        """How many inputs before the newest one are kept."""
        return (self.kernel_size - 1) * self.dilation

    def initial_state(self) -> Float[Array, "past input"]:
        """The inputs before the first step: zeros."""
        return jnp.zeros((self.past, self.input_size), self.bias.dtype)

    def __call__(
        self, x: Float[Array, " input"], state: Float[Array, "past input"]
    ) -> tuple[Float[Array, " output"], Float[Array, "past input"]]:
        """One step, x (input,) and state (past, input) -> output (output,), next state."""
        taps = [*(state[start] for start in range(0, self.past, self.dilation)), x]
        # A product for each tap: side by side, they would first have to be put there.
        products = [
            self.weight[:, i * self.input_size : (i + 1) * self.input_size] @ tap
            for i, tap in enumerate(taps)
        ]
        output = self.activated(sum(products, self.bias))
        # Moved by one instead of written round and round: the engine knows no index that changes.
        return output, jnp.concatenate([state, x[None]])[1:]

    def activated(self, total: Float[Array, "*batch output"]) -> Float[Array, "*batch output"]:
        """The activation phi of sums of any leading shape."""
        if self.activation == "linear":
            return total
        return jnp.tanh(total) if self.activation == "tanh" else jax.nn.relu(total)
