"""The rows of a table in long form: series, time, value and where each stood, in flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unspool.data.codes import Codes
from unspool.data.layout import Layout
from unspool.data.table import Table
from unspool.data.times import TimeColumn

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

INSERTED = -1  # the position of a row that the table does not have
# What is known of a row, as bits of `flags`.
REPORTED = 1  # its value is missing for a reason that was already reported
REPEATED = 2  # other rows of its series had the same time


@dataclass(frozen=True)
class Observations:
    """Rows of all series, each series in one piece and, once sorted, in time order.

    series: which series each row belongs to (rows,), not descending, indices into `ids`.
    times: int64 (rows,), as in TimeColumn. values: float64 (rows,), NaN where there is none.
    rows: the position of each row in the table (rows,), INSERTED for rows that were filled in.
    flags: what is known of each row (rows,), uint8, bits named above.
    """

    table: Table
    layout: Layout
    ids: tuple[Any, ...]
    series: Rows
    times: Ints
    values: npt.NDArray[np.float64]
    rows: Rows
    flags: npt.NDArray[np.uint8]

    @property
    def starts(self) -> Ints:
        """The first row of each series that has rows."""
        return run_starts(self.series)

    @property
    def newest_first(self) -> bool:
        """Whether most rows are later than the row after them."""
        return is_newest_first(self.series, self.times)

    def keep(self, mask: Mask) -> Observations:
        """Only the rows of the mask."""
        return replace(
            self,
            series=self.series[mask],
            times=self.times[mask],
            values=self.values[mask],
            rows=self.rows[mask],
            flags=self.flags[mask],
        )

    def take(self, order: npt.NDArray[Any]) -> Observations:
        """The rows in another order."""
        return replace(
            self,
            series=self.series[order],
            times=self.times[order],
            values=self.values[order],
            rows=self.rows[order],
            flags=self.flags[order],
        )

    def flagged(self, flag: int) -> Mask:
        """Rows that carry a flag (rows,)."""
        carries: Mask = (self.flags & flag) != 0
        return carries

    def flag(self, mask: Mask, flag: int) -> Observations:
        """The same rows, with a flag added to those of the mask."""
        return replace(self, flags=self.flags | mask.astype(np.uint8) * np.uint8(flag))

    def is_sorted(self) -> bool:
        """Whether the times of every series never go back."""
        back = self.times[1:] < self.times[:-1]
        return not bool((back & (self.series[1:] == self.series[:-1])).any())

    def sorted(self) -> Observations:
        """The rows by series and time; rows of the same time keep the table's order."""
        if self.is_sorted():
            return self
        if self.layout.kind == "wide":
            # All series have the rows of the table, so one order serves them all.
            n_rows = len(self.times) // len(self.ids)
            order = np.argsort(self.times[:n_rows], kind="stable")
            shifts = np.arange(len(self.ids))[:, None] * n_rows
            return self.take((shifts + order[None, :]).ravel())
        return self.take(np.lexsort((self.times, self.series)))

    def compact(self) -> Observations:
        """The same rows, with ids only for the series that have rows."""
        present = self.series[self.starts]
        if len(present) == len(self.ids):
            return self
        renumber = np.zeros(len(self.ids), np.int32)
        renumber[present] = np.arange(len(present), dtype=np.int32)
        ids = tuple(self.ids[index] for index in present.tolist())
        return replace(self, ids=ids, series=renumber[self.series])

    def same_as_before(self) -> Mask:
        """Rows with the series and time of the row before (rows,); for sorted rows."""
        same = np.zeros(len(self.times), dtype=bool)
        same[1:] = (self.series[1:] == self.series[:-1]) & (self.times[1:] == self.times[:-1])
        return same


def gather(codes: Codes, layout: Layout, time: TimeColumn) -> Observations:
    """The long form of a table, rows grouped by series and otherwise in the table's order.

    Series are in the order of their columns, or of their first rows. Infinities and rows without a
    time or an id are still there; cells of text and empty cells are NaN.
    """
    if layout.kind == "long":
        return _gather_long(codes, layout, time)
    return _gather_wide(codes.table, layout, time)


def _gather_long(codes: Codes, layout: Layout, time: TimeColumn) -> Observations:
    table = codes.table
    values = _floats(table.columns.column(layout.target_names[0]))
    if len(layout.id_names) == 1:
        labels, series = codes.of(layout.id_names[0])
        ids = tuple(labels.to_pylist())
    else:
        ids, series = _combined_ids(codes, layout.id_names)
    rows = np.arange(table.n_rows, dtype=np.int32)
    grouped = bool((series[1:] >= series[:-1]).all())
    flags = np.zeros(table.n_rows, np.uint8)
    observations = Observations(table, layout, ids, series, time.times, values, rows, flags)
    if grouped:
        return observations
    # Few series fit 16 bits, which numpy sorts by counting.
    keys = (series + 1).astype(np.uint16) if len(ids) < 2**16 - 1 else series
    return observations.take(np.argsort(keys, kind="stable").astype(np.int32))


def _combined_ids(codes: Codes, names: tuple[str, ...]) -> tuple[tuple[Any, ...], Rows]:
    """Labels (one tuple per series) and the series of each row, -1 where an id is empty."""
    _, joint = codes.joint(names)
    different, first, inverse = np.unique(joint, return_index=True, return_inverse=True)
    order = np.argsort(first)
    ranks = np.empty(len(different), np.int32)
    ranks[order] = np.arange(len(different), dtype=np.int32)
    series = ranks[inverse.ravel()]
    columns = [codes.of(name) for name in names]
    at = first[order]
    ids = tuple(
        zip(
            *(
                labels.take(pa.array(own[at], mask=own[at] < 0)).to_pylist()
                for labels, own in columns
            ),
            strict=True,
        )
    )
    empty = np.zeros(len(series), dtype=bool)
    for _, own in columns:
        empty |= own == -1
    if not empty.any():
        return ids, series
    whole = np.array([None not in label for label in ids])
    renumbered = np.where(whole, np.cumsum(whole) - 1, -1).astype(np.int32)
    kept = tuple(label for label, good in zip(ids, whole, strict=True) if good)
    return kept, renumbered[series]


def _gather_wide(table: Table, layout: Layout, time: TimeColumn) -> Observations:
    names = layout.target_names
    columns = [_floats(table.columns.column(name)) for name in names]
    return Observations(
        table=table,
        layout=layout,
        ids=names,
        series=np.repeat(np.arange(len(names), dtype=np.int32), table.n_rows),
        times=np.tile(time.times, len(names)),
        values=columns[0] if len(columns) == 1 else np.concatenate(columns),
        rows=np.tile(np.arange(table.n_rows, dtype=np.int32), len(names)),
        flags=np.zeros(len(names) * table.n_rows, np.uint8),
    )


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """A number column as float64 with NaN for null."""
    # Integers beyond 2**53 become the nearest float.
    numbers = column.cast(pa.float64(), safe=False) if column.type != pa.float64() else column
    if numbers.null_count:
        numbers = pc.fill_null(numbers, float("nan"))
    return np.asarray(numbers)


def run_starts(series: Rows) -> Ints:
    """Where each run of equal numbers begins."""
    if len(series) == 0:
        return np.zeros(0, np.int64)
    changes = np.flatnonzero(series[1:] != series[:-1]) + 1
    return np.concatenate([np.zeros(1, np.int64), changes])


def is_newest_first(series: Rows, times: Ints) -> bool:
    """Whether most rows are later than the next row of their series."""
    inner = series[1:] == series[:-1]
    back = int(((times[1:] < times[:-1]) & inner).sum())
    return back > int(((times[1:] > times[:-1]) & inner).sum())
