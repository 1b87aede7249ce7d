"""Dates in words and as ISO 8601 writes them: a task for a translator."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from unspool.data.synthetic.seeds import Seed, check_count, draws
from unspool.errors import UsageError

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
FIRST = datetime.date(1000, 1, 1)
LAST = datetime.date(9999, 12, 31)


class TextPairs(NamedTuple):
    """Texts and what is to be made of each, in the same order."""

    sources: list[str]
    targets: list[str]


def dates(count: int, seed: Seed = 42) -> TextPairs:
    """`count` different days of the years 1000 to 9999: "April 22, 2019" and "2019-04-22".

    Every day is equally likely. Raises UsageError for a count below 1 or above the days there are.
    """
    check_count("count", count)
    days = (LAST - FIRST).days + 1
    if count > days:
        raise UsageError(f"count must be at most {days:,}, the days there are, got {count:,}")
    chosen = draws(seed).choice(days, count, replace=False)
    found = [FIRST + datetime.timedelta(int(day)) for day in chosen]
    return TextPairs(
        [f"{MONTHS[day.month - 1]} {day.day}, {day.year}" for day in found],
        [day.isoformat() for day in found],
    )
