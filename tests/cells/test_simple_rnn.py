from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import SimpleRNNCell
from unspool.errors import UsageError

INPUT, HIDDEN = 3, 4


def drawn(activation: str = "tanh", **form: bool) -> tuple[SimpleRNNCell, np.ndarray, np.ndarray]:
    """A cell whose every weight counts, an input and a state."""
    random = np.random.default_rng(1)
    cell = SimpleRNNCell(INPUT, HIDDEN, activation=activation, key=jax.random.key(0), **form)
    cell = jax.tree.map(lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), cell)
    return cell, random.normal(size=INPUT), random.normal(size=HIDDEN)


def by_hand(cell: SimpleRNNCell, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """h'[j] = phi(sum_i W[j, i] x[i] + sum_k U[j, k] h[k] + b[j]), number by number."""
    w, u, b = (np.asarray(p) for p in (cell.input_weight, cell.state_weight, cell.bias))
    total = np.zeros(HIDDEN)
    for j in range(HIDDEN):
        for i in range(INPUT):
            total[j] += w[j, i] * x[i]
        for k in range(HIDDEN):
            total[j] += u[j, k] * h[k]
    if cell.layer_norm:
        deviation = np.sqrt(total.var() + 1e-5)
        total = (total - total.mean()) / deviation * np.asarray(cell.gain)
    return np.tanh(total + b) if cell.activation == "tanh" else np.maximum(total + b, 0.0)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_step_is_its_equation(activation: str, layer_norm: bool) -> None:
    cell, x, h = drawn(activation, layer_norm=layer_norm)
    output, following = eqx.filter_jit(cell)(x, h)
    assert_allclose(following, by_hand(cell, x, h), rtol=1e-12)
    assert_allclose(output, following, rtol=0)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_gradients_are_those_of_small_differences(activation: str, layer_norm: bool) -> None:
    cell, x, h = drawn(activation, layer_norm=layer_norm)
    check_grads(jax.jit(lambda cell, x, h: cell(x, h)), (cell, x, h), order=1, rtol=1e-6)


def test_it_starts_from_zeros_of_the_weights_own_type() -> None:
    cell, _, _ = drawn()
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), cell)
    assert cell.initial_state().shape == (HIDDEN,)
    assert not cell.initial_state().any()
    assert half.initial_state().dtype == jnp.bfloat16


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden_size": 0}, "hidden_size must be at least 1, got 0"),
        ({"input_size": -1}, "input_size must be at least 1, got -1"),
        ({"hidden_size": 2.5}, "hidden_size must be an integer of at least 1, got 2.5"),
        ({"recurrent_dropout": 1.0}, "recurrent_dropout must be at least 0 and below 1, got 1.0"),
        ({"activation": "gelu"}, "activation must be 'tanh' or 'relu', got 'gelu'"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_must_be(arguments: dict, message: str) -> None:
    right = {"input_size": 1, "hidden_size": 1, "key": jax.random.key(0)}
    with pytest.raises(UsageError) as error:
        SimpleRNNCell(**{**right, **arguments})
    assert str(error.value) == message
