"""The simple recurrent cell."""

from __future__ import annotations

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.cells import checks, initialisation
from unspool.cells.cell import Cell


class SimpleRNNCell(Cell):
    """The simple recurrent cell (Elman 1990).

        h' = phi(W x + U h + b)

    W is `input_weight`, U `state_weight`, b `bias`; phi is `activation`: "tanh", or "relu" as in
    Le, Jaitly and Hinton (2015). The output is h'.
    """

    input_weight: Float[Array, "hidden input"]
    state_weight: Float[Array, "hidden hidden"]
    bias: Float[Array, " hidden"]
    input_size: int = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        activation: Literal["tanh", "relu"] = "tanh",
        key: PRNGKeyArray,
    ) -> None:
        self.input_size = checks.size("input_size", input_size)
        self.hidden_size = checks.size("hidden_size", hidden_size)
        self.activation = checks.choice("activation", activation, ("tanh", "relu"))
        input_key, state_key = jax.random.split(key)
        self.input_weight = initialisation.glorot(input_key, 1, self.hidden_size, self.input_size)
        self.state_weight = initialisation.orthogonal(state_key, 1, self.hidden_size)
        self.bias = jnp.zeros(self.hidden_size)

    def initial_state(self) -> Float[Array, " hidden"]:
        """The hidden state before the first step: zeros."""
        return jnp.zeros(self.hidden_size, self.bias.dtype)

    def __call__(
        self, x: Float[Array, " input"], state: Float[Array, " hidden"]
    ) -> tuple[Float[Array, " hidden"], Float[Array, " hidden"]]:
        """One step, x (input,) and state (hidden,) -> output (hidden,), next state (hidden,)."""
        phi = jnp.tanh if self.activation == "tanh" else jax.nn.relu
        hidden = phi(self.input_weight @ x + self.state_weight @ state + self.bias)
        return hidden, hidden
