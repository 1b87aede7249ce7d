"""What a person may say about a table: roles of columns, time, and what to do about faults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from unspool import arguments
from unspool.errors import UsageError

# The values that each mending option takes; `None` everywhere means: report the fault and stop.
DUPLICATES = ("first", "last", "mean", "sum")
GAPS = ("interpolate", "forward", "zero")
MISSING = ("interpolate", "forward", "zero", "drop")
INVALID = ("missing",)
OFF_GRID = ("drop",)
RESAMPLE = ("sum", "mean", "last")


@dataclass(frozen=True)
class TableOptions:
    """Everything about a table that is not left to inference; the default leaves all of it.

    Roles: `id` (one column name or several), `time`, `target` (one name or several, which makes
    each of them a series). Time: `frequency` ("D", "15min", "monthly", 1 …), `season` (rows),
    `timezone` (an IANA name such as "Europe/Berlin": what naive times are in, or what zoned times
    are turned to), `time_format` (a strptime pattern, or "unix", "unix-ms", "integer"),
    `day_first` (True 31/12/2024, False 12/31/2024). Text files: `delimiter`, `decimal`,
    `thousands` ("" for none), `encoding`, `header` (whether the first row names the columns).
    Mending, each None to stop instead: `duplicates`, `gaps`, `missing`,
    `invalid`, `off_grid`, and `resample`, which needs `frequency`.

    Raises UsageError naming the option, its value and the choices.
    """

    id: tuple[str, ...] | None = None
    time: str | None = None
    target: tuple[str, ...] | None = None
    frequency: str | int | None = None
    season: int | None = None
    timezone: str | None = None
    time_format: str | None = None
    day_first: bool | None = None
    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    header: bool | None = None
    duplicates: str | None = None
    gaps: str | None = None
    missing: str | None = None
    invalid: str | None = None
    off_grid: str | None = None
    resample: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _names("id", self.id))
        object.__setattr__(self, "target", _names("target", self.target))
        for name in ("time", "time_format", "delimiter", "decimal", "encoding"):
            _check_text(name, getattr(self, name))
        for name, allowed in (
            ("duplicates", DUPLICATES),
            ("gaps", GAPS),
            ("missing", MISSING),
            ("invalid", INVALID),
            ("off_grid", OFF_GRID),
            ("resample", RESAMPLE),
        ):
            if getattr(self, name) is not None:
                arguments.one_of(name, getattr(self, name), allowed)
        _check_season(self.season)
        _check_timezone(self.timezone)
        for name in ("day_first", "header"):
            if getattr(self, name) not in (None, True, False):
                raise UsageError(f"{name} must be True, False or None, got {getattr(self, name)!r}")
        if self.time_format is not None:
            from unspool.data.timetext import check_time_format

            check_time_format(self.time_format)
        if self.frequency is not None:
            from unspool.data.frequency import parse_frequency

            parse_frequency(self.frequency)
        if self.resample is not None and self.frequency is None:
            raise UsageError(
                f"resample={self.resample!r} needs the frequency to bring the rows to, "
                'such as frequency="D"'
            )
        roles = [*(self.id or ()), *([self.time] if self.time else []), *(self.target or ())]
        for role in roles:
            if roles.count(role) > 1:
                raise UsageError(f"column {role!r} is given two roles among id, time and target")


def _names(option: str, given: Any) -> tuple[str, ...] | None:
    if given is None:
        return None
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Iterable) or isinstance(names, dict):
        raise UsageError(f"{option} must be a column name or several, got {given!r}")
    names = tuple(names)
    if not names or not all(isinstance(name, str) for name in names):
        raise UsageError(f"{option} must be a column name or several, got {given!r}")
    return names


def _check_text(option: str, given: Any) -> None:
    if given is not None and (not isinstance(given, str) or not given):
        raise UsageError(f"{option} must be a text, got {given!r}")


def _check_season(season: Any) -> None:
    if season is None:
        return
    if isinstance(season, bool) or not isinstance(season, int) or season < 1:
        raise UsageError(f"season must be a whole number of rows, 1 for none, got {season!r}")


def _check_timezone(timezone: Any) -> None:
    if timezone is None:
        return
    from unspool.data.zones import find_zone

    find_zone(timezone)
