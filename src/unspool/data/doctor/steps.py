"""The step from row to row: the frequency of a table, and rows that are beside its grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from unspool.data.doctor.mixed import in_words, infer, length, strangers
from unspool.data.doctor.naming import Place, places, series_faults
from unspool.data.doctor.rows import say_left_out
from unspool.data.faults import Cure, Fault, Stopped, error, note, plural
from unspool.data.frequency import Frequency, parse_frequency
from unspool.data.grid import Placement, place
from unspool.data.observations import Observations
from unspool.data.options import TableOptions
from unspool.data.resampling import resample

# When fewer of all rows than this stand on the grid of the most common step, there is no grid.
_HAS_GRID = 0.5
# Frequencies that people use, for rows that have none.
_USUAL = ("s", "5s", "10s", "30s", "min", "5min", "15min", "30min", "h", "6h", "D", "W", "M", "Y")


def given_frequency(observations: Observations, options: TableOptions) -> Frequency | None:
    """The frequency that was given, fitted to the kind of times and their zone."""
    if options.frequency is None:
        return None
    frequency = parse_frequency(options.frequency)
    style = observations.layout.style
    if style.is_integer != (frequency.unit == "step"):
        kind = (
            "integers, so the frequency is a whole number of steps"
            if style.is_integer
            else "dates, so the frequency is a unit of time such as D, h or M"
        )
        cure = Cure("time_format", "integer", "takes the time column as plain numbers")
        raise Stopped(
            error(
                "frequency",
                f"frequency {options.frequency!r} does not fit: times are {kind}",
                *((cure,) if style.kind in ("packed", "unix") else ()),
            ),
            usage=True,
        )
    return replace(frequency, zone=style.zone, years=style.years)


def find_frequency(observations: Observations, given: Frequency | None) -> Frequency:
    """The frequency of the panel; stops when it is not given and no series has two rows."""
    if given is not None:
        return given.fitted(observations.times)
    inference = infer(observations.times, observations.starts, observations)
    if inference is None:
        raise Stopped(
            error(
                "frequency",
                "no series has two rows, so the step from one row to the next cannot be seen",
                Cure("frequency", "D", "or another says it"),
            )
        )
    return inference.frequency


def resample_rows(
    observations: Observations, given: Frequency, how: str, found: list[Fault]
) -> tuple[Observations, Frequency]:
    """Bring the rows to the given frequency, and say what that did."""
    before = f"{len(observations.times):,}"
    result, frequency, partial = resample(observations, given, how)
    brought = f"{before} rows brought to {len(result.times):,} ({frequency.label}) by {how}"
    left_out = f"; {plural(partial, 'incomplete first or last step')} left out" if partial else ""
    found.append(
        note(
            "mended",
            brought + left_out,
            count=len(observations.times),
        )
    )
    if len(result.times) == 0:
        raise Stopped(
            error("frequency", f"no series covers one whole step of the frequency ({given.label})")
        )
    return result, frequency


def check_grid(
    observations: Observations, frequency: Frequency, options: TableOptions, found: list[Fault]
) -> tuple[Observations, Placement]:
    """Every row on the grid of its series: the rest is dropped if the options say so, or a fault.

    Stops when there is no grid, since gaps would then mean nothing.
    """
    placement = place(observations, frequency)
    if placement.on.all():
        return observations, placement
    off = np.flatnonzero(~placement.on)
    if not placement.on.any() or (placement.on.mean() < _HAS_GRID and options.off_grid is None):
        raise Stopped(_no_grid(observations, frequency, placement, options))
    dropping = options.off_grid == "drop"
    counts = np.bincount(observations.series, minlength=len(observations.ids))
    astray = np.bincount(observations.series[off], minlength=len(observations.ids))
    ask = not dropping and options.frequency is None
    own_step = [] if not ask else strangers(observations, frequency, astray * 2 >= counts, found)
    off = off[~np.isin(observations.series[off], own_step)]
    name = in_words(frequency)

    def describe(place: Place) -> str:
        if len(place.rows) == 1:
            body = f"{place.first} is off the grid ({name})"
        else:
            body = f"{len(place.rows):,} rows are off the grid ({name}), the first {place.first}"
        return f"{body}; left out" if dropping else body

    found += series_faults(
        observations,
        off,
        "mended" if dropping else "off grid",
        describe,
        *_zone_cure(observations),
        Cure("off_grid", "drop", "leaves these rows out"),
        Cure("resample", "mean", "brings all rows to it", (("frequency", frequency.code),)),
        severity="note" if dropping else "error",
        collective="series have rows off the grid",
    )
    kept = observations.keep(placement.on).compact()
    say_left_out(observations, kept, found)
    return kept, place(kept, frequency)


def _no_grid(
    observations: Observations,
    frequency: Frequency,
    placement: Placement,
    options: TableOptions,
) -> Fault:
    off = int((~placement.on).sum())
    first = next(places(observations, np.flatnonzero(~placement.on)))
    cures = (
        *_zone_cure(observations),
        Cure("resample", "mean", "brings them to it", (("frequency", frequency.code),)),
        Cure("off_grid", "drop", "leaves these rows out"),
    )
    if options.frequency is not None:
        message = f"{off:,} of {len(placement.on):,} rows are off the grid ({in_words(frequency)})"
        return error("off grid", f"{message}, the first {first.first}", *cures, count=off)
    inference = infer(observations.times, observations.starts, observations)
    percent = f"{inference.share:.0%}" if inference else "none"
    cures = (*_zone_cure(observations), _coarser_cure(observations))
    message = (
        f"the times have no regular step: the most common ({in_words(frequency)}) is {percent} of "
        f"them, and {off:,} rows are off its grid, the first {first.first}"
    )
    return error("irregular", message, *cures, count=off, rows=first.names, times=first.times)


def _coarser_cure(observations: Observations) -> Cure:
    """Resampling to the first usual frequency of at least two median steps: few are empty."""
    inner = np.diff(observations.series) == 0
    usual = 2 * float(np.median(np.diff(observations.times)[inner]))
    if observations.layout.style.is_integer:
        code = str(round(usual))
    else:
        code = next((c for c in _USUAL if length(parse_frequency(c)) >= usual), _USUAL[-1])
    return Cure("resample", "mean", "brings them to a regular one", (("frequency", code),))


def _zone_cure(observations: Observations) -> tuple[Cure, ...]:
    """The cure of times whose offsets from UTC change: their days are those of some place."""
    pattern = observations.layout.style.pattern
    changing = pattern is not None and pattern.changing_offsets
    return (Cure("timezone", "NAME", "counts days as they are there"),) if changing else ()
