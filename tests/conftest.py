from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import pytest

# Compiling is most of what the tests wait for, and code that runs once need not be made fast. It
# takes twice as long with XLA's newer emitters, too; these versions of it know the flag, any other
# would end the process. With UNSPOOL_TEST_XLA=default the tests compile as users do.
OLDER_EMITTERS = "--xla_cpu_use_fusion_emitters=false"
if os.environ.get("UNSPOOL_TEST_XLA") != "default":
    os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
    if version("jaxlib").startswith("0.10."):
        flags = os.environ.get("XLA_FLAGS", "").split()
        os.environ["XLA_FLAGS"] = " ".join(dict.fromkeys([*flags, OLDER_EMITTERS]))

# JAX keeps every program that it traced, and looking all of them over for garbage again and again
# takes longer than what it finds is worth.
gc.set_threshold(200_000, 20, 1_000)


@contextmanager
def _configured(name: str, value: object) -> Iterator[None]:
    import jax  # here, since most tests do without it

    before = jax.config.read(name)
    jax.config.update(name, value)
    try:
        yield
    finally:
        jax.config.update(name, before)


@pytest.fixture
def float64() -> Iterator[None]:
    """Weights and sums in double precision, so that a reference can be met to the last digits."""
    with _configured("jax_enable_x64", True):
        yield


@pytest.fixture
def quick_compiling() -> Iterator[None]:
    """Code that runs once is not made fast, which is most of what small tests would wait for."""
    with _configured("jax_disable_most_optimizations", True):
        yield


@pytest.fixture(scope="session")
def sales() -> Any:
    """Two stores with a week in them, one that opened lately, one that never sells more or less."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=120, name="day")
    week = np.array([0.0, 1, 2, 1, 3, 8, 6])[np.arange(120) % 7]
    values = {
        "north": 50 + 4 * week + random.normal(size=120),
        "south": 9000 + 300 * week + 100 * random.normal(size=120),
        "new": (20 + week + random.normal(size=120))[:20],
        "closed": np.full(30, 7.0),
    }
    return pd.concat(
        pd.DataFrame({"store": store, "day": days[-len(sold) :], "sales": sold})
        for store, sold in values.items()
    ).reset_index(drop=True)


@pytest.fixture(scope="session")
def fitted_network(sales: Any) -> Any:
    """A forecaster with a small GRU, fitted to `sales`; not to be fitted again."""
    import unspool

    return unspool.Forecaster(
        unspool.Gru(hidden=4, look_back=14),
        horizon=4,
        training=unspool.Training(steps=20, batch=16, checks=4),
    ).fit(sales)
