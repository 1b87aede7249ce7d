"""Find the frequency of times: the step that most rows take, and how many do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unspool.data.frequency import Frequency, months_of
from unspool.data.zones import DAY, HOUR, Zone

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# The most common step shows in this many rows; more would only take longer.
LOOKED_AT = 200_000
# Steps of at least this are counted in days of the calendar, which may have 23 hours.
_CALENDAR = 20 * HOUR
# Business days may still have this share of rows on weekends: those are then off the grid.
_FEW_WEEKENDS = 0.02


@dataclass(frozen=True)
class Inference:
    """A frequency and the share of steps between rows that are exactly one step of it."""

    frequency: Frequency
    share: float


def infer_frequency(
    times: Ints,
    starts: Ints,
    *,
    is_integer: bool = False,
    zone: str | None = None,
    years: bool = False,
) -> Inference | None:
    """The frequency of times (rows,), ascending and distinct within series that begin at `starts`.

    The candidates are the most common steps in months, days, business days and microseconds; the
    one that explains most steps is taken, the calendar's before the clock's when they explain as
    many. None when no series has two rows.
    """
    times, inner = _looked_at(times, starts)
    if not inner.any():
        return None
    if is_integer:
        steps = np.diff(times)[inner]
        count, share = _most_common(steps)
        return Inference(Frequency("step", count, years=years), share)
    steps = np.diff(times)[inner]
    if np.median(steps) < _CALENDAR:
        count, share = _most_common(steps)
        return Inference(Frequency("microsecond", count, zone=zone), share)
    local = times if zone is None else Zone(zone).to_local(times)
    found = [
        inference
        for inference in (
            _by_months(times, local, inner, zone),
            _by_days(times, local, inner, zone),
            _by_business_days(times, local, inner, zone),
            _by_duration(times, inner, zone),
        )
        if inference is not None
    ]
    # The first of equals wins, because max keeps the earliest.
    return max(found, key=lambda inference: inference.share)


def _looked_at(times: Ints, starts: Ints) -> tuple[Ints, Mask]:
    """Whole series, evenly chosen, that hold enough rows; and which steps stay inside a series."""
    if len(times) > LOOKED_AT:
        ends = np.append(starts[1:], len(times))
        chosen = np.arange(0, len(starts), -(-len(times) // LOOKED_AT))
        pieces = [times[starts[i] : min(ends[i], starts[i] + LOOKED_AT)] for i in chosen.tolist()]
        times = np.concatenate(pieces)
        starts = np.cumsum([0, *(len(piece) for piece in pieces[:-1])])
    inner = np.ones(max(len(times) - 1, 0), dtype=bool)
    inner[starts[1:] - 1] = False
    return times, inner


def _most_common(steps: Ints) -> tuple[int, float]:
    different, counts = np.unique(steps, return_counts=True)
    best = int(counts.argmax())
    return int(different[best]), float(counts[best] / len(steps))


def _scored(frequency: Frequency, times: Ints, inner: Mask) -> Inference:
    """The share of steps of which both ends are on a grid and one is a step from the other."""
    frequency = frequency.fitted(times)
    phases = frequency.phases(times)
    ordinals = frequency.ordinals(times, phases)
    on = frequency.moments(ordinals, phases) == times
    # A day that begins at 01:00 because clocks skipped its midnight is a step from the day before
    # and from the day after it, but not the other way round.
    forth = frequency.moments(ordinals[:-1] + 1, phases[:-1]) == times[1:]
    back = frequency.moments(ordinals[1:] - 1, phases[1:]) == times[:-1]
    good = (forth | back) & on[1:] & on[:-1]
    return Inference(frequency, float(good[inner].mean()))


def _by_months(times: Ints, local: Ints, inner: Mask, zone: str | None) -> Inference | None:
    days = local // DAY
    if _most_common(np.diff(days)[inner])[0] < 28:
        return None
    steps = np.diff(months_of(days))[inner]
    count, _ = _most_common(steps)
    if count < 1:
        return None
    return _scored(Frequency("month", count, zone=zone), times, inner)


def _by_days(times: Ints, local: Ints, inner: Mask, zone: str | None) -> Inference | None:
    count, _ = _most_common(np.diff(local // DAY)[inner])
    return None if count < 1 else _scored(Frequency("day", count, zone=zone), times, inner)


def _by_business_days(times: Ints, local: Ints, inner: Mask, zone: str | None) -> Inference | None:
    days = local // DAY
    if _most_common(np.diff(days)[inner])[0] != 1:
        return None
    weekend = (days + 3) % 7 >= 5
    if weekend.mean() > _FEW_WEEKENDS or not (np.diff(days)[inner] == 3).any():
        return None
    return _scored(Frequency("weekday", 1, zone=zone), times, inner)


def _by_duration(times: Ints, inner: Mask, zone: str | None) -> Inference:
    count, share = _most_common(np.diff(times)[inner])
    return Inference(Frequency("microsecond", count, zone=zone), share)
