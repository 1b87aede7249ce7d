"""A panel: one or many regular, finite series in flat arrays, ready for windows and baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspool.data.frequency import Frequency, parse_frequency
from unspool.data.layout import Layout
from unspool.data.regularity import infer_frequency
from unspool.data.season import infer_season
from unspool.data.timestyle import ROWS, TimeStyle
from unspool.errors import DataError, UsageError

# A series with fewer rows cannot fill windows to learn from: it gets a baseline's forecast.
SHORTEST = 10


@dataclass(frozen=True)
class Panel:
    """n_series series laid end to end; series i is rows offsets[i] to offsets[i + 1].

    Within a series the times ascend on the grid of `frequency` without gaps, and the values are
    finite. `times` is int64, or datetime64[us] (in UTC when `layout.zone` is set).
    """

    ids: tuple[Any, ...]  # labels as they came; tuples of labels when there are several id columns
    offsets: npt.NDArray[np.int64]  # (n_series + 1,)
    times: npt.NDArray[Any]  # (rows,)
    values: npt.NDArray[np.float64]  # (rows,)
    frequency: Frequency
    season: int  # rows in a season, 1 when there is none
    layout: Layout
    baseline_only: dict[int, str] = field(default_factory=dict)  # series -> why, "constant" …

    @property
    def n_series(self) -> int:
        """How many series there are."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Rows of each series, (n_series,)."""
        return np.diff(self.offsets)

    def series(self, index: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """Times and values of one series, views of shape (length,)."""
        rows = slice(self.offsets[index], self.offsets[index + 1])
        return self.times[rows], self.values[rows]

    def select(self, indices: Sequence[int] | npt.NDArray[Any]) -> Panel:
        """The panel of the chosen series (positions, or one boolean per series), in that order."""
        chosen = np.asarray(indices)
        if chosen.dtype == bool:
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.int64)
        lengths = self.lengths[chosen]
        offsets = _offsets_of(lengths)
        rows = _rows_of(self.offsets[chosen], lengths, offsets)
        reasons = {
            new: self.baseline_only[old]
            for new, old in enumerate(chosen.tolist())
            if old in self.baseline_only
        }
        return replace(
            self,
            ids=tuple(self.ids[i] for i in chosen),
            offsets=offsets,
            times=self.times[rows],
            values=self.values[rows],
            baseline_only=reasons,
        )

    def until(self, rows_from_end: int) -> Panel:
        """The panel without the last `rows_from_end` rows of each series.

        Raises DataError when a series would have no row left.
        """
        if rows_from_end < 0:
            raise UsageError(f"rows_from_end must be at least 0, got {rows_from_end}")
        lengths = self.lengths - rows_from_end
        if (lengths < 1).any():
            first = int(np.flatnonzero(lengths < 1)[0])
            raise DataError(
                f"series {self.ids[first]!r}: {self.lengths[first]} rows, cannot leave out the "
                f"last {rows_from_end}"
            )
        offsets = _offsets_of(lengths)
        rows = _rows_of(self.offsets[:-1], lengths, offsets)
        return replace(self, offsets=offsets, times=self.times[rows], values=self.values[rows])

    def newest(self, rows: int) -> Panel:
        """The panel of the last `rows` rows of each series; a shorter series stays whole."""
        lengths = np.minimum(self.lengths, rows)
        offsets = _offsets_of(lengths)
        chosen = _rows_of(self.offsets[1:] - lengths, lengths, offsets)
        return replace(self, offsets=offsets, times=self.times[chosen], values=self.values[chosen])

    def future_times(self, horizon: int) -> npt.NDArray[Any]:
        """The `horizon` times after each series' last, (n_series, horizon), typed like `times`."""
        if horizon < 1:
            raise UsageError(f"horizon must be at least 1, got {horizon}")
        last = self.offsets[1:] - 1
        # A day whose midnight was skipped by the clocks begins later than the series' own phase,
        # which the row before then shows.
        before = np.maximum(last - 1, self.offsets[:-1])
        times = self.times.astype(np.int64, copy=False)
        phases = np.minimum(
            self.frequency.phases(times[last]), self.frequency.phases(times[before])
        )
        steps = self.frequency.ordinals(times[last], phases)[:, None] + np.arange(1, horizon + 1)
        return self.frequency.moments(steps, phases[:, None]).astype(self.times.dtype)


def panel_from_arrays(
    values: Any,
    *,
    times: Any = None,
    ids: Sequence[Any] | None = None,
    frequency: str | int | Frequency | None = None,
    season: int | None = None,
) -> Panel:
    """A panel of arrays: one series (rows,), several (n_series, rows), or a list of (rows,).

    `times`, one array for all series or shaped like `values`, are integers or datetime64; without
    them the rows of each series are numbered from 0. Frequency and season are inferred unless
    given. Raises UsageError on shapes that do not fit, DataError on values that are not finite or
    times that are not regular.
    """
    several = isinstance(values, list | tuple) and len(values) > 0 and np.ndim(values[0]) > 0
    series = [_floats(v) for v in values] if several or np.ndim(values) == 2 else [_floats(values)]
    if not series or any(v.ndim != 1 or len(v) == 0 for v in series):
        raise UsageError("values must be (rows,), (n_series, rows) or a list of (rows,), not empty")
    lengths = np.array([len(v) for v in series], np.int64)
    labels = tuple(ids) if ids is not None else _labels(len(series))
    if len(labels) != len(series) or len(set(labels)) != len(labels):
        raise UsageError(f"ids must be {len(series)} different labels, got {len(labels)}")
    for label, one in zip(labels, series, strict=True):
        if not np.isfinite(one).all():
            raise DataError(
                f"series {label!r}: value {one[~np.isfinite(one)][0]} at row "
                f"{int(np.flatnonzero(~np.isfinite(one))[0])}; every value must be finite"
            )
    flat, style = _flat_times(times, lengths)
    offsets = _offsets_of(lengths)
    numbers = flat.astype(np.int64, copy=False)
    found = _frequency_of(numbers, offsets, labels, style, frequency)
    joined = np.concatenate(series)
    layout = Layout(
        kind="single" if len(series) == 1 and ids is None else "long",
        id_names=() if len(series) == 1 and ids is None else ("unique_id",),
        time_name=None if style.kind == "rows" else "ds",
        target_names=("y",),
        style=style,
        id_types=() if len(series) == 1 and ids is None else (pa.array(labels).type,),
    )
    rows = season if season is not None else infer_season(joined, offsets, found).rows
    return Panel(labels, offsets, flat, joined, found, rows, layout)


def _floats(values: Any) -> npt.NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _labels(n_series: int) -> tuple[str, ...]:
    return ("y",) if n_series == 1 else tuple(f"series {i + 1}" for i in range(n_series))


def _flat_times(times: Any, lengths: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], TimeStyle]:
    """Times of all series end to end, int64 or datetime64[us], and how they are written."""
    if times is None:
        return np.concatenate([np.arange(n, dtype=np.int64) for n in lengths]), ROWS
    ragged = isinstance(times, list | tuple) and len(times) > 0 and np.ndim(times[0]) > 0
    pieces = list(times) if ragged or np.ndim(times) == 2 else [times] * len(lengths)
    arrays = [np.asarray(piece) for piece in pieces]
    if [len(piece) for piece in arrays] != lengths.tolist():
        raise UsageError("times must be as many as values, for every series")
    whole = np.concatenate(arrays)
    if np.issubdtype(whole.dtype, np.datetime64):
        style = TimeStyle("typed", pa.timestamp("us"))
        return whole.astype("datetime64[us]"), style
    if not np.issubdtype(whole.dtype, np.integer):
        raise UsageError(f"times must be integers or datetime64, got {whole.dtype}")
    return whole.astype(np.int64), TimeStyle("integer", pa.int64())


def _frequency_of(
    times: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    labels: Sequence[Any],
    style: TimeStyle,
    given: str | int | Frequency | None,
) -> Frequency:
    """The frequency that was given or is seen; raises DataError when some series breaks it."""
    starts = offsets[:-1]
    if isinstance(given, Frequency):
        frequency = given
    elif given is not None:
        frequency = parse_frequency(given).fitted(times)
    else:
        inference = infer_frequency(times, starts, is_integer=style.is_integer)
        if inference is None:
            raise UsageError("frequency must be given when no series has two rows")
        frequency = inference.frequency
    if (frequency.unit == "step") != style.is_integer:
        raise UsageError(f"frequency {given!r} does not fit times that are {times.dtype}")
    phases = frequency.phases(times)
    ordinals = frequency.ordinals(times, phases)
    wrong = frequency.moments(ordinals, phases) != times
    bad = np.flatnonzero((np.diff(ordinals) != 1) | (np.diff(phases) != 0) | wrong[1:]) + 1
    bad = bad[~np.isin(bad, starts)]
    if len(bad):
        series = int(np.searchsorted(offsets, bad[0], side="right")) - 1
        row = int(bad[0] - offsets[series])
        raise DataError(
            f"series {labels[series]!r}: row {row} is not one step after row {row - 1} "
            f"({frequency.label}); times must be regular"
        )
    return frequency


def _offsets_of(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def _rows_of(
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Positions of the rows of series that begin at `starts`, end to end."""
    shifts = np.repeat(starts - offsets[:-1], lengths)
    return np.arange(offsets[-1], dtype=np.int64) + shifts
