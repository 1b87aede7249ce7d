from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells.normalisation import normalised


@pytest.mark.usefixtures("float64")
def test_it_is_numpys_mean_and_variance_with_a_small_number_inside_the_root() -> None:
    random = np.random.default_rng(0)
    values, gain = 3 + 0.01 * random.normal(size=7), random.normal(size=7)
    expected = gain * (values - values.mean()) / np.sqrt(values.var() + 1e-5)
    assert_allclose(normalised(jnp.asarray(values), jnp.asarray(gain)), expected, rtol=1e-12)


def test_without_a_gain_nothing_is_normalised() -> None:
    values = jnp.array([1.0, 2.0, 4.0])
    assert normalised(values, None) is values


@pytest.mark.usefixtures("float64")
def test_gradients_are_those_of_small_differences() -> None:
    values, gain = np.random.default_rng(0).normal(size=(2, 5))
    check_grads(jax.jit(normalised), (values, gain), order=2, rtol=1e-6)


def test_equal_numbers_give_zeros_and_a_finite_gradient() -> None:
    values = jnp.zeros(4)
    assert not np.asarray(normalised(values, jnp.ones(4))).any()
    assert np.isfinite(jax.jit(jax.jacobian(normalised))(values, jnp.ones(4))).all()


def test_a_distant_mean_costs_no_digits_of_the_variance() -> None:
    # The mean of the squares less the square of the mean would leave nothing of it.
    values = jnp.array([10000.0, 10001.0, 10002.0])
    assert_allclose(normalised(values, jnp.ones(3)), np.array([-1, 0, 1]) * 1.5**0.5, rtol=1e-4)
