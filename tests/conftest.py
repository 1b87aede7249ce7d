from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


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
