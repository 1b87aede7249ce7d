"""The long short-term memory cell."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from unspool import arguments
from unspool.cells import dropout, initialisation
from unspool.cells.cell import GatedCell, Noise
from unspool.cells.normalisation import normalised


class LSTMState(NamedTuple):
    """What an LSTM carries from step to step: `hidden`, which is also its output, and `memory`."""

    hidden: Float[Array, "*batch hidden"]
    memory: Float[Array, "*batch hidden"]


class LSTMGates(NamedTuple):
    """What an LSTM's gates let through, 0 to 1, and its `candidate`, -1 to 1, at one step."""

    input: Float[Array, "*batch hidden"]
    forget: Float[Array, "*batch hidden"]
    candidate: Float[Array, "*batch hidden"]
    output: Float[Array, "*batch hidden"]


class LSTMCell(GatedCell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with a forget gate (Gers 2000).

        i  = sigma(W_i x + U_i h + b_i)          input gate
        f  = sigma(W_f x + U_f h + b_f)          forget gate
        g  = tanh(W_g x + U_g h + b_g)           candidate
        o  = sigma(W_o x + U_o h + b_o)          output gate
        c' = f * c + i * g                       memory
        h' = o * tanh(c')                        hidden state, and the output

    The rows of `input_weight` (W), `state_weight` (U) and `bias` (b) hold the gates in the order of
    `LSTMGates`: i, f, g, o. `forget_bias` is what b_f starts from.

    With `peephole` the gates see the memory, unit by unit: p_i * c, p_f * c and p_o * c' are added
    inside the three sigmas, the output gate's from the new memory (Gers, Schraudolph and
    Schmidhuber 2002). `peephole_weight` holds p_i, p_f, p_o; they start at zero.

    With `layer_norm` (Ba, Kiros and Hinton 2016, equations 20 to 22)

        W x + U h + b   becomes   LN(W x) * g_x + LN(U h) * g_h + b
        tanh(c')        becomes   tanh(LN(c') * g_c + b_c)

    where LN normalises over the rows of all four gates together, as the paper does, and over the
    units of the memory. `input_gain`, `state_gain`, `memory_gain` are g_x, g_h, g_c, `memory_bias`
    is b_c, and b stands for the three biases that the paper adds to each other. A peephole is added
    after the normalisation and sees the memory itself.

    With `recurrent_dropout`, in training, U sees a share of h that is drawn once for each sequence
    (Gal and Ghahramani 2016); the memory is left alone.
    """

    input_weight: Float[Array, "4*hidden input"]
    state_weight: Float[Array, "4*hidden hidden"]
    bias: Float[Array, " 4*hidden"]
    peephole_weight: Float[Array, " 3*hidden"] | None
    input_gain: Float[Array, " 4*hidden"] | None
    state_gain: Float[Array, " 4*hidden"] | None
    memory_gain: Float[Array, " hidden"] | None
    memory_bias: Float[Array, " hidden"] | None
    input_size: int = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    recurrent_dropout: float = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        forget_bias: float = 1.0,
        peephole: bool = False,
        layer_norm: bool = False,
        recurrent_dropout: float = 0.0,
        key: PRNGKeyArray,
    ) -> None:
        self.input_size = arguments.size("input_size", input_size)
        self.hidden_size = arguments.size("hidden_size", hidden_size)
        self.recurrent_dropout = arguments.rate("recurrent_dropout", recurrent_dropout)
        input_key, state_key = jax.random.split(key)
        self.input_weight = initialisation.glorot(input_key, 4, self.hidden_size, self.input_size)
        self.state_weight = initialisation.orthogonal(state_key, 4, self.hidden_size)
        # Forget bias 1: a new cell should remember (Gers et al. 2000; Jozefowicz et al. 2015).
        starts = [0.0, arguments.number("forget_bias", forget_bias), 0.0, 0.0]
        self.bias = initialisation.on_device(np.repeat(starts, self.hidden_size))
        self.peephole_weight = initialisation.zeros(3 * self.hidden_size) if peephole else None
        self.input_gain = initialisation.ones(4 * self.hidden_size) if layer_norm else None
        self.state_gain = initialisation.ones(4 * self.hidden_size) if layer_norm else None
        self.memory_gain = initialisation.ones(self.hidden_size) if layer_norm else None
        self.memory_bias = initialisation.zeros(self.hidden_size) if layer_norm else None

    @property
    def peephole(self) -> bool:
        """Whether the gates see the memory."""
        return self.peephole_weight is not None

    @property
    def layer_norm(self) -> bool:
        """Whether the cell is the layer-normalised form."""
        return self.input_gain is not None

    def initial_state(self) -> LSTMState:
        """Hidden state and memory before the first step: zeros."""
        zeros = jnp.zeros(self.hidden_size, self.bias.dtype)
        return LSTMState(hidden=zeros, memory=zeros)

    def noise(self, key: PRNGKeyArray) -> Noise | None:
        """The mask of recurrent dropout, for one sequence."""
        return dropout.draw(key, self.recurrent_dropout, self.initial_state().hidden)

    def __call__(
        self, x: Float[Array, " input"], state: LSTMState, noise: Noise | None = None
    ) -> tuple[Float[Array, " hidden"], LSTMState]:
        """One step, x (input,) and a state -> output (hidden,), next state."""
        _, following = self._step(x, state, noise)
        return following.hidden, following

    def gates(
        self, x: Float[Array, " input"], state: LSTMState, noise: Noise | None = None
    ) -> LSTMGates:
        """The gates and the candidate of the step that starts from `state`, (hidden,) each."""
        return self._step(x, state, noise)[0]

    def _step(
        self, x: Float[Array, " input"], state: LSTMState, noise: Noise | None
    ) -> tuple[LSTMGates, LSTMState]:
        """Both at once: with a peephole the output gate needs the new memory."""
        from_input = normalised(self.input_weight @ x, self.input_gain)
        from_state = normalised(
            self.state_weight @ dropout.dropped(state.hidden, noise), self.state_gain
        )
        rows = from_input + from_state + self.bias
        to_input, to_forget, to_candidate, to_output = jnp.split(rows, 4)
        peepholes = None if self.peephole_weight is None else jnp.split(self.peephole_weight, 3)
        if peepholes is not None:
            to_input = to_input + peepholes[0] * state.memory
            to_forget = to_forget + peepholes[1] * state.memory
        forget_gate = jax.nn.sigmoid(to_forget)
        kept = forget_gate * state.memory
        input_gate = jax.nn.sigmoid(to_input)
        candidate = jnp.tanh(to_candidate)
        memory = kept + input_gate * candidate
        if peepholes is not None:
            to_output = to_output + peepholes[2] * memory
        shown = normalised(memory, self.memory_gain)
        if self.memory_bias is not None:
            shown = shown + self.memory_bias
        output_gate = jax.nn.sigmoid(to_output)
        hidden = output_gate * jnp.tanh(shown)
        gates = LSTMGates(input_gate, forget_gate, candidate, output_gate)
        return gates, LSTMState(hidden, memory)
