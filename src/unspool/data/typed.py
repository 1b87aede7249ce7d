"""Arrow tables of any types to the few that a Table holds."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from unspool.data.table import reject_repeated
from unspool.errors import DataError


def to_plain(columns: pa.Table, source: str) -> tuple[pa.Table, dict[str, str], list[str]]:
    """int64, float64, string, date and timestamp columns; the ignored ones with a reason; notes.

    Integers of every width become int64 and floats and decimals float64 (decimals without
    fraction that fit, int64); booleans become 1 and 0; dictionaries (categories) their values.
    Whole numbers beyond 64 bits become text. Columns that are already so are not copied.
    """
    reject_repeated(columns.column_names, source)
    plain: dict[str, pa.ChunkedArray] = {}
    ignored: dict[str, str] = {}
    notes: list[str] = []
    for name, column in zip(columns.column_names, columns.columns, strict=True):
        try:
            column, note = _plain(_decoded(column))
        except pa.ArrowInvalid as error:
            raise DataError(
                f"{source}: column {name!r} ({column.type}) cannot be read: "
                f"{str(error).splitlines()[0]}"
            ) from None
        if column is None:
            ignored[name] = f"is of type {columns.schema.field(name).type}"
            notes.append(f"column {name!r} {ignored[name]}: ignored")
            continue
        plain[name] = column
        if note is not None:
            notes.append(f"column {name!r}: {note}")
    return pa.table(plain), ignored, notes


def is_usable(kind: pa.DataType) -> bool:
    """Whether columns of this type are read rather than ignored."""
    return _conversion(_storage(kind)) is not None


Plain = tuple[pa.ChunkedArray | None, str | None]


def _plain(column: pa.ChunkedArray) -> Plain:
    conversion = _conversion(column.type)
    return (None, None) if conversion is None else conversion(column)


def _storage(kind: pa.DataType) -> pa.DataType:
    """The type beneath extensions, dictionaries and run-end encoding."""
    if isinstance(kind, pa.BaseExtensionType):
        # A pandas period is stored as a count of periods, which is no number of anything.
        return (
            pa.binary() if kind.extension_name == "pandas.period" else _storage(kind.storage_type)
        )
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return _storage(kind.value_type)
    return kind


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "pandas.period":
            return column
        stored = [chunk.storage for chunk in column.chunks]
        return _decoded(pa.chunked_array(stored, kind.storage_type))
    if pa.types.is_dictionary(kind):
        return _decoded(pc.cast(column, kind.value_type))
    if pa.types.is_run_end_encoded(kind):
        return _decoded(pc.run_end_decode(column))
    return column


def _conversion(kind: pa.DataType) -> Callable[[pa.ChunkedArray], Plain] | None:
    types = pa.types
    if types.is_uint64(kind):
        return _wide_whole_numbers
    if types.is_integer(kind):
        return lambda column: (pc.cast(column, pa.int64()), None)
    if types.is_floating(kind) or types.is_null(kind):
        return lambda column: (pc.cast(column, pa.float64()), None)
    if types.is_decimal(kind):
        return _decimals
    if types.is_boolean(kind):
        return lambda column: (pc.cast(column, pa.int64()), "true and false read as 1 and 0")
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return lambda column: (pc.cast(column, pa.string()), None)
    if types.is_date(kind):
        return lambda column: (pc.cast(column, pa.date32()), None)
    if types.is_timestamp(kind):
        return lambda column: (column, None)
    return None


def _wide_whole_numbers(column: pa.ChunkedArray) -> Plain:
    """int64 if every number fits; otherwise text, since floats could not tell them apart."""
    largest = pc.max(column).as_py()
    if largest is None or largest < 2**63:
        return pc.cast(column, pa.int64()), None
    return pc.cast(column, pa.string()), "whole numbers beyond 64 bits, kept as text"


def _decimals(column: pa.ChunkedArray) -> Plain:
    if column.type.scale > 0:
        return pc.cast(column, pa.float64()), None
    bounds = pc.min_max(column).as_py()
    if bounds["max"] is None or (bounds["min"] >= -(2**63) and bounds["max"] < 2**63):
        return pc.cast(column, pa.int64()), None
    return pc.cast(column, pa.string()), "whole numbers beyond 64 bits, kept as text"
