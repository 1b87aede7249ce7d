"""The long short-term memory cell."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.cells import checks, initialisation
from unspool.cells.cell import Cell


class LSTMState(NamedTuple):
    """What an LSTM carries from step to step: `hidden`, which is also its output, and `memory`."""

    hidden: Float[Array, "*batch hidden"]
    memory: Float[Array, "*batch hidden"]


class LSTMCell(Cell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with a forget gate (Gers 2000).

        i  = sigma(W_i x + U_i h + b_i)          input gate
        f  = sigma(W_f x + U_f h + b_f)          forget gate
        g  = tanh(W_g x + U_g h + b_g)           candidate
        o  = sigma(W_o x + U_o h + b_o)          output gate
        c' = f * c + i * g                       memory
        h' = o * tanh(c')                        hidden state, and the output

    The rows of `input_weight` (W), `state_weight` (U) and `bias` (b) hold the gates in the order of
    `gates`: i, f, g, o.
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "candidate", "output")

    input_weight: Float[Array, "4*hidden input"]
    state_weight: Float[Array, "4*hidden hidden"]
    bias: Float[Array, " 4*hidden"]
    input_size: int = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray) -> None:
        self.input_size = checks.size("input_size", input_size)
        self.hidden_size = checks.size("hidden_size", hidden_size)
        input_key, state_key = jax.random.split(key)
        self.input_weight = initialisation.glorot(input_key, 4, self.hidden_size, self.input_size)
        self.state_weight = initialisation.orthogonal(state_key, 4, self.hidden_size)
        # Forget bias 1: a new cell should remember (Gers et al. 2000; Jozefowicz et al. 2015).
        self.bias = jnp.repeat(jnp.array([0.0, 1.0, 0.0, 0.0]), self.hidden_size)

    def initial_state(self) -> LSTMState:
        """Hidden state and memory before the first step: zeros."""
        zeros = jnp.zeros(self.hidden_size, self.bias.dtype)
        return LSTMState(hidden=zeros, memory=zeros)

    def __call__(
        self, x: Float[Array, " input"], state: LSTMState
    ) -> tuple[Float[Array, " hidden"], LSTMState]:
        """One step, x (input,) and a state -> output (hidden,), next state."""
        rows = self.input_weight @ x + self.state_weight @ state.hidden + self.bias
        input_gate, forget_gate, candidate, output_gate = jnp.split(rows, 4)
        memory = jax.nn.sigmoid(forget_gate) * state.memory + jax.nn.sigmoid(input_gate) * jnp.tanh(
            candidate
        )
        hidden = jax.nn.sigmoid(output_gate) * jnp.tanh(memory)
        return hidden, LSTMState(hidden, memory)
