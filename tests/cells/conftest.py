from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Compiling is most of what these tests take, and small arrays need none of its efforts."""
