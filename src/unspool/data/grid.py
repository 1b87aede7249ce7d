"""Place rows on the grid of a frequency: which step each row is, and which rows are beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unspool.data.frequency import Frequency
from unspool.data.observations import Mask, Observations

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Placement:
    """Rows on a grid.

    phases: where the grid of each series lies (n_series,), the phase that most of its rows have.
    ordinals: the step of each row (rows,), exact for rows on the grid.
    on: whether the row stands on the grid (rows,).
    """

    phases: Ints
    ordinals: Ints
    on: Mask


def place(observations: Observations, frequency: Frequency) -> Placement:
    """Where each row stands; `observations` are sorted and every id has rows."""
    series, times = observations.series, observations.times
    starts = observations.starts
    own = frequency.phases(times)
    phases = own[starts].copy()
    astray = np.unique(series[own != phases[series]])
    if len(astray):
        member = np.zeros(len(starts), dtype=bool)
        member[astray] = True
        inside = np.flatnonzero(member[series])
        phases[astray] = _usual(series[inside], own[inside])
    by_row = phases[series]
    ordinals = frequency.ordinals(times, by_row)
    return Placement(phases, ordinals, frequency.moments(ordinals, by_row) == times)


def _usual(series: npt.NDArray[np.int32], phases: Ints) -> Ints:
    """The most common phase of each series, the smallest of equals; series come in order."""
    order = np.lexsort((phases, series))
    series, phases = series[order], phases[order]
    new = np.ones(len(series), dtype=bool)
    new[1:] = (series[1:] != series[:-1]) | (phases[1:] != phases[:-1])
    runs = np.flatnonzero(new)
    counts = np.diff(np.append(runs, len(series)))
    # By series, then the most rows, then the smallest phase.
    best = np.lexsort((phases[runs], -counts, series[runs]))
    owners = series[runs][best]
    first = np.ones(len(owners), dtype=bool)
    first[1:] = owners[1:] != owners[:-1]
    return phases[runs][best][first]
