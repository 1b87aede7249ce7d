"""Frames of pandas, polars, pyarrow and whatever else narwhals takes: in as a Table, and out again.

Neither pandas nor polars is imported here: whoever passes one of their frames has done so.
"""

from __future__ import annotations

from decimal import Decimal
from numbers import Number
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from unspool.data.numerals import read_numbers
from unspool.data.table import Table, reject_repeated
from unspool.data.typed import to_plain
from unspool.errors import DataError, UsageError

SOURCE = "the frame"
_TIME_NAME = "ds"  # of an index of times that has no name
_VALUE_NAME = "y"  # of a series that has no name
TextCells = dict[str, tuple[np.ndarray, list[str]]]
_SCALARS = (str, Number, Decimal, np.generic)


def read_frame(frame: Any) -> Table:
    """The table in a frame, whose first row is called row 0.

    A pandas index that has a name, several levels or times in it becomes columns, in front; any
    other is dropped. Raises UsageError for what is no frame, and DataError for one without rows.
    """
    notes: list[str] = []
    text_cells: TextCells = {}
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    if isinstance(frame, pa.Table):
        columns, kind = frame, "pyarrow"
    elif nw.dependencies.is_pandas_dataframe(frame) or nw.dependencies.is_pandas_series(frame):
        columns, text_cells = _from_pandas(frame, notes)
        kind = "pandas"
    else:
        columns, kind = _from_narwhals(frame, notes)
    plain, ignored, typed_notes = to_plain(columns, SOURCE)
    if columns.num_rows == 0:
        raise DataError(f"{SOURCE} has no rows; give at least one")
    return Table(
        columns=plain,
        source=SOURCE,
        kind=kind,
        first_row=0,
        row_word="row",
        text_cells=text_cells,
        notes=(*notes, *typed_notes),
        ignored=ignored,
    )


def to_frame(columns: pa.Table, kind: str) -> Any:
    """`columns` as a frame of the kind that a Table says it came from.

    Libraries that only describe a query (DuckDB, Dask, …) and files get a pyarrow table.
    """
    if kind == "pandas":
        return nw.from_arrow(columns, backend="pandas").to_native()
    if kind in ("polars", "polars lazy"):
        frame = nw.from_arrow(columns, backend="polars").to_native()
        return frame.lazy() if kind == "polars lazy" else frame
    if kind == "modin":
        return nw.from_arrow(columns, backend="modin").to_native()
    if kind == "cudf":
        return nw.from_arrow(columns, backend="cudf").to_native()
    return columns


def _from_narwhals(frame: Any, notes: list[str]) -> tuple[pa.Table, str]:
    try:
        wrapped = nw.from_native(frame, allow_series=True)
    except TypeError:
        kind = f"{type(frame).__module__}.{type(frame).__qualname__}".removeprefix("builtins.")
        raise UsageError(
            f"cannot read a table from {kind}; give a path, or a pandas, polars or pyarrow frame"
        ) from None
    kind = str(wrapped.implementation.name).lower()
    if isinstance(wrapped, nw.Series):
        wrapped = (wrapped if wrapped.name else wrapped.rename(_VALUE_NAME)).to_frame()
    if isinstance(wrapped, nw.LazyFrame):
        wrapped = wrapped.collect()
        kind = "polars lazy" if kind == "polars" else kind
    objects = [name for name, dtype in wrapped.schema.items() if dtype == nw.Object]
    for name in objects:
        notes.append(f"column {name!r} holds objects of any type: ignored")
    return wrapped.drop(objects).to_arrow(), kind


def _from_pandas(frame: Any, notes: list[str]) -> tuple[pa.Table, TextCells]:
    if nw.dependencies.is_pandas_series(frame):
        frame = frame.to_frame(_VALUE_NAME if frame.name is None else frame.name)
    labels = [str(label) for label in frame.columns]
    series = _index_columns(frame.index, labels, notes)
    series += [(label, frame.iloc[:, i]) for i, label in enumerate(labels)]
    reject_repeated([name for name, _ in series], SOURCE)
    columns = {}
    text_cells = {}
    for name, column in series:
        values, odd = _pandas_column(name, column, notes)
        if values is not None:
            columns[name] = values
        if odd is not None:
            text_cells[name] = odd
    return pa.table(columns), text_cells


def _index_columns(index: Any, labels: list[str], notes: list[str]) -> list[tuple[str, Any]]:
    """The levels of a pandas index that say something, each with the name of its column."""
    is_time = type(index).__name__ in ("DatetimeIndex", "PeriodIndex")
    if index.nlevels == 1 and index.name is None:
        if type(index).__name__ == "RangeIndex":
            return []
        if index.dtype.kind in "iuf":
            notes.append("the frame's index of numbers has no name: ignored")
            return []
        name = _TIME_NAME if is_time and _TIME_NAME not in labels else "index"
        notes.append(f"the frame's index read as the column {name!r}")
        return [(name, index.to_series())]
    found = []
    for level, given in enumerate(index.names):
        name = f"level_{level}" if given is None else str(given)
        if name in labels:
            notes.append(f"the frame's index {name!r} ignored: a column has the same name")
        else:
            found.append((name, index.get_level_values(level).to_series()))
    return found


def _pandas_column(
    name: str, series: Any, notes: list[str]
) -> tuple[pa.ChunkedArray | None, tuple[np.ndarray, list[str]] | None]:
    """The column as Arrow has it; mixed objects by their text, as if read from a file."""
    dtype = type(series.dtype).__name__
    if dtype == "PeriodDtype":
        series = series.dt.to_timestamp()
    elif dtype == "SparseDtype":
        series = series.sparse.to_dense()
    try:
        values = pa.Array.from_pandas(series)
    except pa.ArrowException as error:
        if not all(isinstance(value, _SCALARS) for value in series[series.notna()]):
            reason = " ".join(str(error).split())[:100]
            notes.append(f"column {name!r} of type {series.dtype} ignored: {reason}")
            return None, None
        missing = series.isna().to_numpy()
        texts = [None if gone else str(v) for v, gone in zip(series, missing, strict=True)]
        notes.append(f"column {name!r}: text and numbers mixed, read by their text")
        numbers = read_numbers({name: pa.chunked_array([pa.array(texts, pa.string())])})
        notes.extend(numbers.notes)
        return numbers.columns[name], numbers.text_cells.get(name)
    if isinstance(values, pa.ChunkedArray):
        return values, None
    return pa.chunked_array([values]), None
