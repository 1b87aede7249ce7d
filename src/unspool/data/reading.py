"""Reading a table from wherever it is: a file of any kind, standard input, or a frame."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from unspool.data.delimited import Dialect, read_delimited
from unspool.data.encoding import GZIP_MAGIC, gunzip, reject_foreign
from unspool.data.files import MAGIC_LENGTH, read_typed, reject_misnamed, typed_format
from unspool.data.frames import read_frame
from unspool.data.numerals import read_numbers
from unspool.data.table import Table
from unspool.errors import DataError, UsageError

STANDARD_INPUT = "-"


def read_table(
    source: Any,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    as_text: Collection[str] = (),
    as_numbers: Collection[str] = (),
) -> Table:
    """Reads a CSV, TSV, Parquet, Arrow or Feather file, standard input, or a frame.

    source: a path, "-" for standard input, or a pandas, polars or pyarrow frame, or any other
        that narwhals takes. What a file is, gzip included, is told by its content.
    delimiter, decimal, thousands ("" for none), encoding, header (whether the first row names the
        columns): for text files, each inferred if not given, and what was inferred said in `notes`.
    as_text, as_numbers: names of columns that are to be text or numbers whatever their cells look
        like; columns that are not there are not the reader's concern.

    Raises UsageError if there is no such file, it cannot be opened or is a folder, or an option
    does not suit it; and DataError if its content is not a table.
    """
    dialect = Dialect(delimiter, decimal, thousands, encoding, header)
    if not isinstance(source, str | os.PathLike):
        table = read_frame(source)
        _reject_dialect(dialect, table)
    elif str(source) == STANDARD_INPUT:
        table = _read_bytes(_standard_input(), "standard input", dialect, as_text, as_numbers)
    else:
        table = _read_path(Path(source), dialect, as_text, as_numbers)
    return table if table.kind == "csv" else _retyped(table, as_text, as_numbers)


def _read_path(
    path: Path, dialect: Dialect, as_text: Collection[str], as_numbers: Collection[str]
) -> Table:
    name = str(path)
    if "\0" in name:
        raise UsageError(f"cannot read {name!r}: a NUL in its name; give the name of a file")
    try:
        with path.open("rb") as file:
            typed = typed_format(file.peek(MAGIC_LENGTH))
            if typed is not None and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                table = read_typed(path, typed, name)
                _reject_dialect(dialect, table)
                return table
            data = file.read()
    except FileNotFoundError:
        raise UsageError(f"there is no file {name!r}; check its name and folder") from None
    except IsADirectoryError:
        raise UsageError(f"{name!r} is a folder; give a file in it") from None
    except OSError as error:
        raise UsageError(f"cannot read {name!r}: {error.strerror or error}") from None
    if not data:
        raise DataError(f"{name}: the file is empty; give one with a header and rows")
    if typed is None:
        reject_misnamed(name, name)
    return _read_bytes(data, name, dialect, as_text, as_numbers)


def _read_bytes(
    data: bytes,
    name: str,
    dialect: Dialect,
    as_text: Collection[str],
    as_numbers: Collection[str],
) -> Table:
    packed = data.startswith(GZIP_MAGIC)
    if packed:
        data = gunzip(data, name)
    typed = typed_format(data[:MAGIC_LENGTH])
    if typed is not None:
        table = read_typed(data, typed, name)
        _reject_dialect(dialect, table)
    else:
        reject_foreign(data, name)
        table = read_delimited(data, name, dialect, as_text, as_numbers)
    return replace(table, notes=("gzip", *table.notes)) if packed else table


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "nothing is piped into standard input; pipe a table into it or give a file"
        )
    data = sys.stdin.buffer.read()
    if not data:
        raise DataError("standard input is empty; pipe a table with a header and rows into it")
    return data


def _reject_dialect(dialect: Dialect, table: Table) -> None:
    # decimal and thousands are as useless as the others where columns are typed
    if dialect.given:
        raise UsageError(
            f"{dialect.given[0]} is for text files and {table.source} is {table.kind}; leave it out"
        )


def _retyped(table: Table, as_text: Collection[str], as_numbers: Collection[str]) -> Table:
    """A typed table with columns made text or numbers on demand."""
    columns = {name: table.columns.column(name) for name in table.names}
    to_text = [name for name in as_text if name in columns and table.is_number(name)]
    for name in to_text:
        columns[name] = table.as_text(name)
    to_read = [name for name in as_numbers if name in columns and table.is_text(name)]
    numbers = read_numbers({name: columns[name] for name in to_read}, as_numbers=to_read)
    changed = table.columns
    for name in [*to_text, *to_read]:
        column = numbers.columns.get(name, columns[name])
        changed = changed.set_column(changed.column_names.index(name), name, column)
    return replace(
        table,
        columns=changed,
        text_cells={**table.text_cells, **numbers.text_cells},
        notes=(*table.notes, *numbers.notes),
    )
