"""When one network counts as worse than another on the validation windows."""

import jax.numpy as jnp
import numpy as np
import pytest

from unspool.training.loop import windows_of
from unspool.training.objective import validation_errors
from unspool.training.store import Batch
from unspool.training.validation import Validation

LOOK_BACK, HORIZON = 8, 3


def of(windows, series=1, horizon=1):
    """Validation windows of nothing: so many of every series, one after the other."""
    nothing = jnp.zeros((windows * series, 0))
    batch = Batch(nothing, nothing, jnp.zeros((windows * series, horizon)), nothing, nothing)
    return Validation(
        batch, np.repeat(np.arange(series), windows), np.tile(np.arange(windows), series)
    )


def noise(count, seed=0):
    return np.abs(np.random.default_rng(seed).normal(size=count))


def test_a_mean_that_is_higher_by_chance_is_not_worse():
    best, errors = noise(60), noise(60, seed=1)
    assert errors.mean() != best.mean()
    assert not of(60).worse(errors, best)
    assert not of(60).worse(best, errors)


def test_errors_that_are_higher_throughout_are_worse_and_lower_ones_are_not():
    best = noise(60)
    errors = best + 0.1 + 0.01 * noise(60, seed=1)
    assert of(60).worse(errors, best)
    assert not of(60).worse(best, errors)


def test_one_bad_week_is_not_enough():
    """Windows beside each other resemble each other: that they are several proves nothing."""
    best = noise(60)
    errors = best.copy()
    errors[20:26] += 5.0
    assert errors.mean() > 1.5 * best.mean()
    assert not of(60).worse(errors, best)


def test_with_several_series_a_bad_week_of_all_is_not_enough():
    best = noise(20 * 60)
    errors = best.reshape(20, 60) + 0.0
    errors[:, 20:26] += 5.0
    assert not of(60, series=20).worse(errors.ravel(), best)
    assert of(60, series=20).worse(best + 0.1 + 0.01 * noise(20 * 60, seed=1), best)


@pytest.mark.parametrize(("added", "worse"), [(1e-6, True), (-1e-6, False)])
def test_where_there_are_too_few_windows_to_tell_the_mean_decides(added, worse):
    best = noise(3)
    assert of(3).worse(best + added, best) is worse


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_an_error_that_is_not_finite_is_worse(broken):
    errors = noise(60)
    errors[7] = broken
    assert of(60).worse(errors, noise(60))


def test_errors_are_those_of_each_window(make_network, series):
    every, origins = np.arange(3), np.array([50, 20, 30])
    windows = windows_of(series, every, origins, LOOK_BACK, HORIZON)
    network = make_network()
    found = Validation(windows, every, origins).errors(network)
    assert found.shape == (3,)
    np.testing.assert_allclose(found, validation_errors(network, windows), rtol=1e-6)
