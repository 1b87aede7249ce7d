"""The step from one row to the next: calendar units, fixed durations, or integer steps.

A frequency maps times to a grid and back. The grid point of a time is an ordinal (which step) and
a phase (where the grid lies: the weekday of weekly rows, the minute of hourly ones), so that
consecutive rows differ by 1 in ordinal and not at all in phase.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from unspool.data.zones import DAY, HOUR, SECOND, Zone
from unspool.errors import UsageError

Unit = Literal["step", "microsecond", "day", "weekday", "month"]
Ints = npt.NDArray[np.int64]

MINUTE = 60 * SECOND
END_OF_MONTH = 31

_DURATIONS = (
    (HOUR, "hour", "hourly", "h"),
    (MINUTE, "minute", "every minute", "min"),
    (SECOND, "second", "every second", "s"),
    (1000, "millisecond", "every millisecond", "ms"),
    (1, "microsecond", "every microsecond", "us"),
)


@dataclass(frozen=True)
class Frequency:
    """`count` units from one row to the next.

    Weeks are 7 days, quarters 3 months, years 12 months; hours and shorter are microseconds. Days
    and months are of the local calendar of `zone`, so a day may have 23 or 25 hours.
    """

    unit: Unit
    count: int = 1
    day: int | None = None  # of the month, for unit "month"; past the month's end means its last
    zone: str | None = None
    years: bool = False  # the integers of unit "step" are years

    @property
    def label(self) -> str:
        """In words: "daily", "every 15 minutes", "monthly", "every 5 steps"."""
        count = self.count
        if self.unit == "step":
            word = "year" if self.years else "step"
            single = "yearly" if self.years else "one row a step"
            return single if count == 1 else f"every {count} {word}s"
        if self.unit == "weekday":
            return "every business day" if count == 1 else f"every {count} business days"
        if self.unit == "month":
            for months, word, single in ((12, "year", "yearly"), (3, "quarter", "quarterly")):
                if count % months == 0:
                    return single if count == months else f"every {count // months} {word}s"
            return "monthly" if count == 1 else f"every {count} months"
        if self.unit == "day":
            if count % 7 == 0:
                return "weekly" if count == 7 else f"every {count // 7} weeks"
            return "daily" if count == 1 else f"every {count} days"
        for size, word, single, _ in _DURATIONS:
            if count % size == 0:
                return single if count == size else f"every {count // size} {word}s"
        raise AssertionError(self)

    @property
    def code(self) -> str:
        """The short text that `parse_frequency` reads back: "D", "15min", "MS", "2W", "5"."""
        count = self.count
        if self.unit == "step":
            return str(count)
        if self.unit == "weekday":
            return f"{count if count > 1 else ''}B"
        if self.unit == "month":
            letter, months = next(
                (w, m) for w, m in (("Y", 12), ("Q", 3), ("M", 1)) if count % m == 0
            )
            edge = {1: "S", END_OF_MONTH: "E"}.get(self.day or 0, "")
            return f"{count // months if count > months else ''}{letter}{edge}"
        if self.unit == "day":
            letter, days = ("W", 7) if count % 7 == 0 else ("D", 1)
            return f"{count // days if count > days else ''}{letter}"
        size, code = next((size, code) for size, _, _, code in _DURATIONS if count % size == 0)
        return f"{count // size if count > size else ''}{code}"

    def season_candidates(self) -> tuple[int, ...]:
        """Rows in the seasons that the calendar suggests, shortest first; empty when none.

        A year for months, quarters and weeks; a week for days; a day and a week for what is
        shorter, and also an hour for minutes and less.
        """
        if self.unit == "step":
            return ()
        if self.unit == "weekday":
            return (5,) if self.count == 1 else ()
        if self.unit == "month":
            return (12 // self.count,) if 12 % self.count == 0 and self.count < 12 else ()
        if self.unit == "day":
            if self.count % 7 == 0:
                weeks = self.count // 7
                return (52 // weeks,) if 52 % weeks == 0 and weeks < 52 else ()
            return (7,) if self.count == 1 else ()
        spans = [HOUR, DAY, 7 * DAY] if self.count <= 15 * MINUTE else [DAY, 7 * DAY]
        rows = [span // self.count for span in spans if span % self.count == 0]
        return tuple(n for n in rows if n > 1)

    def phases(self, times: npt.NDArray[Any]) -> Ints:
        """Where on the grid each time lies, same shape: constant within a regular series."""
        numbers = _numbers(times)
        if self._span is not None:
            return numbers % self._span
        local = self._local(numbers)
        days, clock = local // DAY, local % DAY
        if self.unit == "day":
            return days % self.count * DAY + clock
        if self.unit == "month":
            return months_of(days) % self.count * DAY + clock
        return _business_days(days) % self.count * DAY + clock

    def ordinals(self, times: npt.NDArray[Any], phases: Ints) -> Ints:
        """Which step each time is, counted from 1970; exact for times on the grid of `phases`."""
        numbers = _numbers(times)
        if self._span is not None:
            return (numbers - phases) // self._span
        days = self._local(numbers) // DAY
        if self.unit == "month":
            days = months_of(days)
        elif self.unit == "weekday":
            days = _business_days(days)
        return (days - phases // DAY) // self.count

    def moments(self, ordinals: Ints, phases: Ints) -> Ints:
        """The times (int64) of grid points: the inverse of `ordinals`."""
        if self._span is not None:
            return ordinals * self._span + phases
        units = ordinals * self.count + phases // DAY
        if self.unit == "month":
            days = self._day_in_month(units)
        elif self.unit == "weekday":
            # Day 4 of 1970 is the first Monday; five business days make a week.
            days = units // 5 * 7 + units % 5 + 4
        else:
            days = units
        local = days * DAY + phases % DAY
        return local if self.zone is None else Zone(self.zone).to_utc(local)[0]

    def advance(self, times: npt.NDArray[Any], steps: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The times `steps` rows later (broadcast together), typed like `times`."""
        phases = self.phases(times)
        moved = self.moments(self.ordinals(times, phases) + np.asarray(steps, np.int64), phases)
        return moved.astype(times.dtype)

    def fitted(self, times: npt.NDArray[Any]) -> Frequency:
        """This frequency with the day of the month that most of the times stand on."""
        if self.unit != "month" or self.day is not None:
            return self
        days = self._local(_numbers(times)) // DAY
        return replace(self, day=_usual_day(days))

    @property
    def _span(self) -> int | None:
        """The length of every step as a number of `times`, or None when steps differ in length."""
        if self.unit in ("step", "microsecond"):
            return self.count
        return self.count * DAY if self.unit == "day" and self.zone is None else None

    def _local(self, numbers: Ints) -> Ints:
        return numbers if self.zone is None else Zone(self.zone).to_local(numbers)

    def _day_in_month(self, months: Ints) -> Ints:
        first, end = _month_start(months), _month_start(months + 1)
        return np.minimum(first + (self.day or 1) - 1, end - 1)


def _usual_day(days: Ints) -> int:
    """The day of the month that most days stand on; 31 when most are the last of their month."""
    months = months_of(days)
    in_month = days - _month_start(months) + 1
    last = _month_start(months + 1) - _month_start(months)
    counts = np.bincount(in_month, minlength=32)
    ends = int((in_month == last).sum())
    usual = int(counts.argmax())
    if ends > counts[usual] or (ends == counts[usual] and usual >= 28):
        return END_OF_MONTH
    if usual >= 29:
        return usual
    # The 29th or 30th of every month is the 28th in February, so count what each would explain.
    explained = {day: int((in_month == np.minimum(day, last)).sum()) for day in (29, 30)}
    best = max(explained, key=lambda day: explained[day])
    return best if explained[best] > counts[usual] else usual


def _numbers(times: npt.NDArray[Any]) -> Ints:
    return times if times.dtype == np.int64 else times.astype("datetime64[us]").astype(np.int64)


def months_of(days: Ints) -> Ints:
    """Months since January 1970 of days since 1970, same shape."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _month_start(months: Ints) -> Ints:
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _business_days(days: Ints) -> Ints:
    """Business days since Monday 5 January 1970; Saturday and Sunday count as the Friday before."""
    since = days - 4
    return since // 7 * 5 + np.minimum(since % 7, 4)


_WORDS: dict[str, tuple[Unit, int, int | None]] = {
    "b": ("weekday", 1, None),
    "businessday": ("weekday", 1, None),
    "businessdays": ("weekday", 1, None),
    "businessdaily": ("weekday", 1, None),
    "c": ("weekday", 1, None),
    "w": ("day", 7, None),
    "m": ("month", 1, None),
    "ms": ("month", 1, 1),
    "me": ("month", 1, END_OF_MONTH),
    "mo": ("month", 1, None),
    "q": ("month", 3, None),
    "qs": ("month", 3, 1),
    "qe": ("month", 3, END_OF_MONTH),
    "y": ("month", 12, None),
    "ys": ("month", 12, 1),
    "ye": ("month", 12, END_OF_MONTH),
    "a": ("month", 12, None),
    "as": ("month", 12, 1),
    "d": ("day", 1, None),
    "day": ("day", 1, None),
    "daily": ("day", 1, None),
    "week": ("day", 7, None),
    "weekly": ("day", 7, None),
    "month": ("month", 1, None),
    "monthly": ("month", 1, None),
    "quarter": ("month", 3, None),
    "quarterly": ("month", 3, None),
    "year": ("month", 12, None),
    "yearly": ("month", 12, None),
    "annual": ("month", 12, None),
    "h": ("microsecond", HOUR, None),
    "hour": ("microsecond", HOUR, None),
    "hourly": ("microsecond", HOUR, None),
    "min": ("microsecond", MINUTE, None),
    "t": ("microsecond", MINUTE, None),
    "minute": ("microsecond", MINUTE, None),
    "s": ("microsecond", SECOND, None),
    "sec": ("microsecond", SECOND, None),
    "second": ("microsecond", SECOND, None),
    "l": ("microsecond", 1000, None),
    "millisecond": ("microsecond", 1000, None),
    "us": ("microsecond", 1, None),
    "microsecond": ("microsecond", 1, None),
    "step": ("step", 1, None),
}
_KNOWN = (
    "D, B, W, M (MS start, ME end), Q, Y, h, min, s, us, with a number before, or a whole number"
)


def parse_frequency(text: str | int) -> Frequency:
    """A frequency from "D", "15min", "h", "W", "MS", "ME", "Q", "Y", "B", "daily", 1 …

    The letters are those of pandas, where "W-SUN", "Q-DEC" and the like are taken without the part
    after the dash: which day a week ends on is seen in the data. "M" is a month on whichever day
    the rows stand, "MS" its first and "ME" its last. "ms" in small letters is a millisecond.
    Raises UsageError naming what is known.
    """
    wrong = UsageError(f"frequency {text!r} is not known; it is one of {_KNOWN}")
    if isinstance(text, bool) or not isinstance(text, str | int):
        raise wrong
    if isinstance(text, int):
        text = str(text)
    match = re.fullmatch(
        r"(?:every )?\s*(\d*)\s*([A-Za-z]*(?: [a-z]+)?)(?:-[A-Za-z]{3})?", text.strip()
    )
    if match is None or not (match[1] or match[2]):
        raise wrong
    count = int(match[1]) if match[1] else 1
    if count < 1:
        raise wrong
    word = match[2]
    if not word:
        return Frequency("step", count)
    if word == "ms":
        return Frequency("microsecond", count * 1000)
    key = word.lower().replace(" ", "")
    known = _WORDS.get(key) or (
        _WORDS.get(key[:-1]) if len(key) > 3 and key.endswith("s") else None
    )
    if known is None:
        raise wrong
    unit, size, day = known
    return Frequency(unit, count * size, day)
