"""Recognise local times without a zone: an hour skipped in spring, or repeated in autumn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unspool.data.frequency import Frequency
from unspool.data.zones import DAY, HOUR, Zone

Ints = npt.NDArray[np.int64]

# One zone for each way of changing the clocks, the most common first.
EXAMPLES = (
    "Europe/Berlin",
    "America/New_York",
    "Europe/London",
    "Europe/Athens",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Santiago",
    "America/Sao_Paulo",
    "Asia/Jerusalem",
    "Asia/Tehran",
    "Africa/Cairo",
    "America/Asuncion",
    "Asia/Beirut",
)


@dataclass(frozen=True)
class ClockChanges:
    """Wall times that a zone skips and repeats: beginnings, each an hour long, and the zone."""

    zone: str
    skipped: Ints  # (n,)
    repeated: Ints  # (m,)

    def skips(self, times: Ints) -> npt.NDArray[np.bool_]:
        """Whether each wall time is the beginning of a skipped hour."""
        return np.isin(times, self.skipped)

    def repeats(self, times: Ints) -> npt.NDArray[np.bool_]:
        """Whether each wall time lies in a repeated hour."""
        if len(self.repeated) == 0:
            return np.zeros(len(times), dtype=bool)
        place = np.searchsorted(self.repeated, times, side="right") - 1
        return (place >= 0) & (times - self.repeated[np.maximum(place, 0)] < HOUR)


def recognise(
    gap_starts: Ints, gap_lengths: Ints, repeated: Ints, frequency: Frequency
) -> ClockChanges | None:
    """The clock changes that explain gaps and repeated times best, or None when none does.

    gap_starts: the first wall time that each gap misses, with `gap_lengths` its rows; repeated: the
    wall times that stand more than once. A gap counts when it is exactly the hour that the zone
    skips, a repeated time when it lies in the hour that the zone repeats.
    """
    if frequency.unit != "microsecond" or frequency.zone is not None or HOUR % frequency.count:
        return None
    hours = gap_starts[gap_lengths * frequency.count == HOUR]
    if len(hours) == 0 and len(repeated) == 0:
        return None
    every = np.concatenate([hours, repeated])
    best, most = None, 0
    for name in EXAMPLES:
        changes = _changes(name, int(every.min()) - DAY, int(every.max()) + DAY)
        explained = int(changes.skips(hours).sum() + changes.repeats(repeated).sum())
        if explained > most:
            best, most = changes, explained
    return best


def _changes(name: str, first: int, last: int) -> ClockChanges:
    moments, offsets = Zone(name).transitions(first, last)
    before, after = offsets[:-1], offsets[1:]
    forward, back = after - before == HOUR, before - after == HOUR
    return ClockChanges(name, (moments + before)[forward], (moments + after)[back])
