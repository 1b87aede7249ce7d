"""Pairs from wherever they are: a table in text or Parquet, two text files, standard input."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from unspool.data.files import MAGIC_LENGTH, typed_format
from unspool.data.pairs.options import PairOptions
from unspool.data.pairs.pairs import NAMED, Pairs
from unspool.data.pairs.text import (
    STANDARD_INPUT,
    Row,
    content,
    decoded,
    delimited,
    lines_of,
    names_columns,
    tabbed,
)
from unspool.data.reading import read_table
from unspool.data.sniffing import sniff_delimiter
from unspool.errors import DataError, UsageError


def read_pairs(
    path: str, options: PairOptions | None = None, *, targets: bool = True, cli: bool = False
) -> Pairs:
    """The pairs of a file, or of standard input where the path is "-".

    A Parquet, Feather or Arrow file is told by its content; .csv by its extension, or by a
    delimiter that is given. Everything else is text: lines with tabs in them are rows of a table,
    lines without are sources alone. With `options.target_file` both files are lines.

    targets: whether they are needed; if not, one column is enough and no target is read.
    cli: whether errors speak of options of the command line.

    Raises UsageError where there is no such file or column, DataError that names the line where a
    source or a target is missing.
    """
    options = options or PairOptions()
    if options.target_file is not None:
        return _two_files(path, options)
    if path != STANDARD_INPUT and _is_typed(path):
        return _typed(path, options, targets, cli)
    data, name = content(path)
    if typed_format(data[:MAGIC_LENGTH]) is not None:
        raise UsageError(f"{name}: a table of this kind is read from a file; give its name")
    notes: list[str] = []
    text = decoded(data, name, options.encoding, notes)
    rows = _rows(text, name, options)
    if rows is None:
        if targets:
            raise DataError(
                f"{name}: one sequence a line and no targets; give "
                f"{_said('target_file', cli)} with the targets, or a table with a tab between "
                "source and target"
            )
        lines = lines_of(text)
        return Pairs(
            lines, None, name, list(range(1, len(lines) + 1)), notes=tuple(notes)
        ).checked()
    return _of_rows(rows, name, options, targets, cli, notes)


def _said(option: str, cli: bool) -> str:
    return f"--{option.replace('_', '-')}" if cli else option


def _is_typed(path: str) -> bool:
    """Whether a file begins as Parquet or Arrow files do; False where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return typed_format(file.read(MAGIC_LENGTH)) is not None
    except (OSError, ValueError):
        return False  # reading it as text names the reason


def _two_files(path: str, options: PairOptions) -> Pairs:
    assert options.target_file is not None
    if path == options.target_file == STANDARD_INPUT:
        raise UsageError("standard input holds sources or targets, not both: name a file")
    notes: list[str] = []
    sides = []
    for file in (path, options.target_file):
        data, name = content(file)
        sides.append((lines_of(decoded(data, name, options.encoding, notes)), name))
    (sources, name), (targets, other) = sides
    if len(sources) != len(targets):
        raise DataError(
            f"{name} has {len(sources):,} lines and {other} {len(targets):,}: each source needs "
            "its target on the line of the same number"
        )
    rows = list(range(1, len(sources) + 1))
    return Pairs(sources, targets, f"{name} and {other}", rows, notes=tuple(notes)).checked()


def _rows(text: str, name: str, options: PairOptions) -> list[Row] | None:
    """The rows of a table in text; None where there is a sequence on each line and no more."""
    delimiter = options.delimiter
    plain = Path(name.removesuffix(".gz"))
    if delimiter is None and plain.suffix.lower() == ".csv":
        delimiter = sniff_delimiter(text.encode())
        # A mark that cannot stand in text: the whole line is one cell, which may be quoted.
        return delimited(text, delimiter or "\x1f", name)
    if delimiter is not None and delimiter != "\t":
        if len(delimiter) != 1 or delimiter.isalnum() or delimiter in '"\r\n':
            raise UsageError(f"delimiter must be one mark, such as , ; or |, got {delimiter!r}")
        return delimited(text, delimiter, name)
    if delimiter == "\t" or plain.suffix.lower() in (".tsv", ".tab") or "\t" in text:
        return tabbed(text, name)
    if options.header is not None or options.source is not None:
        return tabbed(text, name)  # a table of one column
    return None


def _of_rows(
    rows: list[Row],
    name: str,
    options: PairOptions,
    targets: bool,
    cli: bool,
    notes: list[str],
) -> Pairs:
    header = options.header
    columns = [f"column_{at}" for at in range(1, len(rows[0][1]) + 1)]
    if header is None:
        named = {options.source, options.target} - {None} - set(columns)
        header = bool(named) or names_columns(rows)
        notes.append(
            f"line {rows[0][0]} names the columns" if header else "no header: each line is a pair"
        )
    if header:
        columns = [cell.strip() for cell in rows[0][1]]
        rows = rows[1:]
        if not rows:
            raise DataError(f"{name}: a header and no rows below it; give at least one pair")
    source, target = _chosen(columns, name, options, targets, cli, notes)
    return Pairs(
        [cells[source] for _, cells in rows],
        None if target is None else [cells[target] for _, cells in rows],
        name,
        [line for line, _ in rows],
        notes=tuple(notes),
    ).checked()


def _chosen(
    columns: list[str],
    name: str,
    options: PairOptions,
    targets: bool,
    cli: bool,
    notes: list[str],
) -> tuple[int, int | None]:
    """The places of the two columns; None for the target where it is not needed."""

    def place(side: str, default: int) -> int:
        given = getattr(options, side)
        if given is None:
            return default
        if given not in columns:
            raise UsageError(
                f"{_said(side, cli)}: {name} has no column {given!r}; it has {', '.join(columns)}"
            )
        return columns.index(given)

    source = place("source", 0)
    if not targets:
        if len(columns) > 1:
            notes.append(f"sources: {columns[source]}")
        return source, None
    target = place("target", len(columns) - 1)
    if source == target:
        raise DataError(
            f"{name}: one column, {columns[source]!r}, where a pair needs two; give a table with "
            f"a tab between source and target, or {_said('target_file', cli)}"
            if len(columns) == 1
            else f"{name}: source and target are both {columns[source]!r}; name two columns"
        )
    notes.append(f"sources: {columns[source]}, targets: {columns[target]}")
    return source, target


def _typed(path: str, options: PairOptions, targets: bool, cli: bool) -> Pairs:
    for name in ("delimiter", "header", "encoding"):
        if getattr(options, name) is not None:
            raise UsageError(f"{_said(name, cli)} is for text files, and {path} is none")
    table = read_table(path)
    notes = list(table.notes)
    source, target = _chosen(table.names, path, options, targets, cli, notes)
    sides: list[list[str] | None] = []
    for at in (source, target):
        if at is None:
            sides.append(None)
            continue
        column = table.as_text(table.names[at])
        missing = pc.indices_nonzero(pc.is_null(column)).to_pylist()
        if missing:
            numbers = ", ".join(str(table.first_row + row) for row in missing[:NAMED])
            raise DataError(
                f"{path}, {table.row_word}{'s' * (len(missing) > 1)} {numbers}"
                f"{' and more' if len(missing) > NAMED else ''}: {table.names[at]!r} is empty; "
                "fill it in, or leave the row out"
            )
        sides.append(column.to_pylist())
    rows = list(range(table.first_row, table.first_row + table.n_rows))
    sources = sides[0]
    assert sources is not None
    return Pairs(sources, sides[1], path, rows, table.row_word, tuple(notes)).checked()
