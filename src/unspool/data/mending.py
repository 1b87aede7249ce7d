"""What the mending options do to rows, each a pure function of the series itself.

Nothing here decides whether to mend: the doctor does, and says what was changed. Values that were
not mended come out bit for bit as they went in.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from unspool.data.frequency import Frequency
from unspool.data.observations import INSERTED, Mask, Observations

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def merge_duplicates(observations: Observations, how: str) -> Observations:
    """One row for every run of rows with the same series and time, for sorted rows.

    "first" and "last" are in the order of the table; "mean" and "sum" of a run that has an empty
    value are empty.
    """
    same = observations.same_as_before()
    firsts = np.flatnonzero(~same)
    counts = np.diff(np.append(firsts, len(same)))
    # What is known of any of the rows is known of the one that stays.
    flags = np.bitwise_or.reduceat(observations.flags, firsts)
    if how == "last":
        return replace(observations.keep(np.append(~same[1:], True)), flags=flags)
    merged = replace(observations.keep(~same), flags=flags)
    if how == "first":
        return merged
    with np.errstate(over="ignore"):  # an infinite sum is found, and said, afterwards
        totals = np.add.reduceat(observations.values, firsts)
    return replace(merged, values=totals if how == "sum" else totals / counts)


def insert_gaps(
    observations: Observations, frequency: Frequency, ordinals: Ints, phases: Ints
) -> Observations:
    """A row, with NaN as its value, for every step that a series leaves out.

    ordinals: of each row (rows,), ascending within a series; phases: of each series (n_series,).
    """
    starts = observations.starts
    ends = np.append(starts[1:], len(ordinals)) - 1
    firsts = ordinals[starts]
    lengths = ordinals[ends] - firsts + 1
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    series = np.repeat(np.arange(len(starts), dtype=np.int32), lengths)
    places = offsets[:-1][observations.series] + ordinals - firsts[observations.series]
    steps = np.arange(offsets[-1]) - offsets[:-1][series] + firsts[series]
    times = frequency.moments(steps, phases[series])
    times[places] = observations.times
    values = np.full(len(steps), np.nan)
    values[places] = observations.values
    rows = np.full(len(steps), INSERTED, np.int32)
    rows[places] = observations.rows
    flags = np.zeros(len(steps), np.uint8)
    flags[places] = observations.flags
    return replace(observations, series=series, times=times, values=values, rows=rows, flags=flags)


def fill(values: Floats, holes: Mask, known: Mask, positions: Ints, how: str) -> Floats:
    """Values (rows,) with those of `holes` filled from the nearest `known` ones around them.

    Every hole has a known value of its series before and after it. `positions` (rows,) say how far
    apart rows are, for the straight line of "interpolate"; "forward" repeats the value before,
    "zero" is 0.
    """
    filled = values.copy()
    where = np.flatnonzero(holes)
    if how == "zero":
        filled[where] = 0.0
        return filled
    anchors = np.flatnonzero(known)
    after = np.searchsorted(anchors, where)
    left = anchors[after - 1]
    if how == "forward":
        filled[where] = values[left]
        return filled
    right = anchors[after]
    share = (positions[where] - positions[left]) / (positions[right] - positions[left])
    # A weighted mean stays between its two ends and does not overflow as their difference could.
    filled[where] = values[left] * (1.0 - share) + values[right] * share
    return filled
