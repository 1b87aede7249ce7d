"""Comma-, tab- or otherwise separated text to a Table."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from unspool.data.encoding import to_utf8
from unspool.data.numerals import read_numbers
from unspool.data.sniffing import (
    BrokenRecordError,
    delimiter_word,
    find_fault,
    has_header,
    records,
    sample_records,
    sniff_delimiter,
)
from unspool.data.table import Table, reject_repeated
from unspool.errors import DataError, UsageError

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """How a text table is written; None is inferred.

    delimiter: one character. decimal: "." or ",". thousands: one character, or "" for none.
    encoding: a name that Python knows. header: whether the first row names the columns.
    """

    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    header: bool | None = None

    def __post_init__(self) -> None:
        mark = self.delimiter
        if mark is not None and (len(mark) != 1 or mark.isalnum() or mark in '"\r\n'):
            raise UsageError(
                "the delimiter must be one character such as ',', ';', '|' or a tab, "
                f"got {self.delimiter!r}"
            )

    @property
    def given(self) -> list[str]:
        """The names of the options that are given."""
        return [name for name, value in vars(self).items() if value is not None]


@dataclass(frozen=True)
class _Body:
    """The rows below the header: bytes start:stop of the file, the first of them on `line`."""

    data: bytes
    start: int
    stop: int
    line: int
    delimiter: str
    n_cells: int


def read_delimited(
    data: bytes,
    name: str,
    dialect: Dialect | None = None,
    as_text: Collection[str] = (),
    as_numbers: Collection[str] = (),
) -> Table:
    """The table in the bytes of an unpacked text file called `name`.

    Raises DataError, naming the line where there is one, if it is no table.
    """
    dialect = dialect or Dialect()
    notes: list[str] = []
    data, encoding_note = to_utf8(data, name, dialect.encoding)
    if encoding_note is not None:
        notes.append(encoding_note)
    if not data or data.isspace():
        raise DataError(f"{name}: the file is empty; give one with a header and rows")
    if data[-1] not in b"\r\n":
        data += b"\n"  # Arrow does not take a single row without an end of line
    data, dialect = _told_by_first_line(data, dialect, notes)
    delimiter = _delimiter(data, dialect, notes)
    body, titles = _below_header(data, name, delimiter, dialect, notes)
    texts = _read_texts(body, name)
    lines = _line_numbers(body, texts.num_rows, name)
    texts = _without_empty_rows(texts, notes)
    if texts.num_rows == 0:
        raise DataError(f"{name}: a header and no rows below it; give at least one row")
    texts, titles = _titled(texts, titles, name, notes)
    if lines is not None:
        lines = lines[: texts.num_rows]
    columns = dict(zip(titles, texts.columns, strict=True))
    numbers = read_numbers(
        columns,
        delimiter=delimiter if body.n_cells > 1 else None,
        decimal=dialect.decimal,
        thousands=dialect.thousands,
        as_text=as_text,
        as_numbers=as_numbers,
    )
    typed = {
        title: _spaces_to_null(column) if pa.types.is_string(column.type) else column
        for title, column in numbers.columns.items()
    }
    return Table(
        columns=pa.table(typed),
        source=name,
        kind="csv",
        first_row=body.line if lines is None else int(lines[0]),
        row_word="line",
        text_cells=numbers.text_cells,
        lines=lines,
        notes=(*notes, *numbers.notes),
    )


def _told_by_first_line(data: bytes, dialect: Dialect, notes: list[str]) -> tuple[bytes, Dialect]:
    """Without the line "sep=;" that Excel writes and obeys; a blank line stays, to be counted."""
    told = re.match(rb"sep=([^\r\n])(?=[\r\n])", data)
    if told is None:
        return data, dialect
    rest = data[told.end() :]
    if dialect.delimiter is not None:
        return rest, dialect
    mark = told.group(1).decode()
    notes.append(f"delimiter {delimiter_word(mark)}, as the first line says")
    return rest, replace(dialect, delimiter=mark)


def _delimiter(data: bytes, dialect: Dialect, notes: list[str]) -> str:
    if dialect.delimiter is not None:
        return dialect.delimiter
    found = sniff_delimiter(data)
    if found is None:
        notes.append("one column, no delimiter")
        # A character that cannot stand in text, so that commas and semicolons stay in their cells.
        return "\x1f"
    notes.append(f"delimiter {delimiter_word(found)}")
    return found


def _below_header(
    data: bytes, name: str, delimiter: str, dialect: Dialect, notes: list[str]
) -> tuple[_Body, list[str]]:
    """The rows, and the names of the columns: those of the header or column_1, column_2, …"""
    try:
        rows = records(data, delimiter, strict=True)
        first = next((record for record in rows if not record.is_blank), None)
    except BrokenRecordError as error:
        raise DataError(f"{name}, line {error.line}: {error}") from None
    if first is None:
        raise DataError(f"{name}: the file is empty; give one with a header and rows")
    n_cells = len(first.cells)
    header = dialect.header
    if header is None:
        header = has_header(sample_records(data, delimiter))
        if not header:
            notes.append(
                f"no header: line {first.line} holds values, so "
                + (
                    "the column is called value"
                    if n_cells == 1
                    else f"the columns are called column_1 to column_{n_cells}"
                )
            )
    titles = first.cells if header else _numbered(n_cells)
    start, line = (first.end, first.next_line) if header else (first.start, first.line)
    return _Body(data, start, _end_of_rows(data), line, delimiter, n_cells), titles


def _numbered(n_cells: int) -> list[str]:
    return ["value"] if n_cells == 1 else [f"column_{i + 1}" for i in range(n_cells)]


def _end_of_rows(data: bytes) -> int:
    """Where the last row ends, its line end included: the blank lines after it are no rows."""
    stop = len(data)
    while stop and data[stop - 1] in b" \x1a\r\n":  # old DOS editors end a file with 1A
        stop -= 1
    end_of_line = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)").match(data, stop)
    return len(data) if end_of_line is None else end_of_line.end()


def _read_texts(body: _Body, name: str) -> pa.Table:
    """Every cell as a string, the empty ones null, under whatever names."""
    names = [f"f{i}" for i in range(body.n_cells)]  # as Arrow generates them
    if body.start >= body.stop:
        return pa.table({name: pa.array([], pa.string()) for name in names})
    quotes = body.data.count(b'"', body.start, body.stop)
    # An odd one may be a quote that is never closed, which Arrow takes for closed by the end.
    fault = _fault(body, name) if quotes % 2 else None
    if fault is not None:
        raise fault
    try:
        texts = _arrow_read(body, names, quotes > 0, _BLOCK_BYTES)
    except pa.ArrowInvalid:
        fault = _fault(body, name)
        if fault is not None:
            raise fault from None
        texts = _read_in_one_block(body, names, quotes > 0, name)
    if texts.num_columns != body.n_cells:  # every row differs from the header, and alike
        raise _fault(body, name) or DataError(f"{name}: rows and header differ in length")
    return texts


def _read_in_one_block(body: _Body, names: list[str], quoted: bool, name: str) -> pa.Table:
    """For rows longer than a block, which Arrow refuses; rare enough to forgo its threads."""
    try:
        return _arrow_read(body, names, quoted, body.stop - body.start + 1)
    except pa.ArrowInvalid as error:
        raise DataError(f"{name}: {str(error).splitlines()[0]}; write the file again") from None


def _arrow_read(body: _Body, names: list[str], quoted: bool, block_bytes: int) -> pa.Table:
    text = pa.py_buffer(body.data).slice(body.start, body.stop - body.start)
    return pyarrow.csv.read_csv(
        pa.BufferReader(text),
        read_options=pyarrow.csv.ReadOptions(
            autogenerate_column_names=True, block_size=min(block_bytes, 2**31 - 1)
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=body.delimiter,
            newlines_in_values=quoted,
            ignore_empty_lines=body.n_cells > 1,  # in a single column one is a missing value
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,  # it was decoded before
        ),
    )


def _fault(body: _Body, name: str) -> DataError | None:
    return find_fault(
        body.data[: body.stop], body.delimiter, body.n_cells, body.start, body.line, name
    )


def _line_numbers(body: _Body, n_rows: int, name: str) -> np.ndarray | None:
    """The line of every row, or None where each row is one line and none is blank."""
    data, start, stop = body.data, body.start, body.stop
    n_lines = data.count(b"\n", start, stop)
    if b"\r" in data:
        n_lines += data.count(b"\r", start, stop) - data.count(b"\r\n", start, stop)
    if n_lines == n_rows:
        return None
    try:
        rows = [
            record.line
            for record in records(data[:stop], body.delimiter, start, body.line, strict=True)
            if record.cells or body.n_cells == 1
        ]
    except BrokenRecordError:
        rows = []
    if len(rows) != n_rows:
        raise _fault(body, name) or DataError(
            f"{name}: the quotation marks do not match up; write one inside a cell twice"
        )
    return np.array(rows, dtype=np.int64)


def _without_empty_rows(texts: pa.Table, notes: list[str]) -> pa.Table:
    """Without the rows of nothing but delimiters that spreadsheets leave below a table."""
    if texts.num_columns == 1 or texts.num_rows == 0:
        return texts
    if any(column[-1].is_valid for column in texts.columns):
        return texts
    filled = np.zeros(texts.num_rows, dtype=bool)
    for column in texts.columns:
        filled |= pc.is_valid(column).to_numpy()
    kept = int(np.flatnonzero(filled)[-1]) + 1 if filled.any() else 0
    dropped = texts.num_rows - kept
    notes.append(f"{dropped:,} empty row{'s' * (dropped > 1)} at the end left out")
    return texts.slice(0, kept)


def _titled(
    texts: pa.Table, titles: list[str], name: str, notes: list[str]
) -> tuple[pa.Table, list[str]]:
    """The columns that have a name or a value, and their names, which must differ."""
    titles = [title.strip() for title in titles]
    nameless = [i for i, title in enumerate(titles) if not title]
    empty = [i for i in nameless if texts.column(i).null_count == texts.num_rows]
    for i in nameless:
        if i in empty:
            notes.append(f"column {i + 1} has no name and no values: left out")
        else:
            titles[i] = f"column_{i + 1}"
            notes.append(f"column {i + 1} has no name: called {titles[i]}")
    kept = [i for i in range(len(titles)) if i not in empty]
    reject_repeated([titles[i] for i in kept], name)
    return texts.select(kept), [titles[i] for i in kept]


def _spaces_to_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    blank = pc.utf8_is_space(column)
    if not pc.any(blank).as_py():
        return column
    return pc.if_else(blank, pa.scalar(None, pa.string()), column)
