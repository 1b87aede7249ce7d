"""Columns of a table as texts and numbers, with every cell that is neither named by its row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspool.data.labelled.labelled import Numbers
from unspool.data.table import Table
from unspool.errors import DataError, UsageError


def check_columns(table: Table, names: Sequence[str | None], option: str) -> None:
    """UsageError where the table has no column of one of these names."""
    for name in names:
        if name is not None and name not in table.names:
            shown = ", ".join(table.names[:8]) + (", …" if len(table.names) > 8 else "")
            raise UsageError(f"{option} {name}: {table.source} has no such column; it has {shown}")


def texts_of(table: Table, name: str, what: str) -> tuple[str, ...]:
    """A column as texts; DataError that names the rows where a cell is empty."""
    column = table.as_text(name) if not table.is_text(name) else table.columns.column(name)
    empty = np.flatnonzero(np.asarray(pc.is_null(column)))
    if len(empty):
        raise DataError(
            f"{table.source}: no {what} (column {name!r}) in {table.row_names(empty)}; fill in or "
            "leave out"
        )
    return tuple(pc.cast(column, pa.string()).to_pylist())


def numbers_of(table: Table, names: Sequence[str]) -> Numbers:
    """Columns as (rows, columns), empty cells NaN; DataError where a cell is text."""
    columns = []
    for name in names:
        if not table.is_number(name):
            raise DataError(
                f"{table.source}: column {name!r} is not one of numbers; leave it out, or name the "
                "columns to read (--input)"
            )
        if name in table.text_cells:
            positions, texts = table.text_cells[name]
            raise DataError(
                f"{table.source}: column {name!r} has {texts[0][:30]!r} in "
                f"{table.row_name(int(positions[0]))}, where a number must be; correct it or leave "
                "it empty"
            )
        cells = pc.fill_null(pc.cast(table.columns.column(name), pa.float64()), float("nan"))
        columns.append(cells.to_numpy())
    return np.stack(columns, axis=1)
