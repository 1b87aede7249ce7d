"""Which column plays which role: id, time, target; long, wide or a single series.

A role that is not given is taken from the usual names first and from the content second. What
cannot be told is asked for; which columns were left aside is said.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspool.data import usual_names
from unspool.data.codes import Codes
from unspool.data.faults import Cure, Stopped, error
from unspool.data.options import TableOptions
from unspool.data.table import Table
from unspool.data.times import (
    TimeColumn,
    looks_like_time,
    read_rows,
    read_times,
)
from unspool.data.timestyle import TimeStyle

# Without a usual name a text column is the id only when this share of rows repeats a time.
_MANY_REPEATS = 0.2


@dataclass(frozen=True)
class Layout:
    """The roles of a table's columns, and how its times are written.

    `id_names` is empty for a wide table and for a single series; `time_name` is None when the rows
    themselves are the steps; `target_names` holds one column for a long table or a single series,
    and one per series for a wide table.
    """

    kind: str  # "long", "wide" or "single"
    id_names: tuple[str, ...]
    time_name: str | None
    target_names: tuple[str, ...]
    style: TimeStyle  # how the time column was written or typed, and its zone
    id_types: tuple[pa.DataType, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()  # column, why
    notes: tuple[str, ...] = field(default=())

    @property
    def id_name(self) -> str | None:
        """The id column of a long table, the first if there are several, or None."""
        return self.id_names[0] if self.id_names else None

    @property
    def target_name(self) -> str:
        """The value column of a long table or a single series; "value" for a wide table."""
        return self.target_names[0] if self.kind != "wide" else "value"

    @property
    def zone(self) -> str | None:
        """The IANA name (or "+02:00") of the zone that times are in, None when they are naive."""
        return self.style.zone


def infer_layout(codes: Codes, options: TableOptions) -> tuple[Layout, TimeColumn]:
    """The roles of the columns of a table, and its time column read.

    Stops when a named column does not exist, when there is no number column, when the target is
    one of several, or when the time cannot be read.
    """
    table = codes.table
    repeated = [name for name, count in Counter(table.names).items() if count > 1]
    if repeated:
        raise Stopped(error("columns", f"several columns are called {repeated[0]!r}: rename them"))
    _check_names(table, options)
    if table.n_rows == 0 or not table.names:
        raise Stopped(error("empty", "the table has no rows"))
    given = {*(options.id or ()), *(options.target or ())}
    time_name = options.time or _find_time(table, given)
    id_names = _find_ids(codes, time_name, options)
    targets, ignored = _find_targets(codes, id_names, time_name, options)
    if time_name is None:
        _check_no_time(codes, id_names, targets)
        time = read_rows(codes.joint(id_names)[1])
    else:
        _check_not_spread(codes, id_names, time_name)
        time = read_times(codes, time_name, options)
    notes = list(time.notes)
    if len(targets) == 12 and all(
        month.startswith(name.lower()) and len(name) >= 3
        for name, month in zip(targets, usual_names.MONTHS, strict=True)
    ):
        notes.append(
            "the columns are the months of a year: each is a series of its own here; "
            "put them below each other for one monthly series"
        )
    layout = Layout(
        kind="long" if id_names else "wide" if len(targets) > 1 else "single",
        id_names=id_names,
        time_name=time_name,
        target_names=targets,
        style=time.style,
        id_types=tuple(codes.of(name)[0].type for name in id_names),
        ignored=ignored,
        notes=tuple(notes),
    )
    return layout, time


def _check_names(table: Table, options: TableOptions) -> None:
    for option, names in (
        ("id", options.id or ()),
        ("time", (options.time,) if options.time else ()),
        ("target", options.target or ()),
    ):
        for name in names:
            if name in table.names:
                continue
            if name in table.ignored:
                raise _usage(f"{option} {name!r} cannot be used: {table.ignored[name]}")
            lower = {known.lower(): known for known in table.names}
            near = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
            hint = f"; did you mean {lower[near[0]]!r}?" if near else ""
            raise _usage(
                f"{option} {name!r} is not a column; there are {_listed(table.names)}{hint}"
            )
    for name in options.id or ():
        if table.is_time(name):
            raise _usage(f"id {name!r} holds times; an id is text or whole numbers")
    for name in options.target or ():
        if not table.is_number(name):
            raise _usage(f"target {name!r} holds no numbers; {_number_columns(table)}")
    if options.id and options.target and len(options.target) > 1:
        raise _usage(
            "a table with an id column has one target, got "
            f"{_listed(options.target)}; leave out one or the other"
        )


def _find_time(table: Table, given: set[str]) -> str | None:
    """The time column: typed before text before numbers, the usual names first."""
    able = [name for name in table.names if name not in given and looks_like_time(table, name)]

    def rank(name: str) -> tuple[bool, int, int, int]:
        lower = name.strip().lower()
        words = [word for word in re.split(r"[^a-z]+", lower) if word in usual_names.TIME]
        usual = (
            usual_names.TIME.index(lower) if lower in usual_names.TIME else len(usual_names.TIME)
        )
        content = 0 if table.is_time(name) else 1 if table.is_text(name) else 2
        return (content == 2, usual - bool(words), content, table.names.index(name))

    if able:
        return min(able, key=rank)
    unread = [
        name
        for name in table.names
        if name not in given
        and (table.is_text(name) or table.is_number(name))
        and name.strip().lower() in usual_names.SURELY_TIME
    ]
    if unread:
        # A column that says it is the time but cannot be read must not be passed over.
        return unread[0]
    first = table.names[0]
    others = any(table.is_number(name) for name in table.names[1:])
    if first not in given and others and _is_row_number(table, first):
        return first
    return None


def _is_row_number(table: Table, name: str) -> bool:
    """Whether the column counts the rows: whole numbers that ascend by 1."""
    column = table.columns.column(name)
    if not pa.types.is_integer(column.type) or column.null_count or len(column) < 2:
        return False
    return bool((np.diff(np.asarray(column)) == 1).all())


def _find_ids(codes: Codes, time_name: str | None, options: TableOptions) -> tuple[str, ...]:
    """The columns that tell the series of a long table apart, or none."""
    table = codes.table
    if options.id is not None:
        return options.id
    if options.target is not None and len(options.target) > 1:
        return ()
    free = [
        name for name in table.names if name != time_name and name not in (options.target or ())
    ]
    named = [name for name in _by_usual_name(free, usual_names.ID) if _can_be_id(table, name)]
    if time_name is None:
        repeating = [name for name in named if 0 < len(codes.of(name)[0]) <= table.n_rows // 2]
        return tuple(repeating[:1])
    sure = [name for name in named if name.strip().lower() in usual_names.SURELY_ID]
    if sure:
        return (sure[0],)
    repeated = codes.repeats((time_name,))
    if repeated == 0:
        return tuple(name for name in named if len(codes.of(name)[0]) == 1)[:1]
    found = _smallest_key(codes, named, time_name)
    if found:
        return found
    if repeated < _MANY_REPEATS * table.n_rows:
        return ()
    texts = [name for name in free if table.is_text(name) and name not in named]
    texts = [name for name in texts if 1 < len(codes.of(name)[0]) <= table.n_rows // 2]
    for name in texts:
        if codes.repeats((name, time_name)) == 0:
            return (name,)
    best = min(texts, key=lambda name: codes.repeats((name, time_name)), default=None)
    few = best is not None and codes.repeats((best, time_name)) <= 0.05 * table.n_rows
    return (best,) if best is not None and few else ()


def _smallest_key(codes: Codes, named: list[str], time_name: str) -> tuple[str, ...]:
    """The first usual name, or the fewest of them together, with which each time stands once."""
    if not named:
        return ()
    for name in named:
        if codes.repeats((name, time_name)) == 0:
            return (name,)
    chosen: tuple[str, ...] = ()
    left = codes.repeats((time_name,))
    for name in named[:6]:
        repeats = codes.repeats((*chosen, name, time_name))
        # A column that separates hardly any rows further does not make series of its own.
        if repeats < 0.9 * left:
            chosen, left = (*chosen, name), repeats
        if left == 0:
            break
    return chosen or (named[0],)


def _can_be_id(table: Table, name: str) -> bool:
    kind = table.columns.schema.field(name).type
    return bool(pa.types.is_string(kind) or pa.types.is_integer(kind))


def _find_targets(
    codes: Codes, id_names: tuple[str, ...], time_name: str | None, options: TableOptions
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The columns of values, and the columns that play no role with the reason."""
    table = codes.table
    roles = {*id_names, time_name}
    ignored = [(name, why) for name, why in table.ignored.items()]
    free: list[str] = []
    for name in table.names:
        if name in roles or (options.target is not None and name in options.target):
            continue
        why = None if options.target is not None else _why_ignored(table, name, time_name)
        if options.target is not None:
            ignored.append((name, "not a target"))
        elif why is not None:
            ignored.append((name, why))
        else:
            free.append(name)
    if options.target is not None:
        return options.target, tuple(ignored)
    if not free:
        raise Stopped(
            error("columns", f"there is no column of numbers among {_listed(table.names)}")
        )
    if not id_names or len(free) == 1:
        return tuple(free), tuple(ignored)
    for names in (usual_names.SURELY_TARGET, usual_names.TARGET):
        known = _by_usual_name(free, names)
        if len(known) == 1 or (known and names is usual_names.SURELY_TARGET):
            others = [(name, "number, not the target") for name in free if name != known[0]]
            return (known[0],), (*ignored, *others)
    raise _usage(
        f"any of {_listed(free)} can be the target of this long table (id {_listed(id_names)})",
        Cure("target", free[0], "or another of them says which"),
    )


def _why_ignored(table: Table, name: str, time_name: str | None) -> str | None:
    """Why a column holds no values to forecast, or None when it does."""
    if table.is_time(name):
        return "time"
    if not table.is_number(name):
        return "text" if table.is_text(name) else str(table.columns.schema.field(name).type)
    column = table.columns.column(name)
    if column.null_count == len(column) and name not in table.text_cells:
        return "empty"
    lower = name.strip().lower()
    if lower in usual_names.ROW_NUMBER and time_name is not None and _is_row_number(table, name):
        return "row number"
    if lower in usual_names.CALENDAR and time_name is not None and pa.types.is_integer(column.type):
        low, high = usual_names.CALENDAR[lower]
        extremes = pc.min_max(column).as_py()
        if low <= extremes["min"] and extremes["max"] <= high:
            return "part of the date"
    return None


def _check_no_time(codes: Codes, id_names: tuple[str, ...], targets: Sequence[str]) -> None:
    """Without a time column the rows are the steps, unless each row is itself a series."""
    table = codes.table
    texts = [name for name in table.names if table.is_text(name) and name not in id_names]
    rows_are_series = len(targets) >= 5 and any(
        len(codes.of(name)[0]) == table.n_rows for name in texts[:1]
    )
    if rows_are_series:
        raise _usage(
            f"there is no time column among {_listed(table.names)}, and each row seems to be a "
            "series of its own: turn rows into columns, or name the time column",
            Cure("time", "NAME"),
        )


def _check_not_spread(codes: Codes, id_names: tuple[str, ...], time_name: str) -> None:
    """Stop when the time is spread over columns, such as a date and an hour."""
    key = (*id_names, time_name)
    parts = [name for name in codes.table.names if name.strip().lower() in usual_names.CALENDAR]
    parts = [name for name in parts if name not in key]
    if not parts or codes.repeats(key) < 0.5 * codes.table.n_rows:
        return
    for name in parts:
        if codes.repeats((*key, name)) < 0.5 * codes.repeats(key):
            raise _usage(
                f"the time seems to be spread over {time_name!r} and {name!r}: join them into one "
                "column, such as 2024-03 or 2024-03-31 17:00, and name it",
                Cure("time", "NAME"),
            )


def _by_usual_name(names: Iterable[str], usual: Iterable[str]) -> list[str]:
    """Those of `names` that are usual, the surest first."""
    lower = {name.strip().lower(): name for name in reversed(list(names))}
    return [lower[name] for name in usual if name in lower]


def _number_columns(table: Table) -> str:
    numbers = [name for name in table.names if table.is_number(name)]
    return f"columns of numbers are {_listed(numbers)}" if numbers else "no column does"


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _usage(message: str, *cures: Cure) -> Stopped:
    return Stopped(error("columns", message, *cures), usage=True)
