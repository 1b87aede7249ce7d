"""The examination of a table: every fault found, and the regular series if there are none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from unspool.data.codes import Codes
from unspool.data.doctor import gaps, rows, steps, values
from unspool.data.faults import Fault, Report, Stopped, error, note, plural
from unspool.data.frequency import Frequency
from unspool.data.layout import Layout, infer_layout
from unspool.data.mending import fill
from unspool.data.observations import INSERTED, Observations, gather
from unspool.data.options import TableOptions
from unspool.data.panel import SHORTEST
from unspool.data.season import Season, infer_season
from unspool.data.table import Table
from unspool.data.times import TimeColumn


@dataclass(frozen=True)
class Examination:
    """What an examination ends with; the series are regular and finite only if the report is ok."""

    report: Report
    observations: Observations
    frequency: Frequency
    season: int
    baseline_only: dict[int, str]


def examine(table: Table, options: TableOptions) -> Examination:
    """Infer the roles of a table's columns, look for every fault, and mend those the options name.

    Faults of cells come before faults of rows, and those before faults of the steps between rows,
    because each is only seen when the former are out of the way. Raises Stopped, with what was
    found until then, when what is left cannot be examined.
    """
    codes = Codes(table)
    found: list[Fault] = [note("reading", text) for text in table.notes]
    try:
        layout, time = infer_layout(codes, options)
        found += [note("inferred", text) for text in layout.notes]
        return _examine(codes, layout, time, options, found)
    except Stopped as stopped:
        stopped.before = tuple(found)
        raise


def _examine(
    codes: Codes, layout: Layout, time: TimeColumn, options: TableOptions, found: list[Fault]
) -> Examination:
    table = codes.table
    observations = gather(codes, layout, time)
    observations = rows.drop_unread_times(observations, codes, time, options, found)
    observations = rows.drop_without_id(observations, options, found)
    if time.local:
        observations = rows.make_instants(observations, options, found)
    observations = rows.sort_rows(observations, found)
    observations = values.check_cells(observations, options, found)
    observations = rows.check_duplicates(observations, options, found)
    everything = observations
    observations = values.trim(observations, found)
    if options.missing == "drop":
        observations = values.drop_missing(observations, found)
    observations = observations.compact()
    rows.say_left_out(everything, observations, found)
    if len(observations.times) == 0:
        raise Stopped(error("empty", "no series has a value"))
    given = steps.given_frequency(observations, options)
    if options.resample is not None:
        assert given is not None
        empty = values.check_missing(observations, options, found)
        observations = _fill_missing(observations, empty, observations.times, options)
        observations, frequency = steps.resample_rows(observations, given, options.resample, found)
    else:
        frequency = steps.find_frequency(observations, given)
    observations, placement = steps.check_grid(observations, frequency, options, found)
    observations = gaps.check_gaps(observations, frequency, placement, options, found)
    empty = values.check_missing(observations, options, found)
    faulty = any(fault.severity == "error" for fault in found)
    if not faulty:
        observations = _fill(observations, empty, options)
        values.check_finite(observations)
    reasons = values.baseline_only(observations, SHORTEST, found)
    season = _season(observations, frequency, options, faulty)
    _say_ends(observations, found)
    report = Report(
        source=table.source,
        summary=_summary(observations, frequency, season),
        faults=tuple(found),
    )
    return Examination(report, observations, frequency, season.rows, reasons)


def _fill_missing(
    observations: Observations,
    empty: npt.NDArray[np.bool_],
    positions: npt.NDArray[np.int64],
    options: TableOptions,
) -> Observations:
    if options.missing in (None, "drop") or not empty.any():
        return observations
    filled = fill(
        observations.values, empty, ~np.isnan(observations.values), positions, options.missing
    )
    return replace(observations, values=filled)


def _fill(
    observations: Observations, empty: npt.NDArray[np.bool_], options: TableOptions
) -> Observations:
    """Fill empty values and inserted rows, both from the values that the table has."""
    known = ~np.isnan(observations.values)
    if known.all():
        return observations
    # Rows are equally far apart in steps of the frequency, whatever the calendar says.
    positions = np.arange(len(known), dtype=np.int64)
    filled = observations.values
    for holes, how in ((empty, options.missing), (observations.rows == INSERTED, options.gaps)):
        if holes.any():
            assert how is not None
            filled = np.where(
                holes, fill(observations.values, holes, known, positions, how), filled
            )
    return replace(observations, values=filled)


def _season(
    observations: Observations, frequency: Frequency, options: TableOptions, faulty: bool
) -> Season:
    if options.season is not None:
        return Season(options.season, "given")
    offsets = np.append(observations.starts, len(observations.values))
    data = observations.values
    if faulty:
        # Only for the summary of a table that cannot be forecast yet.
        data = np.nan_to_num(data)
    return infer_season(data, offsets, frequency)


def _say_ends(observations: Observations, found: list[Fault]) -> None:
    """Say when series end at different times: each is forecast from its own end."""
    ends = np.append(observations.starts[1:], len(observations.times)) - 1
    last = observations.times[ends]
    if len(last) > 1 and last.min() != last.max():
        early, late = observations.layout.style.texts(np.array([last.min(), last.max()]))
        behind = int((last < last.max()).sum())
        found.append(
            note(
                "ragged",
                f"series end at different times, {early} to {late} ({plural(behind, 'series')} "
                "before the last): each is forecast from its own end",
                count=behind,
            )
        )


def _summary(observations: Observations, frequency: Frequency, season: Season) -> str:
    """One line: "3 series (bus, rail) by day, daily, season 7, … rows each; ignored x (text)"."""
    layout = observations.layout
    lengths = np.diff(np.append(observations.starts, len(observations.times)))
    early, late = layout.style.texts(np.array([observations.times.min(), observations.times.max()]))
    low, high = int(lengths.min()), int(lengths.max())
    n_series = len(lengths)
    parts = [
        _what(observations),
        frequency.label,
        f"season {season.rows}" if season.rows > 1 else "no season",
        f"{early} to {late}",
        f"{low:,} to {high:,} rows" if low != high else plural(low, "row"),
    ]
    line = ", ".join(parts) + (" each" if n_series > 1 and low == high else "")
    if layout.zone is not None:
        line += f"; times in {layout.zone}"
    if layout.ignored:
        shown = ", ".join(f"{name} ({why})" for name, why in layout.ignored[:4])
        more = len(layout.ignored) - 4
        line += f"; ignored {shown}{f' and {more:,} more' if more > 0 else ''}"
    return line


def _what(observations: Observations) -> str:
    layout, ids = observations.layout, observations.ids
    time = f"by {layout.time_name}" if layout.time_name else "with rows as steps"
    if layout.kind == "single":
        return f"1 series ({ids[0]}) {time}"
    labels = [" / ".join(map(str, i)) if isinstance(i, tuple) else str(i) for i in ids[:3]]
    shown = ", ".join(labels) + (", …" if len(ids) > 3 else "")
    what = f"{plural(len(ids), 'series')} ({shown}) {time}"
    if layout.kind == "long":
        what = (
            f"{plural(len(ids), 'series')} of {layout.target_name} by "
            f"{' and '.join(layout.id_names)} ({shown}) {time}"
        )
    return what
