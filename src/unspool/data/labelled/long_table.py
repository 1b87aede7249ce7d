"""Long tables: a row for every step, an id that says whose; labels in a column or another table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from unspool.data.codes import Codes
from unspool.data.faults import Stopped, plural
from unspool.data.labelled.columns import check_columns, numbers_of, texts_of
from unspool.data.labelled.labelled import Labelled, Layout, Numbers
from unspool.data.labelled.options import LabelledOptions
from unspool.data.options import TableOptions
from unspool.data.table import Table
from unspool.data.times import read_times
from unspool.errors import DataError, UsageError


def long_layout(table: Table, options: LabelledOptions, *, labelled: bool) -> Layout:
    """Which column is what; the id is the first column where no option says which.

    Without an option the label is the last column, unless a second table has the labels, and the
    channels are all columns of numbers that are nothing else.
    """
    own = options.id or table.names[0]
    check_columns(table, [own], "--id")
    check_columns(table, [options.time], "--time")
    check_columns(table, options.input or (), "--input")
    label = None
    if options.labels is None:
        check_columns(table, [options.label], "--label")
        label = options.label or (table.names[-1] if labelled else None)
    taken = {own, options.time, label}
    inputs = options.input or tuple(
        name for name in table.names if name not in taken and table.is_number(name)
    )
    if not inputs:
        raise UsageError(f"{table.source} has no column of numbers beside {', '.join(table.names)}")
    if label in inputs or own in inputs or options.time in inputs:
        raise UsageError("--input names a column that is the id, the time or the label as well")
    return Layout("long", inputs, label, own, options.time)


def read_long(table: Table, layout: Layout, labels: Table | None, label: str | None) -> Labelled:
    """The series of a long table in the order in which their ids come.

    labels: a second table of the ids' labels, `label` its column, the last if it is None.
    """
    assert layout.id is not None
    ids = texts_of(table, layout.id, "id")
    values, codes = Codes(table).of(layout.id)
    count = len(values)
    order = np.argsort(codes, kind="stable")
    if layout.time is not None:
        times = _times(table, layout.time)
        order = np.lexsort((times, codes))
        _reject_repeats(table, layout, ids, codes, times, order)
    starts = np.searchsorted(codes[order], np.arange(count + 1))
    numbers = numbers_of(table, layout.inputs)[order]
    rows = [order[starts[i] : starts[i + 1]] for i in range(count)]
    keys = tuple(ids[int(own[0])] for own in rows)
    found: tuple[str, ...] | None = None
    notes = [f"{count:,} series from {layout.id!r}, channels {', '.join(layout.inputs)}"]
    if layout.label is not None:
        found = _constant(table, layout.label, keys, rows)
    elif labels is not None:
        found, more = _looked_up(table, layout.id, keys, labels, label)
        notes += more
    sequences: tuple[Numbers, ...] = tuple(np.split(numbers, starts[1:-1]))
    return Labelled(
        sequences=sequences,
        labels=found,
        names=tuple(f"series {key!r}" for key in keys),
        source=table.source,
        layout=layout,
        columns=pa.table({layout.id: pa.array(keys, pa.string())}),
        notes=(*table.notes, *notes),
    )


def _times(table: Table, name: str) -> NDArray[np.generic]:
    """What the rows are ordered by: numbers as they are, anything else as times."""
    if table.is_number(name):
        times = numbers_of(table, [name])[:, 0]
        unread = np.flatnonzero(np.isnan(times))
    else:
        try:
            read = read_times(Codes(table), name, TableOptions())
        except Stopped as stopped:
            raise DataError(f"{table.source}: {stopped.fault.render('cli')}") from None
        times, unread = read.times.astype(np.float64), np.empty(0, np.int64)
        if read.read is not None:
            unread = np.flatnonzero(~read.read)
    if len(unread):
        raise DataError(
            f"{table.source}: no readable time (column {name!r}) in {table.row_names(unread)}; "
            "correct it"
        )
    return times


def _reject_repeats(
    table: Table,
    layout: Layout,
    ids: tuple[str, ...],
    codes: NDArray[np.int32],
    times: NDArray[np.generic],
    order: NDArray[np.intp],
) -> None:
    same = (codes[order][1:] == codes[order][:-1]) & (times[order][1:] == times[order][:-1])
    if same.any():
        at = int(same.argmax())
        raise DataError(
            f"{table.source}: series {ids[int(order[at])]!r} has two rows at one time "
            f"({table.row_names(order[at : at + 2])}); leave one out"
        )


def _constant(
    table: Table, name: str, keys: tuple[str, ...], rows: list[NDArray[np.intp]]
) -> tuple[str, ...]:
    """The label of each series, which must be the same in all of its rows."""
    cells = texts_of(table, name, "label")
    found = []
    for key, own in zip(keys, rows, strict=True):
        first = cells[int(own[0])]
        other = next((int(row) for row in own if cells[int(row)] != first), None)
        if other is not None:
            raise DataError(
                f"{table.source}: series {key!r} has the labels {first!r} "
                f"({table.row_name(int(own[0]))}) and {cells[other]!r} ({table.row_name(other)}); "
                "a series has one label: correct it, or name another column (--label)"
            )
        found.append(first)
    return tuple(found)


def _looked_up(
    table: Table, own: str, keys: tuple[str, ...], labels: Table, label: str | None
) -> tuple[tuple[str, ...], list[str]]:
    """The label of each series in the second table, and what there is to say of it."""
    check_columns(labels, [label], "--label")
    id_name = own if own in labels.names else labels.names[0]
    label = label or labels.names[-1]
    if label == id_name:
        raise UsageError(f"{labels.source} needs two columns, the id and the label")
    ids, cells = texts_of(labels, id_name, "id"), texts_of(labels, label, "label")
    by_id: dict[str, tuple[str, int]] = {}
    for row, (key, cell) in enumerate(zip(ids, cells, strict=True)):
        if key in by_id:
            raise DataError(
                f"{labels.source}: {key!r} has two labels "
                f"({labels.row_names([by_id[key][1], row])}); leave one out"
            )
        by_id[key] = (cell, row)
    without = [key for key in keys if key not in by_id]
    if without:
        more = f" and {len(without) - 1:,} more" if len(without) > 1 else ""
        raise DataError(
            f"{labels.source} has no label for series {without[0]!r}{more} of {table.source}; add "
            "it, or leave the series out"
        )
    spare = len(by_id) - len(keys)
    notes = [f"{plural(spare, 'label')} of series that are not there: ignored"] if spare else []
    return tuple(by_id[key][0] for key in keys), notes
