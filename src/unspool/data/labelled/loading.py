"""From a file or a frame to labelled sequences."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from unspool.data.encoding import GZIP_MAGIC, gunzip
from unspool.data.labelled.labelled import Labelled, Layout
from unspool.data.labelled.long_table import long_layout, read_long
from unspool.data.labelled.options import LabelledOptions
from unspool.data.labelled.rows import layout_of, read_rows
from unspool.data.labelled.ts_format import is_ts, read_ts
from unspool.data.reading import STANDARD_INPUT, read_table
from unspool.data.table import Table
from unspool.errors import DataError, UsageError


def load_labelled(
    source: Any,
    options: LabelledOptions | None = None,
    *,
    labelled: bool = True,
    known: Layout | None = None,
) -> Labelled:
    """The sequences of a table, a frame or a .ts file, with their labels.

    source: a path, "-" for standard input, or a frame. labelled: whether there must be labels.
    known: how the table of a model's training was laid out, which a table without other options
    has too.

    Raises UsageError where the options do not fit the source, DataError where its content is
    faulty.
    """
    options = options or LabelledOptions()
    if isinstance(source, str | os.PathLike) and is_ts(str(source)):
        return _from_ts(Path(source), options, labelled=labelled)
    given = options
    if known is not None:
        options = _as_before(options, known)
    table = _read(source, options, ())
    if known is not None:
        options = _as_there(options, given, known, table)
        if labelled and known.kind == "long" and known.label is None and options.label is None:
            _reject_without_labels(options)
    if options.id is not None or options.labels is not None:
        layout = long_layout(table, options, labelled=labelled)
        table = _reread(source, options, table, (layout.id, layout.label))
        labels = None if options.labels is None else read_table(options.labels)
        return read_long(table, layout, labels, options.label)
    table = _with_header_as_row(source, options, table)
    layout = layout_of(table, options, labelled=labelled)
    texts = (layout.label, *(layout.inputs if layout.kind == "text" else ()))
    return read_rows(_reread(source, options, table, texts), layout)


def _as_before(options: LabelledOptions, known: Layout) -> LabelledOptions:
    """The options with what is known of the training's table where they say nothing."""
    header = False if options.header is None and not known.header else options.header
    return replace(
        options, id=options.id or known.id, time=options.time or known.time, header=header
    )


def _as_there(
    options: LabelledOptions, given: LabelledOptions, known: Layout, table: Table
) -> LabelledOptions:
    """The columns of the training's table, which a table with names must have."""
    names = table.names
    label = options.label
    if label is None and options.labels is None and known.label in names:
        label = known.label
    inputs = options.input
    if inputs is None and known.inputs:
        lacking = [name for name in known.inputs if name not in names]
        if not lacking:
            inputs = known.inputs
        elif known.header and given.header is not False:
            raise UsageError(
                f"{table.source} has no column {lacking[0]!r}, which the model was trained on; it "
                f"has {', '.join(names[:6])}: --input names it, --no-header if there are no names"
            )
    time = options.time if given.time is not None or options.time in names else None
    return replace(options, label=label, input=inputs, time=time)


def _reject_without_labels(options: LabelledOptions) -> None:
    """UsageError where the labels came from a second table in training, and there is none now."""
    if options.labels is None:
        raise UsageError(
            "the labels that the model was trained on came from a second table: give one "
            "(--labels), or name their column (--label)"
        )


def _from_ts(path: Path, options: LabelledOptions, *, labelled: bool) -> Labelled:
    given = [name for name, value in vars(options).items() if value is not None]
    if given:
        raise UsageError(
            f"--{given[0]} is for tables, and {str(path)!r} is a .ts file; leave it out"
        )
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}; check its name and folder") from None
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror or error}") from None
    name = str(path)
    found = read_ts(gunzip(data, name) if data.startswith(GZIP_MAGIC) else data, name)
    if labelled and found.labels is None:
        raise DataError(f"{name}: it has no labels (@classLabel); give a file with labels")
    return found


def _read(source: Any, options: LabelledOptions, texts: tuple[str | None, ...]) -> Table:
    return read_table(
        source,
        delimiter=options.delimiter,
        decimal=options.decimal,
        encoding=options.encoding,
        header=options.header,
        as_text=[name for name in texts if name is not None],
    )


def _reread(
    source: Any, options: LabelledOptions, table: Table, texts: tuple[str | None, ...]
) -> Table:
    """The table with those columns as they were written: 007 and 1.50 are texts there."""
    numbers = [name for name in texts if name is not None and table.is_number(name)]
    if not numbers or not _is_file(source) or table.kind != "csv":
        return table
    return _read(source, options, tuple(numbers))


def _with_header_as_row(source: Any, options: LabelledOptions, table: Table) -> Table:
    """The table read again without a header, where its last name is also a label in its rows.

    Nothing tells a row of two texts from a header, but that a label comes again.
    """
    last = table.names[-1]
    if options.header is not None or table.kind != "csv" or not table.is_text(last):
        return table
    if options.label is not None or last not in set(table.columns.column(last).to_pylist()):
        return table
    if not _is_file(source):
        raise DataError(
            f"{table.source}: the last column is called {last!r}, which is also one of its cells; "
            "say --no-header if the first line is no header, else --header"
        )
    again = _read(source, replace(options, header=False), ())
    return again.with_notes(f"the first line is no header, as {last!r} is a label below it")


def _is_file(source: Any) -> bool:
    return isinstance(source, str | os.PathLike) and str(source) != STANDARD_INPUT
