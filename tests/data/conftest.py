from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import settings

from unspool.data.table import Table

# The first example of a property pays for imports and zone data, so single examples have no limit.
settings.register_profile("unspool", deadline=None)
settings.load_profile("unspool")


@pytest.fixture
def make_table() -> Callable[..., Table]:
    """Builds the table that a CSV file of these columns would be read as, header on line 1."""

    def make(
        columns: dict[str, Any] | None = None,
        *,
        text_cells: dict[str, tuple[Any, list[str]]] | None = None,
        **more: Any,
    ) -> Table:
        return Table(
            columns=pa.table({**(columns or {}), **more}),
            source="sales.csv",
            kind="csv",
            first_row=2,
            row_word="line",
            text_cells=text_cells or {},
        )

    return make
