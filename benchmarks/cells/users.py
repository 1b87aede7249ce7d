"""Cells as a user writes them: the equations of one step of one sequence, and nothing for speed."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.nn import initializers
from jaxtyping import Array, Float, PRNGKeyArray

import unspool


def drawn(key: PRNGKeyArray, rows: int, columns: int) -> Float[Array, "rows columns"]:
    """A matrix that keeps the size of what it is multiplied with (Glorot and Bengio 2010)."""
    return initializers.glorot_uniform(in_axis=1, out_axis=0)(key, (rows, columns))


class MinimalGatedUnit(unspool.Cell):
    """A unit with one gate (Zhou et al. 2016).

    f  = sigma(W_f x + U_f h + b_f)
    g  = tanh(W x + U (f * h) + b)
    h' = (1 - f) * h + f * g                 hidden state, and the output
    """

    input_gate: Float[Array, "hidden input"]
    state_gate: Float[Array, "hidden hidden"]
    gate_bias: Float[Array, " hidden"]
    input_weight: Float[Array, "hidden input"]
    state_weight: Float[Array, "hidden hidden"]
    bias: Float[Array, " hidden"]
    hidden_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray) -> None:
        keys = jax.random.split(key, 4)
        self.input_gate = drawn(keys[0], hidden_size, input_size)
        self.state_gate = drawn(keys[1], hidden_size, hidden_size)
        self.gate_bias = jnp.zeros(hidden_size)
        self.input_weight = drawn(keys[2], hidden_size, input_size)
        self.state_weight = drawn(keys[3], hidden_size, hidden_size)
        self.bias = jnp.zeros(hidden_size)
        self.hidden_size = hidden_size

    def initial_state(self) -> Float[Array, " hidden"]:
        """Zeros."""
        return jnp.zeros(self.hidden_size, self.bias.dtype)

    def __call__(
        self, x: Float[Array, " input"], h: Float[Array, " hidden"]
    ) -> tuple[Float[Array, " hidden"], Float[Array, " hidden"]]:
        """One step, x (input,), h (hidden,) -> output (hidden,), next h."""
        f = jax.nn.sigmoid(self.input_gate @ x + self.state_gate @ h + self.gate_bias)
        g = jnp.tanh(self.input_weight @ x + self.state_weight @ (f * h) + self.bias)
        h = (1 - f) * h + f * g
        return h, h


class CoupledState(NamedTuple):
    """The hidden state, which is the output, and the memory."""

    hidden: Float[Array, " hidden"]
    memory: Float[Array, " hidden"]


class CoupledLSTM(unspool.Cell):
    """An LSTM that writes what it forgets: the input gate is 1 - f (Greff et al. 2017, CIFG).

    f  = sigma(W_f x + U_f h + b_f)
    g  = tanh(W_g x + U_g h + b_g)
    o  = sigma(W_o x + U_o h + b_o)
    c' = f * c + (1 - f) * g                 memory
    h' = o * tanh(c')                        hidden state, and the output
    """

    input_weight: Float[Array, "3*hidden input"]
    state_weight: Float[Array, "3*hidden hidden"]
    bias: Float[Array, " 3*hidden"]
    hidden_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray) -> None:
        input_key, state_key = jax.random.split(key)
        self.input_weight = drawn(input_key, 3 * hidden_size, input_size)
        self.state_weight = drawn(state_key, 3 * hidden_size, hidden_size)
        self.bias = jnp.zeros(3 * hidden_size)
        self.hidden_size = hidden_size

    def initial_state(self) -> CoupledState:
        """Zeros."""
        zeros = jnp.zeros(self.hidden_size, self.bias.dtype)
        return CoupledState(zeros, zeros)

    def __call__(
        self, x: Float[Array, " input"], state: CoupledState
    ) -> tuple[Float[Array, " hidden"], CoupledState]:
        """One step, x (input,) and a state -> output (hidden,), next state."""
        rows = self.input_weight @ x + self.state_weight @ state.hidden + self.bias
        f, g, o = jnp.split(rows, 3)
        keep = jax.nn.sigmoid(f)
        memory = keep * state.memory + (1 - keep) * jnp.tanh(g)
        hidden = jax.nn.sigmoid(o) * jnp.tanh(memory)
        return hidden, CoupledState(hidden, memory)


class TwoSpeedState(NamedTuple):
    """The hidden state, which is the output, and two memories."""

    hidden: Float[Array, " hidden"]
    quick: Float[Array, " hidden"]
    slow: Float[Array, " hidden"]


class TwoSpeedCell(unspool.Cell):
    """Two memories: a gated one, and one that follows it at a pace of its own for every unit.

    w  = sigma(W_w x + U_w h + b_w)          write gate
    g  = tanh(W_g x + U_g h + b_g)           candidate
    o  = sigma(W_o x + U_o h + b_o)          output gate
    q' = q + w * (g - q)                     quick memory
    s' = s + sigma(r) * (q' - s)             slow memory; r is learned and does not depend on x
    h' = o * tanh(q' + s')                   hidden state, and the output

    It is nobody's: made up here, so that no engine can know it.
    """

    input_weight: Float[Array, "3*hidden input"]
    state_weight: Float[Array, "3*hidden hidden"]
    bias: Float[Array, " 3*hidden"]
    rate: Float[Array, " hidden"]
    hidden_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray) -> None:
        input_key, state_key = jax.random.split(key)
        self.input_weight = drawn(input_key, 3 * hidden_size, input_size)
        self.state_weight = drawn(state_key, 3 * hidden_size, hidden_size)
        self.bias = jnp.zeros(3 * hidden_size)
        self.rate = jnp.linspace(-4.0, 0.0, hidden_size)  # from about 50 steps to 2
        self.hidden_size = hidden_size

    def initial_state(self) -> TwoSpeedState:
        """Zeros."""
        zeros = jnp.zeros(self.hidden_size, self.bias.dtype)
        return TwoSpeedState(zeros, zeros, zeros)

    def __call__(
        self, x: Float[Array, " input"], state: TwoSpeedState
    ) -> tuple[Float[Array, " hidden"], TwoSpeedState]:
        """One step, x (input,) and a state -> output (hidden,), next state."""
        rows = self.input_weight @ x + self.state_weight @ state.hidden + self.bias
        w, g, o = jnp.split(rows, 3)
        quick = state.quick + jax.nn.sigmoid(w) * (jnp.tanh(g) - state.quick)
        slow = state.slow + jax.nn.sigmoid(self.rate) * (quick - state.slow)
        hidden = jax.nn.sigmoid(o) * jnp.tanh(quick + slow)
        return hidden, TwoSpeedState(hidden, quick, slow)
