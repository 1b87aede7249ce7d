"""The doctor, for people: `unspool.check`."""

from __future__ import annotations

from typing import Any

from unspool.data.faults import Report
from unspool.data.loading import check_table
from unspool.data.options import TableOptions


def check(table: Any, options: TableOptions | None = None) -> Report:
    """What is wrong with a table, by series, row and time, and what would mend it.

    table: a path, "-" or a frame. `report.ok` says whether it can be forecast; `report.lines()` is
    the report as text. Raises UsageError when the options do not fit the table, DataError when it
    cannot be read as a table at all.
    """
    return check_table(table, options or TableOptions())
