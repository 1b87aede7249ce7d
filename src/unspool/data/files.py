"""Typed files, Parquet and Arrow (Feather), to a Table."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet

from unspool.data.table import Table
from unspool.data.typed import is_usable, to_plain
from unspool.errors import DataError

# What each format's files begin with; an Arrow stream begins with the mark of a first message.
_MAGIC = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "feather"),
    (b"\xff\xff\xff\xff", "arrow stream"),
)
MAGIC_LENGTH = 8
_SUFFIXES = {
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".feather": "Feather",
    ".arrow": "Arrow",
    ".ipc": "Arrow",
}


def typed_format(head: bytes) -> str | None:
    """ "parquet", "feather" or "arrow stream" by a file's first MAGIC_LENGTH bytes; or None."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def reject_misnamed(path: str, name: str) -> None:
    """DataError if a file that is in no typed format is called as if it were in one."""
    claimed = _SUFFIXES.get(Path(path).suffix.lower())
    if claimed is not None:
        raise DataError(
            f"{name}: this is no {claimed} file, or it is damaged at its beginning; "
            "write it again, or give it the extension of what it is"
        )


def read_typed(file: Path | bytes, file_format: str, name: str) -> Table:
    """The table in a file of `file_format`, at a path (mapped, not loaded) or in memory.

    Raises DataError if it is damaged or has no rows.
    """
    try:
        columns, skipped = _read(file, file_format)
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        kind = {"parquet": "Parquet", "feather": "Feather"}.get(file_format, "Arrow")
        raise DataError(
            f"{name}: the {kind} file is damaged or incomplete ({reason}); write it again"
        ) from None
    plain, ignored, notes = to_plain(columns, name)
    ignored = {**skipped, **ignored}
    notes += [f"column {column!r} {reason}: ignored" for column, reason in skipped.items()]
    if columns.num_rows == 0 or not columns.column_names:
        raise DataError(f"{name}: a table without rows; give at least one row")
    return Table(
        columns=plain,
        source=name,
        kind="parquet" if file_format == "parquet" else "feather",
        first_row=1,
        row_word="row",
        notes=tuple(notes),
        ignored=ignored,
    )


def _read(file: Path | bytes, file_format: str) -> tuple[pa.Table, dict[str, str]]:
    """The columns of usable types, and why each of the others was not even read."""
    opened = pa.memory_map(str(file)) if isinstance(file, Path) else pa.BufferReader(file)
    with opened as source:
        if file_format == "parquet":
            parquet = pyarrow.parquet.ParquetFile(source)
            schema = parquet.schema_arrow
            skipped = {f.name: f"is of type {f.type}" for f in schema if not is_usable(f.type)}
            usable = [field.name for field in schema if field.name not in skipped]
            return parquet.read(columns=usable), skipped
        if file_format == "feather":
            return pyarrow.feather.read_table(source, memory_map=True), {}
        return pyarrow.ipc.open_stream(source).read_all(), {}
