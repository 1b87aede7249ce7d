"""Bring rows to a coarser frequency: the sum, mean or last of the rows that fall in each step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from unspool.data.frequency import Frequency
from unspool.data.observations import Mask, Observations
from unspool.data.zones import DAY, Zone

Ints = npt.NDArray[np.int64]


def resample(
    observations: Observations, frequency: Frequency, how: str
) -> tuple[Observations, Frequency, int]:
    """One row per step of `frequency` that has rows; also the frequency with its day, and the
    number of partial steps that were left out.

    A step begins at midnight, on Monday for weeks, on the first for months, and its row stands at
    its beginning (at the end for a frequency given as month, quarter or year end). The first and
    the last step of a series are left out when the series begins or ends within them, which is
    seen from the usual distance of its own rows: a sum of half a month would be no month.
    """
    frequency = (
        frequency if frequency.unit != "month" else replace(frequency, day=frequency.day or 1)
    )
    series, times = observations.series, observations.times
    phase = _phase(times, frequency)
    bins = frequency.ordinals(times, np.full_like(times, phase))
    new = np.ones(len(times), dtype=bool)
    new[1:] = (series[1:] != series[:-1]) | (bins[1:] != bins[:-1])
    firsts = np.flatnonzero(new)
    lasts = np.append(firsts[1:], len(times)) - 1
    values = observations.values
    if how == "last":
        merged = values[lasts]
    else:
        with np.errstate(over="ignore"):  # an infinite sum is found, and said, afterwards
            merged = np.add.reduceat(values, firsts)
        if how == "mean":
            merged = merged / (lasts - firsts + 1)
    result = replace(
        observations,
        series=series[firsts],
        times=frequency.moments(bins[firsts], np.full(len(firsts), phase, np.int64)),
        values=merged,
        rows=observations.rows[firsts],
        flags=np.zeros(len(firsts), np.uint8),
    )
    partial = _partial(observations, bins, frequency, phase, result)
    return result.keep(~partial).compact(), frequency, int(partial.sum())


def _phase(times: Ints, frequency: Frequency) -> int:
    """Where steps begin: weeks on a Monday, days at midnight, hours on the hour of the clock."""
    if frequency.unit == "day" and frequency.count % 7 == 0:
        return 4 * DAY  # day 4 of 1970 was a Monday
    if frequency.unit == "microsecond" and frequency.zone is not None and len(times):
        offset = Zone(frequency.zone).to_local(times[:1]) - times[:1]
        return int(-offset[0]) % frequency.count
    return 0


def _partial(
    observations: Observations,
    bins: Ints,
    frequency: Frequency,
    phase: int,
    result: Observations,
) -> Mask:
    """First and last steps that reach beyond the rows of their series (steps,)."""
    times = observations.times
    starts = observations.starts
    ends = np.append(starts[1:], len(times)) - 1
    partial = np.zeros(len(result.times), dtype=bool)
    first_steps = result.starts
    last_steps = np.append(first_steps[1:], len(result.times)) - 1
    for index, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        if end == start:
            continue
        usual = int(np.median(np.diff(times[start : end + 1])))
        outside = np.array([times[start] - usual, times[end] + usual])
        before, after = frequency.ordinals(outside, np.full_like(outside, phase))
        partial[first_steps[index]] |= before == bins[start]
        partial[last_steps[index]] |= after == bins[end]
    return partial
