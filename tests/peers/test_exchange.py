"""Weights exchanged with PyTorch and Keras, and the outputs that they then give, compared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.cells import (
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    from_keras,
    from_pytorch,
    to_keras,
    to_pytorch,
)
from unspool.layers import Recurrent, Stack

os.environ.setdefault("KERAS_BACKEND", "jax")  # read by Keras when it is imported
torch = pytest.importorskip("torch", reason="PyTorch is not installed (the `peers` extra)")
keras = pytest.importorskip("keras", reason="Keras is not installed (the `peers` extra)")

pytestmark = pytest.mark.peers

BATCH, TIME, INPUT, HIDDEN = 5, 12, 3, 7
# Of the largest output. In single precision the libraries add in different orders.
TOLERANCE = {"float32": 1e-6, "float64": 1e-13}

PYTORCH_MODULES = {
    "simple rnn, tanh": lambda **sizes: torch.nn.RNN(**sizes, nonlinearity="tanh"),
    "simple rnn, relu": lambda **sizes: torch.nn.RNN(**sizes, nonlinearity="relu"),
    "lstm": lambda **sizes: torch.nn.LSTM(**sizes),
    "gru, reset after": lambda **sizes: torch.nn.GRU(**sizes),
}
KERAS_LAYERS = {
    "simple rnn, tanh": lambda **how: keras.layers.SimpleRNN(HIDDEN, activation="tanh", **how),
    "simple rnn, relu": lambda **how: keras.layers.SimpleRNN(HIDDEN, activation="relu", **how),
    "lstm": lambda **how: keras.layers.LSTM(HIDDEN, **how),
    "gru, reset after": lambda **how: keras.layers.GRU(HIDDEN, reset_after=True, **how),
    "gru, reset before": lambda **how: keras.layers.GRU(HIDDEN, reset_after=False, **how),
}
CELLS = {
    "simple rnn, tanh": lambda *sizes, key: SimpleRNNCell(*sizes, key=key),
    "simple rnn, relu": lambda *sizes, key: SimpleRNNCell(*sizes, activation="relu", key=key),
    "lstm": lambda *sizes, key: LSTMCell(*sizes, key=key),
    "gru, reset after": lambda *sizes, key: GRUCell(*sizes, reset="after", key=key),
    "gru, reset before": lambda *sizes, key: GRUCell(*sizes, reset="before", key=key),
}


@pytest.fixture(params=["float32", "float64"])
def precision(request: pytest.FixtureRequest) -> Iterator[str]:
    before = jax.config.read("jax_enable_x64")
    jax.config.update("jax_enable_x64", request.param == "float64")
    yield request.param
    jax.config.update("jax_enable_x64", before)


def drawn_cell(kind: str, input_size: int = INPUT, seed: int = 0) -> Any:
    """A cell all of whose weights count, the biases too."""
    key, shift = jax.random.split(jax.random.key(seed))
    leaves, structure = jax.tree.flatten(CELLS[kind](input_size, HIDDEN, key=key))
    keys = jax.random.split(shift, len(leaves))
    return jax.tree.unflatten(
        structure,
        [
            leaf + 0.1 * jax.random.normal(k, leaf.shape)
            for leaf, k in zip(leaves, keys, strict=True)
        ],
    )


def drawn_inputs(precision: str) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(BATCH, TIME, INPUT)).astype(precision)


def assert_equal(found: Any, wanted: Any, precision: str = "float32") -> None:
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.dtype == wanted.dtype == precision
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= TOLERANCE[precision] * np.abs(wanted).max()


def in_pytorch(weights: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: torch.tensor(array) for name, array in weights.items()}


def from_module(module: Any) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in module.state_dict().items()}


def run_pytorch(module: Any, x: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Outputs, and the final state's parts, each (layers, batch, hidden)."""
    with torch.no_grad():
        outputs, state = module(torch.tensor(x))
    parts = state if isinstance(state, tuple) else (state,)
    return outputs.numpy(), [part.numpy() for part in parts]


@pytest.mark.parametrize("kind", PYTORCH_MODULES)
def test_pytorch_computes_the_same_from_our_weights(kind: str, precision: str) -> None:
    cell, x = drawn_cell(kind), drawn_inputs(precision)
    module = PYTORCH_MODULES[kind](
        input_size=INPUT, hidden_size=HIDDEN, batch_first=True, dtype=getattr(torch, precision)
    )
    module.load_state_dict(in_pytorch(to_pytorch(cell)))
    theirs, their_state = run_pytorch(module, x)
    ours, our_state = Recurrent(cell)(x)
    assert_equal(ours, theirs, precision)
    for mine, other in zip(jax.tree.leaves(our_state), their_state, strict=True):
        assert_equal(mine, other[0], precision)


@pytest.mark.parametrize("kind", PYTORCH_MODULES)
def test_we_compute_the_same_from_pytorchs_weights(kind: str, precision: str) -> None:
    torch.manual_seed(1)
    module = PYTORCH_MODULES[kind](
        input_size=INPUT, hidden_size=HIDDEN, batch_first=True, dtype=getattr(torch, precision)
    )
    cell = from_pytorch(CELLS[kind](INPUT, HIDDEN, key=jax.random.key(0)), from_module(module))
    x = drawn_inputs(precision)
    assert_equal(Recurrent(cell)(x)[0], run_pytorch(module, x)[0], precision)


@pytest.mark.parametrize("kind", ["lstm", "gru, reset after"])
def test_two_layers_with_lengths_are_pytorchs_packed_sequence(kind: str, precision: str) -> None:
    cells = [drawn_cell(kind, INPUT, seed=1), drawn_cell(kind, HIDDEN, seed=2)]
    x, lengths = drawn_inputs(precision), np.array([12, 1, 7, 3, 11])
    module = PYTORCH_MODULES[kind](
        input_size=INPUT,
        hidden_size=HIDDEN,
        num_layers=2,
        batch_first=True,
        dtype=getattr(torch, precision),
    )
    module.load_state_dict(in_pytorch({**to_pytorch(cells[0]), **to_pytorch(cells[1], layer=1)}))
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.tensor(x), torch.tensor(lengths), batch_first=True, enforce_sorted=False
    )
    with torch.no_grad():
        their_outputs, their_state = module(packed)
    theirs, _ = torch.nn.utils.rnn.pad_packed_sequence(
        their_outputs, batch_first=True, padding_value=0.0, total_length=TIME
    )
    ours, our_state = Stack([Recurrent(cell) for cell in cells])(x, lengths=lengths)
    assert_equal(ours, theirs.numpy(), precision)
    their_parts = their_state if isinstance(their_state, tuple) else (their_state,)
    for layer in range(2):
        for mine, other in zip(jax.tree.leaves(our_state[layer]), their_parts, strict=True):
            assert_equal(mine, other[layer].numpy(), precision)


# Keras is compared in single precision only: some of its sums stay so in a float64 layer.


@pytest.mark.parametrize("kind", KERAS_LAYERS)
def test_keras_computes_the_same_from_our_weights(kind: str) -> None:
    cell, x = drawn_cell(kind), drawn_inputs("float32")
    layer = KERAS_LAYERS[kind](return_sequences=True, return_state=True)
    layer.build(x.shape)
    layer.set_weights(to_keras(cell))
    theirs, *their_state = layer(x)
    ours, our_state = Recurrent(cell)(x)
    assert_equal(ours, theirs)
    for mine, other in zip(jax.tree.leaves(our_state), their_state, strict=True):
        assert_equal(mine, other)


# Keras's own conversion of its variables to NumPy is of the older kind.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
@pytest.mark.parametrize("kind", KERAS_LAYERS)
def test_we_compute_the_same_from_kerass_weights(kind: str) -> None:
    keras.utils.set_random_seed(2)
    # Keras starts biases at zero, where a wrong order of them would not show.
    layer = KERAS_LAYERS[kind](return_sequences=True, bias_initializer="random_normal")
    x = drawn_inputs("float32")
    layer.build(x.shape)
    cell = from_keras(CELLS[kind](INPUT, HIDDEN, key=jax.random.key(0)), layer.get_weights())
    assert_equal(Recurrent(cell)(x)[0], layer(x))


@pytest.mark.parametrize("kind", ["lstm", "gru, reset after", "gru, reset before"])
def test_lengths_are_kerass_mask(kind: str) -> None:
    cell, x, lengths = drawn_cell(kind), drawn_inputs("float32"), np.array([12, 1, 7, 3, 11])
    layer = KERAS_LAYERS[kind](return_sequences=True, return_state=True, zero_output_for_mask=True)
    layer.build(x.shape)
    layer.set_weights(to_keras(cell))
    theirs, *their_state = layer(x, mask=jnp.arange(TIME) < lengths[:, None])
    ours, our_state = Recurrent(cell)(x, lengths=lengths)
    assert_equal(ours, theirs)
    for mine, other in zip(jax.tree.leaves(our_state), their_state, strict=True):
        assert_equal(mine, other)
