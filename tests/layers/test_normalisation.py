from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled_layers import run
from numpy.testing import assert_allclose

from unspool.errors import UsageError
from unspool.layers import BatchNorm, LayerNorm, Statistics

KEY = jax.random.key(0)
LENGTHS = [5, 2, 0]

pytestmark = pytest.mark.usefixtures("float64")


def random_inputs() -> Any:
    return 3 + 2 * np.random.default_rng(1).normal(size=(3, 5, 4))


def moved(layer: Any) -> Any:
    """Scales and shifts that are all different."""
    scale, shift = jnp.asarray(np.arange(1.0, 5)), jnp.asarray(np.arange(4.0))
    return jax.tree_util.tree_map_with_path(
        lambda path, leaf: {"scale": scale, "shift": shift}.get(path[-1].name, leaf), layer
    )


def test_layer_norm_brings_each_steps_features_to_mean_0_and_variance_1() -> None:
    layer, x = moved(LayerNorm(4, epsilon=0.01)), random_inputs()
    outputs, _ = run(layer, x)
    for row in range(3):
        for step in range(5):
            own = x[row, step]
            expected = (own - own.mean()) / np.sqrt(own.var() + 0.01)
            assert_allclose(
                outputs[row, step], expected * np.arange(1, 5) + np.arange(4), rtol=1e-12
            )


def test_layer_norm_of_equal_features_is_the_shift_and_has_a_gradient() -> None:
    layer, x = moved(LayerNorm(4)), np.ones((1, 1, 4))
    assert_allclose(run(layer, x)[0][0, 0], np.arange(4), atol=1e-12)
    gradient = jax.jit(jax.grad(lambda x: layer(x)[0][0, 0, 1]))(x)
    assert np.isfinite(np.asarray(gradient)).all()


@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_in_training_each_feature_is_normalised_over_all_own_steps_of_the_batch(
    lengths: Any,
) -> None:
    layer, x = moved(BatchNorm(4, epsilon=0.01)), random_inputs()
    outputs, _ = run(layer, x, lengths=lengths, key=KEY)
    own = np.arange(5) < np.array(lengths or [5, 5, 5])[:, None]
    values = x[own]  # (own steps, features)
    expected = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + 0.01)
    expected = expected * np.arange(1, 5) + np.arange(4)
    assert_allclose(np.asarray(outputs)[own], expected, rtol=1e-12)
    assert not np.asarray(outputs)[~own].any()


@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_training_hands_back_statistics_moved_towards_the_batchs(lengths: Any) -> None:
    layer, x = BatchNorm(4, momentum=0.9), random_inputs()
    _, state = run(layer, x, lengths=lengths, key=KEY)
    own = np.arange(5) < np.array(lengths or [5, 5, 5])[:, None]
    assert_allclose(state.mean, 0.1 * x[own].mean(axis=0), rtol=1e-12)
    assert_allclose(state.variance, 0.9 + 0.1 * x[own].var(axis=0), rtol=1e-12)
    _, later = run(layer, x, state, lengths, key=KEY)
    assert_allclose(later.mean, 0.19 * x[own].mean(axis=0), rtol=1e-12)


def test_without_a_key_the_stored_statistics_are_used_or_those_given() -> None:
    layer, x = moved(BatchNorm(4, epsilon=0.25)), random_inputs()
    outputs, state = layer(x)
    assert state is None
    assert_allclose(outputs, x / np.sqrt(1.25) * np.arange(1, 5) + np.arange(4), rtol=1e-12)
    given = Statistics(jnp.full(4, 2.0), jnp.full(4, 0.75))
    outputs, state = layer(x, given)
    assert state is given
    assert_allclose(outputs, (x - 2) * np.arange(1, 5) + np.arange(4), rtol=1e-12)


def test_in_inference_mode_a_key_changes_nothing() -> None:
    layer, x = eqx.nn.inference_mode(BatchNorm(4)), random_inputs()
    outputs, state = layer(x, key=KEY)
    assert state is None
    assert_allclose(outputs, BatchNorm(4)(x)[0], rtol=0)


def test_only_scale_and_shift_get_a_gradient_and_it_passes_through_the_batchs_mean() -> None:
    layer, x = moved(BatchNorm(4)), random_inputs()

    def loss(layer: Any, x: Any) -> Any:
        outputs, state = layer(x, key=KEY)
        return jnp.sum(outputs**3) + jnp.sum(state.mean) + jnp.sum(state.variance)

    arrays, rest = eqx.partition(layer, eqx.is_inexact_array)
    found = jax.jit(jax.grad(lambda arrays: loss(eqx.combine(arrays, rest), x)))(arrays)
    assert np.asarray(found.scale).all()
    assert np.asarray(found.shift).all()
    assert not np.asarray(found.mean).any()
    assert not np.asarray(found.variance).any()
    # A shift of the inputs as a whole changes nothing: their gradient sums to nothing.
    by_inputs = jax.jit(jax.grad(lambda x: loss(layer, x)))(x)
    assert_allclose(np.asarray(by_inputs).sum(axis=(0, 1)), np.zeros(4), atol=1e-9)


def test_a_batch_without_any_own_step_stays_finite() -> None:
    outputs, state = run(BatchNorm(4), random_inputs(), lengths=[0, 0, 0], key=KEY)
    assert not np.asarray(outputs).any()
    assert np.isfinite(np.asarray(state.variance)).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: BatchNorm(0), "size must be at least 1, got 0"),
        (lambda: BatchNorm(2, momentum=1), "momentum must be at least 0 and below 1, got 1"),
        (lambda: BatchNorm(2, epsilon=0), "epsilon must be above 0, got 0"),
        (lambda: LayerNorm(2, epsilon=-1), "epsilon must be above 0, got -1"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_must_be(wrong: Any, message: str) -> None:
    with pytest.raises(UsageError) as error:
        wrong()
    assert str(error.value) == message


def test_a_state_that_is_no_statistics_is_rejected() -> None:
    with pytest.raises(UsageError, match="BatchNorm has a state of the structure"):
        BatchNorm(4)(random_inputs(), jnp.zeros(4))
