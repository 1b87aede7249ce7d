from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.errors import UsageError
from unspool.layers import Dense

KEY = jax.random.key(0)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    ("activation", "phi"), [("linear", lambda a: a), ("tanh", np.tanh)], ids=["linear", "tanh"]
)
def test_every_step_is_the_same_affine_map_and_its_activation(activation: Any, phi: Any) -> None:
    layer = Dense(3, 2, activation=activation, key=KEY)
    layer = jax.tree.map(lambda leaf: leaf + 0.3, layer)
    x = np.random.default_rng(0).normal(size=(2, 4, 3))
    outputs, state = layer(x)
    weight, bias = np.asarray(layer.weight), np.asarray(layer.bias)
    assert state is None
    for row in range(2):
        for step in range(4):
            assert_allclose(outputs[row, step], phi(weight @ x[row, step] + bias), rtol=1e-12)


def test_softmax_is_that_of_the_features() -> None:
    outputs, _ = Dense(3, 5, activation="softmax", key=KEY)(jnp.ones((2, 4, 3)))
    assert_allclose(outputs.sum(axis=-1), np.ones((2, 4)), rtol=1e-6)


def test_weights_start_within_glorots_range_and_biases_at_zero() -> None:
    layer, limit = Dense(20, 40, key=KEY), np.sqrt(6 / 60)
    assert 0.99 * limit < np.abs(np.asarray(layer.weight)).max() <= limit
    assert not np.asarray(layer.bias).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 2, "linear"), "input_size must be at least 1, got 0"),
        ((2, 1.5, "linear"), "output_size must be an integer of at least 1, got 1.5"),
        (
            (2, 2, "swish"),
            "activation must be 'linear', 'relu', 'tanh', 'sigmoid', 'elu', 'gelu' or 'softmax', "
            "got 'swish'",
        ),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_must_be(arguments: Any, message: str) -> None:
    inputs, outputs, activation = arguments
    with pytest.raises(UsageError) as error:
        Dense(inputs, outputs, activation=activation, key=KEY)
    assert str(error.value) == message
