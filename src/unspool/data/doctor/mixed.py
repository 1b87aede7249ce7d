"""Series of several frequencies: one series beside the others, or one that changes its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unspool.data.doctor.naming import places
from unspool.data.faults import Cure, Fault, error, series_name
from unspool.data.frequency import END_OF_MONTH, Frequency
from unspool.data.observations import Observations
from unspool.data.regularity import Inference, infer_frequency

Ints = npt.NDArray[np.int64]

# A series of which at least this share of steps is one step of a frequency has that frequency.
_HAS_FREQUENCY = 0.8
# A stretch of at least this many equal steps that are not the usual one is a frequency of its own.
STRETCH = 5


def infer(times: Ints, starts: Ints, observations: Observations) -> Inference | None:
    """The frequency of times whose series begin at `starts`, as the table writes them."""
    style = observations.layout.style
    return infer_frequency(
        times, starts, is_integer=style.is_integer, zone=style.zone, years=style.years
    )


def strangers(
    observations: Observations,
    frequency: Frequency,
    suspects: npt.NDArray[np.bool_],
    found: list[Fault],
) -> list[int]:
    """The suspected series that have a regular step of their own; a fault is found for each."""
    strangers = []
    starts = observations.starts
    ends = np.append(starts[1:], len(observations.times))
    for index in np.flatnonzero(suspects).tolist():
        times = observations.times[starts[index] : ends[index]]
        own = infer(times, np.zeros(1, np.int64), observations) if len(times) >= 3 else None
        if own is None or own.share < _HAS_FREQUENCY or own.frequency == frequency:
            continue
        if len(suspects) == 1:
            continue
        label = observations.ids[index]
        first = next(places(observations, np.arange(starts[index], starts[index] + 1)))
        coarser = max(own.frequency, frequency, key=length)
        cure = Cure("resample", "sum", "brings all to one", (("frequency", coarser.code),))
        found.append(
            error(
                "mixed frequencies",
                f"{series_name(label)}: {in_words(own.frequency)} from {first.first}, while most "
                f"series are {in_words(frequency)}",
                cure,
                series=label,
                rows=first.names,
                times=first.times,
                collective="series have a frequency of their own",
            )
        )
        strangers.append(index)
    return strangers


def changed_step(
    observations: Observations, frequency: Frequency, after: Ints, found: list[Fault]
) -> Ints:
    """Those gaps of `after` that are another regular step for a while: first months, then days.

    A fault is found for each such stretch.
    """
    if len(after) < STRETCH:
        return after[:0]
    follows = np.zeros(len(after), dtype=bool)
    follows[1:] = np.diff(after) == 1
    follows[1:] &= observations.series[after[1:]] == observations.series[after[:-1]]
    begins = np.flatnonzero(~follows)
    ends = np.append(begins[1:], len(after))
    changed: list[Ints] = [after[:0]]
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if end - begin < STRETCH:
            continue
        stretch = observations.times[after[begin] - 1 : after[end - 1] + 1]
        own = infer(stretch, np.zeros(1, np.int64), observations)
        if own is None or own.share < 0.9 or own.frequency == frequency:
            continue
        changed.append(after[begin:end])
        where = next(places(observations, after[begin : begin + 1] - 1))
        label = observations.ids[where.index]
        cure = Cure("resample", "sum", "brings all to one", (("frequency", own.frequency.code),))
        found.append(
            error(
                "mixed frequencies",
                f"{series_name(label)}: {in_words(own.frequency)} for {end - begin:,} steps from "
                f"{where.first}, otherwise {in_words(frequency)}",
                cure,
                series=label,
                count=end - begin,
                rows=where.names,
                times=where.times,
                collective="series change their frequency",
            )
        )
    return np.concatenate(changed)


def in_words(frequency: Frequency) -> str:
    """A frequency in words, with the day of the month unless it is the first."""
    if frequency.unit != "month" or frequency.day in (None, 1):
        return frequency.label
    if frequency.day == END_OF_MONTH:
        return f"{frequency.label}, on the last day of the month"
    return f"{frequency.label}, on day {frequency.day} of the month"


def length(frequency: Frequency) -> float:
    """About how long one step is, in microseconds (or integer steps), to tell the coarser."""
    units = {"step": 1.0, "microsecond": 1.0, "day": 864e8, "weekday": 1.2e11, "month": 2.6e12}
    return units[frequency.unit] * frequency.count
