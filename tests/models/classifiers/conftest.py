from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Definitions are tested here, not speed."""
