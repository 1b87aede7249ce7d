from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _exact(float64: None) -> None:
    """Small differences need double precision; and what is compiled for it is compiled once."""
