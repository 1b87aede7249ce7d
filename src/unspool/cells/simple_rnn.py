"""The simple recurrent cell."""

from __future__ import annotations

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool import arguments
from unspool.cells import dropout, initialisation
from unspool.cells.cell import Cell, Noise
from unspool.cells.normalisation import normalised


class SimpleRNNCell(Cell):
    """The simple recurrent cell (Elman 1990).

        h' = phi(W x + U h + b)
        h' = phi(LN(W x + U h) * g + b)          with layer_norm

    W is `input_weight`, U `state_weight`, b `bias`; phi is `activation`: "tanh", or "relu" as in
    Le, Jaitly and Hinton (2015). The output is h'. LN normalises over the hidden units (Ba, Kiros
    and Hinton 2016, equation 4), g is `gain`, None without it.

    With `recurrent_dropout`, in training, U sees a share of h that is drawn once for each sequence
    (Gal and Ghahramani 2016).
    """

    input_weight: Float[Array, "hidden input"]
    state_weight: Float[Array, "hidden hidden"]
    bias: Float[Array, " hidden"]
    gain: Float[Array, " hidden"] | None
    input_size: int = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)
    recurrent_dropout: float = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        activation: Literal["tanh", "relu"] = "tanh",
        layer_norm: bool = False,
        recurrent_dropout: float = 0.0,
        key: PRNGKeyArray,
    ) -> None:
        self.input_size = arguments.size("input_size", input_size)
        self.hidden_size = arguments.size("hidden_size", hidden_size)
        self.activation = arguments.choice("activation", activation, ("tanh", "relu"))
        self.recurrent_dropout = arguments.rate("recurrent_dropout", recurrent_dropout)
        input_key, state_key = jax.random.split(key)
        self.input_weight = initialisation.glorot(input_key, 1, self.hidden_size, self.input_size)
        self.state_weight = initialisation.orthogonal(state_key, 1, self.hidden_size)
        self.bias = initialisation.zeros(self.hidden_size)
        self.gain = initialisation.ones(self.hidden_size) if layer_norm else None

    @property
    def layer_norm(self) -> bool:
        """Whether the cell is the layer-normalised form."""
        return self.gain is not None

    def initial_state(self) -> Float[Array, " hidden"]:
        """The hidden state before the first step: zeros."""
        return jnp.zeros(self.hidden_size, self.bias.dtype)

    def noise(self, key: PRNGKeyArray) -> Noise | None:
        """The mask of recurrent dropout, for one sequence."""
        return dropout.draw(key, self.recurrent_dropout, self.initial_state())

    def __call__(
        self,
        x: Float[Array, " input"],
        state: Float[Array, " hidden"],
        noise: Noise | None = None,
    ) -> tuple[Float[Array, " hidden"], Float[Array, " hidden"]]:
        """One step, x (input,) and state (hidden,) -> output (hidden,), next state (hidden,)."""
        phi = jnp.tanh if self.activation == "tanh" else jax.nn.relu
        total = self.input_weight @ x + self.state_weight @ dropout.dropped(state, noise)
        hidden = phi(normalised(total, self.gain) + self.bias)
        return hidden, hidden
