from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

from unspool.cells import draws

SHAPES = [(1,), (3, 5), (2, 3, 4), (40, 30)]
BY_JAX: dict[str, Callable[..., Any]] = {
    "uniform": lambda key, shape: jax.random.uniform(key, shape, minval=-1.0),
    "normal": jax.random.normal,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", BY_JAX)
def test_they_are_the_numbers_that_jax_draws_for_the_shape(
    name: str, shape: tuple[int, ...]
) -> None:
    drawn = getattr(draws, name)(jax.random.key(5), shape)
    assert isinstance(drawn, np.ndarray)
    expected = np.asarray(BY_JAX[name](jax.random.key(5), shape))
    assert drawn.dtype == expected.dtype
    # To the last digit but one: the compiler may put a product and a sum together, or may not.
    np.testing.assert_allclose(drawn, expected, rtol=3e-7)


@pytest.mark.usefixtures("float64")
def test_they_are_so_in_double_precision_too() -> None:
    drawn = draws.normal(jax.random.key(2), (3, 2))
    assert drawn.dtype == np.float64
    np.testing.assert_allclose(drawn, jax.random.normal(jax.random.key(2), (3, 2)), rtol=1e-15)


def test_several_draws_are_those_of_the_keys_that_one_is_split_into() -> None:
    key = jax.random.key(3)
    several = draws.normals(key, 3, (4, 2))
    for own, drawn in zip(jax.random.split(key, 3), several, strict=True):
        np.testing.assert_allclose(drawn, draws.normal(own, (4, 2)), rtol=3e-7)
    assert np.abs(several[0] - several[1]).max() > 0.01


def test_limits_are_kept_and_filled() -> None:
    drawn = draws.uniform(jax.random.key(0), (5_000,), limit=0.05)
    assert 0.0499 < np.abs(drawn).max() <= 0.05
    assert drawn.min() < -0.0499


def test_no_program_is_compiled_for_another_shape_of_about_the_size(
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = jax.random.key(1)
    draws.normal(key, (7, 3))
    with jax.log_compiles():
        draws.normal(key, (11, 13))
        draws.normal(key, (900,))
        assert "Compiling" not in caplog.text
        draws.normal(key, (9_000,))
        assert "Compiling" in caplog.text


def test_no_numbers_are_asked_for() -> None:
    assert draws.normal(jax.random.key(0), (0, 3)).shape == (0, 3)
