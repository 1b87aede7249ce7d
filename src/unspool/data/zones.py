"""Time zones over whole arrays: from UTC to local wall time and back.

A zone is a list of transitions, found once per decade with `zoneinfo`, after which an array
of any size is converted by one binary search. All times are int64 microseconds since 1970.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from unspool.errors import UsageError

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

_FIXED = re.compile(r"([+-])(\d{2}):?(\d{2})$")
_FIRST_DECADE, _LAST_DECADE = 1, 998  # what datetime can hold, with years to spare
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Zone:
    """A named zone ("Europe/Berlin"), "UTC", or a fixed offset ("+02:00")."""

    name: str

    def to_local(self, utc: Times) -> Times:
        """Local wall times of instants, same shape."""
        if utc.size == 0:
            return utc.copy()
        moments, offsets = self._transitions(utc)
        return utc + offsets[np.searchsorted(moments, utc, side="right")]

    def to_utc(self, local: Times, second: Mask | None = None) -> tuple[Times, Mask, Mask]:
        """Instants of local wall times, and which of these were ambiguous and which never were.

        An ambiguous time (the hour that autumn repeats) is its first occurrence unless `second`
        says otherwise; a time that never was (the hour that spring skips) moves on by the hour.
        """
        nothing = np.zeros(local.shape, dtype=bool)
        if local.size == 0:
            return local.copy(), nothing, nothing
        moments, offsets = self._transitions(local)
        before = np.searchsorted(moments + offsets[:-1], local, side="right")
        after = np.searchsorted(moments + offsets[1:], local, side="right")
        ambiguous, never = after > before, after < before
        chosen = np.minimum(before, after)
        if second is not None:
            chosen = np.where(ambiguous & second, after, chosen)
        return local - offsets[chosen], ambiguous, never

    def transitions(self, first: int, last: int) -> tuple[Times, Times]:
        """Instants in [first, last] at which the offset changes (n,), and the offsets (n + 1,)."""
        moments, offsets = self._transitions(np.array([first, last], np.int64))
        keep = (moments >= first) & (moments <= last)
        kept = np.flatnonzero(keep)
        if len(kept) == 0:
            index = int(np.searchsorted(moments, first, side="right"))
            return moments[:0], offsets[index : index + 1]
        return moments[kept], offsets[kept[0] : kept[-1] + 2]

    def _transitions(self, times: Times) -> tuple[Times, Times]:
        if self.name == "UTC":
            return np.zeros(0, np.int64), np.zeros(1, np.int64)
        fixed = _FIXED.match(self.name)
        if fixed:
            sign = -1 if fixed[1] == "-" else 1
            minutes = sign * (int(fixed[2]) * 60 + int(fixed[3]))
            return np.zeros(0, np.int64), np.array([minutes * 60 * SECOND], np.int64)
        reach = np.array([times.min() - DAY, times.max() + DAY]).astype("datetime64[us]")
        years = reach.astype("datetime64[Y]").astype(np.int64) + 1970
        first, last = np.clip(years // 10, _FIRST_DECADE, _LAST_DECADE).tolist()
        scans = [_scan(self.name, decade) for decade in range(first, last + 1)]
        moments = np.concatenate([moments for moments, _ in scans])
        return moments, np.concatenate([scans[0][1][:1], *(offsets[1:] for _, offsets in scans)])


@lru_cache(maxsize=2048)
def _scan(name: str, decade: int) -> tuple[Times, Times]:
    """Transitions of a zone in ten years: a look at every day, then bisection to the second.

    There are none before the railways. From 2038 on the rules of today are repeated, which never
    change the clocks twice in a week, so that a look at every week is enough.
    """
    zone = zoneinfo.ZoneInfo(name)
    start = int((datetime(decade * 10, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
    stop = int((datetime(decade * 10 + 10, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())

    def offset(second: int) -> int:
        local = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
        return round((local or timedelta()).total_seconds())

    moments: list[int] = []
    offsets = [offset(start)]
    step = 86400 if decade < 204 else 7 * 86400
    for low in range(start, start if decade < 184 else stop, step):
        high = min(low + step, stop)
        known = offsets[-1]
        if offset(high) == known:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if offset(middle) == known:
                low = middle
            else:
                high = middle
        moments.append(high)
        offsets.append(offset(high))
    return np.array(moments, np.int64) * SECOND, np.array(offsets, np.int64) * SECOND


def find_zone(name: str) -> Zone:
    """The zone of that name; raises UsageError with the closest names when there is none."""
    if not isinstance(name, str) or not name:
        raise UsageError(f"timezone must be a name such as 'Europe/Berlin', got {name!r}")
    if name.upper() in ("Z", "UTC", "GMT", "ETC/UTC"):
        return Zone("UTC")
    if re.match(r"[+-]", name):
        fixed = _FIXED.match(name)
        if fixed and int(fixed[2]) < 24 and int(fixed[3]) < 60:
            return Zone(f"{fixed[1]}{fixed[2]}:{fixed[3]}")
        raise UsageError(f"timezone {name!r} is not an offset such as '+02:00'")
    known = zoneinfo.available_timezones()
    if name in known:
        return Zone(name)
    by_lower = {zone.lower(): zone for zone in known}
    if name.lower() in by_lower:
        return Zone(by_lower[name.lower()])
    wanted = name.lower().replace(" ", "_")
    cities = {zone.lower().rsplit("/", 1)[-1]: zone for zone in sorted(known)}
    near = [cities[city] for city in difflib.get_close_matches(wanted, cities, n=3, cutoff=0.7)]
    near += [by_lower[z] for z in difflib.get_close_matches(wanted, by_lower, n=3, cutoff=0.7)]
    hint = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    if not known:
        hint = "; this machine has no time zone data: install the package tzdata"
    raise UsageError(f"timezone {name!r} is not known{hint}")
