"""Faults of whole rows: no readable time, no id, out of order, more than one at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from unspool.data.codes import Codes
from unspool.data.doctor.naming import NAMED, Place, series_faults
from unspool.data.faults import Cure, Fault, Stopped, error, note, plural, series_name
from unspool.data.mending import merge_duplicates
from unspool.data.observations import REPEATED, Observations
from unspool.data.options import TableOptions
from unspool.data.times import TimeColumn
from unspool.data.zones import Zone


def drop_unread_times(
    observations: Observations,
    codes: Codes,
    time: TimeColumn,
    options: TableOptions,
    found: list[Fault],
) -> Observations:
    """Leave out rows whose time is empty or cannot be read."""
    if time.read is None:
        return observations
    table, name = observations.table, observations.layout.time_name
    assert name is not None
    positions = np.flatnonzero(~time.read)
    cells = [_cell(codes, name, int(p)) for p in positions[:NAMED]]
    body = f"column {name!r}: {cells[0]} is not a time ({table.row_name(positions[0])})"
    if len(positions) > 1:
        body = (
            f"column {name!r}: {len(positions):,} cells are not times, the first "
            f"{cells[0]} ({table.row_names(positions, NAMED)})"
        )
    details = {
        "count": len(positions),
        "rows": tuple(table.row_name(int(p)) for p in positions[:NAMED]),
        "times": tuple(cells),
    }
    if options.off_grid == "drop":
        found.append(note("mended", f"{body}: left out", **details))
    else:
        cure = Cure("off_grid", "drop", "leaves these rows out")
        found.append(error("unreadable times", body, cure, **details))
    kept = observations.keep(time.read[observations.rows])
    if len(kept.times) == 0:
        raise Stopped(error("unreadable times", f"column {name!r} holds no time"))
    return kept


def _cell(codes: Codes, name: str, position: int) -> str:
    """What stands in a cell, in quotes, or "empty"."""
    values, own = codes.of(name)
    if own[position] < 0:
        return "empty"
    value = values[int(own[position])]
    if pa.types.is_timestamp(value.type):
        # Years that Python has no dates for are written by Arrow.
        value = value.cast(pa.timestamp(value.type.unit))
    return repr(value.cast(pa.string()).as_py())


def drop_without_id(
    observations: Observations, options: TableOptions, found: list[Fault]
) -> Observations:
    """Leave out rows of which an id is empty."""
    without = observations.series < 0
    if not without.any():
        return observations
    table = observations.table
    positions = observations.rows[without]
    names = " and ".join(repr(name) for name in observations.layout.id_names)
    body = (
        f"{plural(len(positions), 'row')} without an id in {names} ({table.row_names(positions)})"
    )
    details = {
        "count": len(positions),
        "rows": tuple(table.row_name(int(p)) for p in positions[:NAMED]),
    }
    if options.missing == "drop":
        found.append(note("mended", f"{body}: left out", **details))
    else:
        cure = Cure("missing", "drop", "leaves out rows with empty cells")
        found.append(error("ids", body, cure, **details))
    if without.all():
        raise Stopped(error("ids", f"column {names} is empty"))
    # A label of its own stands for the empty id where the column was encoded with it.
    return observations.keep(~without)


def make_instants(
    observations: Observations, options: TableOptions, found: list[Fault]
) -> Observations:
    """Turn wall times of the given zone into instants.

    A wall time that autumn repeats is the first or the second by its place among its equals; one
    that spring skips is a fault.
    """
    zone_name = observations.layout.zone
    assert zone_name is not None
    zone = Zone(zone_name)
    newest_first = observations.newest_first
    observations = observations.sorted()
    same = observations.same_as_before()
    begins = np.flatnonzero(~same)
    run = np.cumsum(~same) - 1
    lengths = np.diff(np.append(begins, len(same)))
    place = np.arange(len(same)) - begins[run]
    second = place >= (lengths[run] + 1) // 2
    if newest_first:
        second = (lengths[run] > 1) & (place < lengths[run] // 2)
    instants, ambiguous, never = zone.to_utc(observations.times, second)
    alone = np.flatnonzero(ambiguous & (lengths[run] == 1))
    if len(alone):
        where = observations.table.row_names(np.unique(observations.rows[alone]))
        found.append(
            note(
                "daylight saving",
                f"{plural(len(alone), 'row')} in the hour that {zone_name} repeats in autumn, "
                f"without a second one: taken as the first ({where})",
                count=len(alone),
            )
        )
    if never.any():
        flagged = np.flatnonzero(never)
        dropping = options.off_grid == "drop"
        naive = replace(
            observations,
            layout=replace(
                observations.layout, style=replace(observations.layout.style, zone=None)
            ),
        )

        def describe(place: Place) -> str:
            body = f"{place.first} never was in {zone_name}: clocks skipped that hour"
            if len(place.rows) > 1:
                body = (
                    f"{len(place.rows):,} times never were in {zone_name}, the first {place.first}"
                )
            return f"{body}; left out" if dropping else body

        found += series_faults(
            naive,
            flagged,
            "mended" if dropping else "daylight saving",
            describe,
            Cure("off_grid", "drop", "leaves these rows out"),
            severity="note" if dropping else "error",
            collective="series with times that never were",
        )
        observations, instants = observations.keep(~never), instants[~never]
    observations = replace(observations, times=instants)
    # Back in the table's order, so that what is said about the order is about instants.
    return observations.take(np.lexsort((observations.rows, observations.series)))


def sort_rows(observations: Observations, found: list[Fault]) -> Observations:
    """Put the rows of every series in time order, and say so when they were not."""
    if observations.is_sorted():
        return observations
    if observations.newest_first:
        message = "rows are newest first: sorted by time"
    else:
        back = observations.times[1:] < observations.times[:-1]
        back &= observations.series[1:] == observations.series[:-1]
        first = observations.rows[1:][back].min()
        message = (
            "rows are not in time order: sorted by time (the first out of order is "
            f"{observations.table.row_name(int(first))})"
        )
    found.append(note("unsorted", message))
    return observations.sorted()


def check_duplicates(
    observations: Observations, options: TableOptions, found: list[Fault]
) -> Observations:
    """One row per series and time: merged as the options say, otherwise a fault for the rest."""
    same = observations.same_as_before()
    if not same.any():
        return observations
    values, rows = observations.values, observations.rows
    repeated = same.copy()
    repeated[:-1] |= same[1:]
    equal = np.zeros(len(same), dtype=bool)
    equal[1:] = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))

    def describe(place: Place) -> str:
        at_first = observations.times[place.rows] == observations.times[place.rows[0]]
        first = observations.table.row_names(rows[place.rows[at_first]])
        different = int((~same[place.rows]).sum())
        alike = "equal " if bool(equal[place.rows[same[place.rows]]].all()) else ""
        if different == 1:
            return f"{len(place.rows)} {alike}rows at {place.times[0]} ({first})"
        where = f"{place.times[0]} ({first})"
        return f"{different:,} times have more than one {alike}row, the first at {where}"

    flagged = np.flatnonzero(repeated)
    merging = options.duplicates
    all_equal = bool(equal[same].all())
    cure = (
        Cure("duplicates", "first", "keeps the first of them")
        if all_equal
        else Cure("duplicates", "mean", "keeps their mean")
    )
    done = {
        "first": "the first is kept",
        "last": "the last is kept",
        "mean": "their mean is kept",
        "sum": "their sum is kept",
    }
    found += series_faults(
        observations,
        flagged,
        "mended" if merging else "duplicates",
        (lambda place: f"{describe(place)}; {done[merging]}") if merging else describe,
        cure,
        severity="note" if merging else "error",
        collective="series have duplicates",
        count=lambda place: int(same[place.rows].sum()),
    )
    if merging:
        return merge_duplicates(observations, merging)
    return merge_duplicates(observations.flag(repeated, REPEATED), "first")


def say_left_out(before: Observations, after: Observations, found: list[Fault]) -> None:
    """Say which series have no rows left, and so get no forecast."""
    kept = set(after.ids)
    for label in before.ids:
        if label not in kept:
            found.append(
                note(
                    "short",
                    f"{series_name(label)}: no value is left; it gets no forecast",
                    series=label,
                    count=0,
                    collective="series without values get no forecast",
                )
            )
