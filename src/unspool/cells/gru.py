"""The gated recurrent unit, in its two forms."""

from __future__ import annotations

from typing import ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.cells import checks, initialisation
from unspool.cells.cell import Cell


class GRUCell(Cell):
    """Gated recurrent unit (Cho et al. 2014).

        r  = sigma(W_r x + U_r h + b_r)                reset gate
        z  = sigma(W_z x + U_z h + b_z)                update gate
        n  = tanh(W_n x + U_n (r * h) + b_n)           candidate, reset="before" the product
        n  = tanh(W_n x + r * (U_n h + c) + b_n)       candidate, reset="after" the product
        h' = z * h + (1 - z) * n                       hidden state, and the output

    "before" is the paper's; "after" is cuDNN's form, the only one in PyTorch and the default of
    Keras: it needs one product with h instead of two in a row, and has one bias more, c.

    The rows of `input_weight` (W), `state_weight` (U) and `bias` (b) hold the gates in the order of
    `gates`: r, z, n. `candidate_state_bias` is c, and None with reset="before".
    """

    gates: ClassVar[tuple[str, ...]] = ("reset", "update", "candidate")

    input_weight: Float[Array, "3*hidden input"]
    state_weight: Float[Array, "3*hidden hidden"]
    bias: Float[Array, " 3*hidden"]
    candidate_state_bias: Float[Array, " hidden"] | None
    input_size: int = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    reset: str = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        reset: Literal["before", "after"] = "after",
        key: PRNGKeyArray,
    ) -> None:
        self.input_size = checks.size("input_size", input_size)
        self.hidden_size = checks.size("hidden_size", hidden_size)
        self.reset = checks.choice("reset", reset, ("before", "after"))
        input_key, state_key = jax.random.split(key)
        self.input_weight = initialisation.glorot(input_key, 3, self.hidden_size, self.input_size)
        self.state_weight = initialisation.orthogonal(state_key, 3, self.hidden_size)
        self.bias = jnp.zeros(3 * self.hidden_size)
        self.candidate_state_bias = jnp.zeros(self.hidden_size) if reset == "after" else None

    def initial_state(self) -> Float[Array, " hidden"]:
        """The hidden state before the first step: zeros."""
        return jnp.zeros(self.hidden_size, self.bias.dtype)

    def __call__(
        self, x: Float[Array, " input"], state: Float[Array, " hidden"]
    ) -> tuple[Float[Array, " hidden"], Float[Array, " hidden"]]:
        """One step, x (input,) and state (hidden,) -> output (hidden,), next state (hidden,)."""
        from_input = jnp.split(self.input_weight @ x + self.bias, 3)
        if self.candidate_state_bias is not None:
            from_state = jnp.split(self.state_weight @ state, 3)
            reset = jax.nn.sigmoid(from_input[0] + from_state[0])
            update = jax.nn.sigmoid(from_input[1] + from_state[1])
            candidate = jnp.tanh(
                from_input[2] + reset * (from_state[2] + self.candidate_state_bias)
            )
        else:
            gate_weight, candidate_weight = jnp.split(self.state_weight, [2 * self.hidden_size])
            from_state = jnp.split(gate_weight @ state, 2)
            reset = jax.nn.sigmoid(from_input[0] + from_state[0])
            update = jax.nn.sigmoid(from_input[1] + from_state[1])
            candidate = jnp.tanh(from_input[2] + candidate_weight @ (reset * state))
        hidden = update * state + (1 - update) * candidate
        return hidden, hidden
