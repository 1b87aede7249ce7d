from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from unspool.data.panel import Panel, panel_from_arrays
from unspool.models.build import build
from unspool.models.network import WindowNetwork
from unspool.models.specs import Gru
from unspool.training.store import SeriesStore, store

LOOK_BACK, HORIZON = 8, 3


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Definitions are tested here, not speed."""


@pytest.fixture(scope="session")
def panel() -> Panel:
    """Noisy sines of several lengths, sizes and levels."""
    random = np.random.default_rng(0)
    lengths = (60, 25, 40)
    return panel_from_arrays(
        [
            10.0**i * (5 + np.sin(np.arange(n) / 2) + 0.1 * random.normal(size=n))
            for i, n in enumerate(lengths)
        ],
        ids=["a", "b", "c"],
        season=1,
    )


@pytest.fixture(scope="session")
def make_network() -> Any:
    """Builds a network small enough to compile quickly."""

    def make(strategy: str = "direct", seed: int = 0, **settings: Any) -> WindowNetwork:
        spec = Gru(hidden=3, strategy=strategy, **settings)
        return build(spec, LOOK_BACK, HORIZON, key=jax.random.key(seed))

    return make


@pytest.fixture(scope="session")
def series(panel: Panel) -> SeriesStore:
    """Every series on the device, windows from the middle of the first look-back on."""
    everything = np.arange(panel.n_series)
    first = np.full(panel.n_series, 5)
    return store(panel, everything, first, panel.lengths - HORIZON, panel.lengths)
