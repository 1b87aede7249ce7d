from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, PRNGKeyArray

from unspool.cells import (
    CausalConvolutionCell,
    Cell,
    GRUCell,
    LSTMCell,
    Residual,
    SimpleRNNCell,
    Zoneout,
)

sys.path.insert(0, str(Path(__file__).parent))  # for compiled_layers


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Compiling is most of what these tests take, and small arrays need none of its efforts."""


class MinimalGatedUnit(Cell):
    """f = sigma(W_f x + U_f h + b_f); h' = (1 - f) h + f tanh(W x + U (f h) + b)  (Zhou 2016).

    A cell as somebody else would write it: no `input_size`, nothing that the layers ask for.
    """

    input_gate: Array
    state_gate: Array
    gate_bias: Array
    input_weight: Array
    state_weight: Array
    bias: Array
    hidden_size: int

    def __init__(self, features: int, hidden_size: int, *, key: PRNGKeyArray) -> None:
        random = np.random.default_rng(np.asarray(jax.random.key_data(key)))
        self.input_gate = jnp.asarray(random.normal(size=(hidden_size, features)))
        self.state_gate = jnp.asarray(random.normal(size=(hidden_size, hidden_size)))
        self.gate_bias = jnp.asarray(random.normal(size=hidden_size))
        self.input_weight = jnp.asarray(random.normal(size=(hidden_size, features)))
        self.state_weight = jnp.asarray(random.normal(size=(hidden_size, hidden_size)))
        self.bias = jnp.asarray(random.normal(size=hidden_size))
        self.hidden_size = hidden_size

    def __call__(self, x, h):
        f = jax.nn.sigmoid(self.input_gate @ x + self.state_gate @ h + self.gate_bias)
        g = jnp.tanh(self.input_weight @ x + self.state_weight @ (f * h) + self.bias)
        h = (1 - f) * h + f * g
        return h, h

    def initial_state(self):
        return jnp.zeros(self.hidden_size)


class RunningMean(Cell):
    """A state of unlike parts, a start that is not zero, and an output of another size."""

    def initial_state(self):
        return {"count": jnp.array(2), "sums": jnp.ones(3)}

    def __call__(self, x, state):
        following = {"count": state["count"] + 1, "sums": state["sums"] + x}
        mean = following["sums"] / following["count"]
        return jnp.concatenate([mean, mean**2]), following


FEATURES = 3
MAKERS: dict[str, Callable[..., Cell]] = {
    "simple rnn": lambda key: SimpleRNNCell(FEATURES, 4, key=key),
    "relu": lambda key: SimpleRNNCell(FEATURES, 4, activation="relu", key=key),
    "lstm": lambda key: LSTMCell(FEATURES, 4, key=key),
    "gru, reset after": lambda key: GRUCell(FEATURES, 4, reset="after", key=key),
    "gru, reset before": lambda key: GRUCell(FEATURES, 4, reset="before", key=key),
    "lstm, all forms": lambda key: LSTMCell(FEATURES, 4, peephole=True, layer_norm=True, key=key),
    "causal convolution": lambda key: CausalConvolutionCell(FEATURES, 4, 2, 2, key=key),
    "wrapped": lambda key: Residual(Zoneout(GRUCell(FEATURES, FEATURES, key=key), 0.25)),
    "minimal gated unit": lambda key: MinimalGatedUnit(FEATURES, 4, key=key),
    "running mean": lambda key: RunningMean(),
}


@pytest.fixture(params=MAKERS)
def make_cell(request: pytest.FixtureRequest) -> Callable[..., Cell]:
    """Makes a cell from a key: each built-in one, and two as a user would write them."""
    return MAKERS[request.param]


@pytest.fixture
def cell(make_cell: Callable[..., Cell]) -> Any:
    return make_cell(jax.random.key(7))
