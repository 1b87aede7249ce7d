from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Most runs here are short: compiling is what would take time."""
