"""The gated recurrent unit, in its two forms."""

from __future__ import annotations

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unspool import arguments
from unspool.cells import dropout, initialisation
from unspool.cells.cell import GatedCell, Noise
from unspool.cells.normalisation import normalised


class GRUGates(NamedTuple):
    """What a GRU's gates let through, 0 to 1, and its `candidate`, -1 to 1, at one step."""

    reset: Float[Array, "*batch hidden"]
    update: Float[Array, "*batch hidden"]
    candidate: Float[Array, "*batch hidden"]


class GRUCell(GatedCell):
    """Gated recurrent unit (Cho et al. 2014).

        r  = sigma(W_r x + U_r h + b_r)                reset gate
        z  = sigma(W_z x + U_z h + b_z)                update gate
        n  = tanh(W_n x + U_n (r * h) + b_n)           candidate, reset="before" the product
        n  = tanh(W_n x + r * (U_n h + c) + b_n)       candidate, reset="after" the product
        h' = z * h + (1 - z) * n                       hidden state, and the output

    "before" is the paper's; "after" is cuDNN's form, the only one in PyTorch and the default of
    Keras: it needs one product with h instead of two in a row, and has one bias more, c.

    The rows of `input_weight` (W), `state_weight` (U) and `bias` (b) hold the gates in the order of
    `GRUGates`: r, z, n. `candidate_state_bias` is c, and None with reset="before".

    With `layer_norm` every product is normalised and scaled before anything is added to it: W x
    becomes LN(W x) * g_x, U h becomes LN(U h) * g_h, and U_n (r * h) likewise. LN normalises over
    the rows of both gates together and over those of the candidate by themselves. With
    reset="after" this is the form of Ba, Kiros and Hinton (2016, supplementary material, the GRU),
    where b_r and b_z stand for two biases each that the paper adds; with "before" the same is done
    to the products that there are. `input_gain` is g_x, `state_gain` g_h.

    With `recurrent_dropout`, in training, U sees a share of h that is drawn once for each sequence
    (Gal and Ghahramani 2016); what z keeps of h is all of it.
    """

    input_weight: Float[Array, "3*hidden input"]
    state_weight: Float[Array, "3*hidden hidden"]
    bias: Float[Array, " 3*hidden"]
    candidate_state_bias: Float[Array, " hidden"] | None
    input_gain: Float[Array, " 3*hidden"] | None
    state_gain: Float[Array, " 3*hidden"] | None
    input_size: int = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    reset: str = eqx.field(static=True)
    recurrent_dropout: float = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        reset: Literal["before", "after"] = "after",
        layer_norm: bool = False,
        recurrent_dropout: float = 0.0,
        key: PRNGKeyArray,
    ) -> None:
        self.input_size = arguments.size("input_size", input_size)
        self.hidden_size = arguments.size("hidden_size", hidden_size)
        self.reset = arguments.choice("reset", reset, ("before", "after"))
        self.recurrent_dropout = arguments.rate("recurrent_dropout", recurrent_dropout)
        input_key, state_key = jax.random.split(key)
        self.input_weight = initialisation.glorot(input_key, 3, self.hidden_size, self.input_size)
        self.state_weight = initialisation.orthogonal(state_key, 3, self.hidden_size)
        self.bias = initialisation.zeros(3 * self.hidden_size)
        self.candidate_state_bias = (
            initialisation.zeros(self.hidden_size) if reset == "after" else None
        )
        self.input_gain = initialisation.ones(3 * self.hidden_size) if layer_norm else None
        self.state_gain = initialisation.ones(3 * self.hidden_size) if layer_norm else None

    @property
    def layer_norm(self) -> bool:
        """Whether the cell is the layer-normalised form."""
        return self.input_gain is not None

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
        _, update, candidate = self.gates(x, state, noise)
        hidden = update * state + (1 - update) * candidate
        return hidden, hidden

    def gates(
        self,
        x: Float[Array, " input"],
        state: Float[Array, " hidden"],
        noise: Noise | None = None,
    ) -> GRUGates:
        """The gates and the candidate of the step that starts from `state`, (hidden,) each."""
        from_input = self._normalised(self.input_weight @ x, self.input_gain) + self.bias
        to_reset, to_update, to_candidate = jnp.split(from_input, 3)
        seen = dropout.dropped(state, noise)
        if self.candidate_state_bias is not None:
            from_state = self._normalised(self.state_weight @ seen, self.state_gain)
            reset_rows, update_rows, candidate_rows = jnp.split(from_state, 3)
            reset = jax.nn.sigmoid(to_reset + reset_rows)
            update = jax.nn.sigmoid(to_update + update_rows)
            candidate = jnp.tanh(
                to_candidate + reset * (candidate_rows + self.candidate_state_bias)
            )
        else:
            gate_weight, candidate_weight = self._parts(self.state_weight)
            gate_gain, candidate_gain = (
                (None, None) if self.state_gain is None else self._parts(self.state_gain)
            )
            reset_rows, update_rows = jnp.split(normalised(gate_weight @ seen, gate_gain), 2)
            reset = jax.nn.sigmoid(to_reset + reset_rows)
            update = jax.nn.sigmoid(to_update + update_rows)
            candidate = jnp.tanh(
                to_candidate + normalised(candidate_weight @ (reset * seen), candidate_gain)
            )
        return GRUGates(reset, update, candidate)

    def _parts(self, rows: Array) -> list[Array]:
        """The rows of the two gates, and those of the candidate."""
        return jnp.split(rows, [2 * self.hidden_size])

    def _normalised(self, rows: Array, gain: Array | None) -> Array:
        """LN(rows) * gain, the gates and the candidate each by themselves."""
        if gain is None:
            return rows
        parts = zip(self._parts(rows), self._parts(gain), strict=True)
        return jnp.concatenate([normalised(part, part_gain) for part, part_gain in parts])
