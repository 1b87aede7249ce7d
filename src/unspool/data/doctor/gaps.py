"""Gaps: steps of a series without a row, and those of them that changing clocks explain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from unspool.data.doctor.daylight import recognise
from unspool.data.doctor.mixed import changed_step, in_words, strangers
from unspool.data.doctor.naming import Place, places, series_faults
from unspool.data.faults import Cure, Fault, Stopped, error, plural
from unspool.data.frequency import Frequency
from unspool.data.grid import Placement
from unspool.data.mending import insert_gaps
from unspool.data.observations import REPEATED, Observations
from unspool.data.options import TableOptions
from unspool.data.zones import DAY, HOUR

Ints = npt.NDArray[np.int64]

# Filling gaps may make a table this many times longer, and no more: a single mistyped year would
# otherwise fill memory.
_MOST_GROWTH = 50


def check_gaps(
    observations: Observations,
    frequency: Frequency,
    placement: Placement,
    options: TableOptions,
    found: list[Fault],
) -> Observations:
    """Every step of a series has a row: inserted (with NaN) if the options say so, or a fault.

    Gaps and the duplicates found before may be explained by clocks that change: they are then said
    together, in place of the duplicates.
    """
    steps = np.diff(placement.ordinals)
    steps[observations.series[1:] != observations.series[:-1]] = 1
    after = np.flatnonzero(steps > 1) + 1
    explained = _explain_by_clocks(observations, frequency, steps, after, options, found)
    if len(after) == 0:
        return observations
    missing = int(steps[after - 1].sum() - len(after))
    if options.gaps is not None:
        if missing > _MOST_GROWTH * len(steps):
            raise Stopped(_too_many(observations, frequency, steps, after, missing))
        _say_filled(observations, steps, after, options.gaps, found)
        return insert_gaps(observations, frequency, placement.ordinals, placement.phases)
    unexplained = after[~np.isin(after, explained)]
    if options.frequency is None:
        unexplained = _of_another_step(observations, frequency, unexplained, found)
    found += _gap_faults(observations, steps, unexplained)
    return observations


def _of_another_step(
    observations: Observations, frequency: Frequency, after: Ints, found: list[Fault]
) -> Ints:
    """The gaps that are not the regular step of another frequency, which is a fault of its own."""
    n_series = len(observations.ids)
    n_gaps = np.bincount(observations.series[after], minlength=n_series)
    lengths = np.bincount(observations.series, minlength=n_series)
    # A series with a step of its own has a gap after most of its rows.
    own_step = strangers(observations, frequency, n_gaps * 2 >= lengths, found)
    after = after[~np.isin(observations.series[after], own_step)]
    return after[~np.isin(after, changed_step(observations, frequency, after, found))]


def _gap_faults(observations: Observations, steps: Ints, after: Ints) -> list[Fault]:
    return series_faults(
        observations,
        after,
        "gaps",
        _describe_gaps(observations, steps, after),
        Cure("gaps", "interpolate", "fills them"),
        collective="series have gaps",
        count=lambda place: _missing(steps, place),
    )


def _describe_gaps(observations: Observations, steps: Ints, after: Ints) -> Callable[[Place], str]:
    """What is missing before the rows `after`, series by series."""
    owners, firsts = np.unique(observations.series[after], return_index=True)
    before = after[firsts] - 1
    texts = observations.layout.style.texts(observations.times[before])
    ends = {
        owner: f"{text} ({observations.table.row_name(row)})"
        for owner, text, row in zip(
            owners.tolist(), texts, observations.rows[before].tolist(), strict=True
        )
    }

    def describe(place: Place) -> str:
        between = f"between {ends[place.index]} and {place.first}"
        missing = _missing(steps, place)
        word = "is" if missing == 1 else "are"
        if len(place.rows) == 1:
            return f"{plural(missing, 'row')} {word} missing {between}"
        return f"{missing:,} rows are missing in {len(place.rows):,} gaps, the first {between}"

    return describe


def _missing(steps: Ints, place: Place) -> int:
    return int(steps[place.rows - 1].sum() - len(place.rows))


def _say_filled(
    observations: Observations, steps: Ints, after: Ints, how: str, found: list[Fault]
) -> None:
    done = {
        "interpolate": "filled on a straight line",
        "forward": "filled with the value before",
        "zero": "filled with 0",
    }[how]
    describe = _describe_gaps(observations, steps, after)
    found += series_faults(
        observations,
        after,
        "mended",
        lambda place: f"{describe(place)}; {done}",
        severity="note",
        collective=f"series had gaps: {done}",
        count=lambda place: _missing(steps, place),
    )


def _too_many(
    observations: Observations, frequency: Frequency, steps: Ints, after: Ints, missing: int
) -> Fault:
    widest = after[np.argmax(steps[after - 1])]
    place = next(places(observations, np.array([widest])))
    return error(
        "gaps",
        f"filling the gaps would add {missing:,} rows to {len(observations.times):,} "
        f"({in_words(frequency)}); the widest gap ends at {place.first}",
        Cure("frequency", "NAME", "gives another frequency"),
        count=missing,
        rows=place.names,
        times=place.times,
    )


def _explain_by_clocks(
    observations: Observations,
    frequency: Frequency,
    steps: Ints,
    after: Ints,
    options: TableOptions,
    found: list[Fault],
) -> Ints:
    """Say together which gaps and duplicates are clock changes; returns those gaps of `after`."""
    nothing = np.zeros(0, np.int64)
    style = observations.layout.style
    if style.is_integer or style.zone is not None:
        return nothing
    times = observations.times
    gaps = after if options.gaps is None else nothing
    twice = np.flatnonzero(observations.flagged(REPEATED))
    missed = times[gaps - 1] + frequency.count
    changes = recognise(missed, steps[gaps - 1] - 1, times[twice], frequency)
    if changes is None:
        return nothing
    an_hour = (steps[gaps - 1] - 1) * frequency.count == HOUR
    skipped: Ints = gaps[changes.skips(missed) & an_hour]
    by_clock = changes.repeats(times[twice])
    if len(twice) and bool(by_clock.all()):
        # Every duplicate is one of the clocks': what was said about them is said better here.
        found[:] = [fault for fault in found if fault.kind != "duplicates"]
    found += _clock_faults(observations, changes.zone, skipped, twice[by_clock])
    return skipped


def _clock_faults(observations: Observations, zone: str, skipped: Ints, twice: Ints) -> list[Fault]:
    """A fault per series that skips hours (`skipped`, the rows after them) or has them twice."""

    def describe(place: Place) -> str:
        gaps = place.rows[np.isin(place.rows, skipped)]
        again = place.rows[np.isin(place.rows, twice)]
        parts = []
        if len(gaps):
            parts.append(_hour(observations, gaps - 1, "the hour after {} is missing"))
        if len(again):
            parts.append(_hour(observations, again, "the hour of {} stands twice"))
        return " and ".join(parts) + ": local times that follow daylight saving"

    return series_faults(
        observations,
        np.union1d(skipped, twice),
        "daylight saving",
        describe,
        Cure("timezone", "NAME", f"says where (such as {zone})"),
        collective="series follow daylight saving",
    )


def _hour(observations: Observations, rows: Ints, what: str) -> str:
    """What happens at the first of `rows`, and on how many days more."""
    first = observations.layout.style.texts(observations.times[rows[:1]])[0]
    name = observations.table.row_name(int(observations.rows[rows[0]]))
    more = len(np.unique(observations.times[rows] // DAY)) - 1
    others = f", and on {plural(more, 'more day')}" if more else ""
    return f"{what.format(first)} ({name}{others})"
