"""The time column: from integers, typed dates or text to int64, and back as it was written.

A time is held as int64: the integer itself, or microseconds since 1970 (UTC when there is a zone).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unspool.data import timetext, usual_names
from unspool.data.codes import Codes, encode
from unspool.data.faults import Cure, Fault, Stopped, error
from unspool.data.options import TableOptions
from unspool.data.regularity import infer_frequency
from unspool.data.table import Table
from unspool.data.timestyle import ROWS, TimeStyle
from unspool.data.zones import DAY, SECOND, find_zone

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Of the texts of a column, this share must read as times for the column to be taken as time.
MOSTLY_TIMES = 0.5
# A year outside these is more likely a number of something else.
_FIRST_YEAR, _LAST_YEAR = 1600, 2200

# The years that can be computed with, 1 to 9999, in microseconds since 1970; and integers whose
# differences do not overflow.
_FIRST, _END = -719_162 * DAY, 2_932_897 * DAY
_LARGEST = 2**60

_UNIX = {"unix": SECOND, "unix-ms": 1000}


@dataclass(frozen=True)
class TimeColumn:
    """A time column as read.

    times: int64 (rows,); microseconds are wall times while `local` is set, otherwise instants.
    read: which rows have a readable time (rows,), or None when all have.
    """

    times: Ints
    read: Mask | None
    style: TimeStyle
    local: bool  # naive times that a zone was given for: instants depend on the order of rows
    notes: tuple[str, ...] = ()


def looks_like_time(table: Table, name: str) -> bool:
    """Whether the column can be the time: by type, by its texts, or by its name and numbers."""
    column = table.columns.column(name)
    if table.is_time(name):
        return not pa.types.is_time(column.type) and not pa.types.is_duration(column.type)
    if table.is_text(name):
        way = timetext.find_way(column.slice(0, 2000).combine_chunks())
        # Four digits alone are as often a code as a year: then the name decides.
        return (
            way is not None and way[1] > MOSTLY_TIMES and (way[0] != "year" or is_time_name(name))
        )
    if not table.is_number(name) or not (is_time_name(name) or pa.types.is_integer(column.type)):
        return False
    whole = _whole_numbers(column)
    if whole is None:
        return False
    unpacked = _unpack(*whole)
    return is_time_name(name) or (unpacked is not None and unpacked[1] == DAY)


def is_time_name(name: str) -> bool:
    """Whether a column of numbers may be taken as the time because of its name."""
    lower = name.strip().lower()
    return lower in usual_names.INTEGER_TIME or lower.endswith(
        ("_date", "_time", "date", "datetime")
    )


def is_year_name(name: str) -> bool:
    """Whether a column of integers holds years because of its name."""
    return name.strip().lower() in usual_names.YEAR


def read_rows(series: Ints) -> TimeColumn:
    """The time of a table that has none: the rows of each series (a number per row) from 0."""
    order = np.argsort(series, kind="stable")
    ordered = series[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    lengths = np.diff(np.append(starts, len(series)))
    times = np.empty(len(series), np.int64)
    times[order] = np.arange(len(series)) - np.repeat(starts, lengths)
    return TimeColumn(times, None, ROWS, local=False)


def read_times(codes: Codes, name: str, options: TableOptions) -> TimeColumn:
    """Read the time column `name`.

    Stops when nothing in it can be read as a time, or when day and month cannot be told apart;
    single rows that cannot be read are left to the report, through `read`.
    """
    table = codes.table
    column = table.columns.column(name)
    if table.is_time(name):
        return _read_typed(column, options)
    if table.is_number(name):
        return _read_numbers(table, name, options)
    return _read_texts(codes.of(name), name, pa.string(), options)


def _read_typed(column: pa.ChunkedArray, options: TableOptions) -> TimeColumn:
    kind = column.type
    own_zone = kind.tz if pa.types.is_timestamp(kind) else None
    read = np.asarray(pc.is_valid(column))
    if pa.types.is_timestamp(kind):
        stored = np.asarray(pc.fill_null(column.cast(pa.int64()), 0))
        a_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        read &= (stored >= _FIRST // SECOND * a_second) & (stored < _END // SECOND * a_second)
        # Times are kept to the microsecond; a finer one would be changed by reading it.
        read &= (stored % 1000 == 0) | (kind.unit != "ns")
    exact = column.cast(pa.timestamp("us", own_zone), safe=False).cast(pa.int64())
    zone = options.timezone or own_zone
    style = TimeStyle(
        kind="typed",
        type=kind,
        zone=find_zone(zone).name if zone else None,
        naive=own_zone is None,
    )
    times = np.where(read, np.asarray(pc.fill_null(exact, 0)), 0)
    local = own_zone is None and zone is not None
    return TimeColumn(times, None if read.all() else read, style, local)


def _read_numbers(table: Table, name: str, options: TableOptions) -> TimeColumn:
    column = table.columns.column(name)
    form = options.time_format
    if form is not None and form not in timetext.NUMBER_FORMATS:
        return _read_texts(encode(table.as_text(name)), name, column.type, options)
    whole = _whole_numbers(column)
    if whole is None:
        raise Stopped(
            error(
                "unreadable times",
                f"column {name!r} holds numbers that are not whole, and times are dates, "
                "timestamps or integers",
                Cure("time", "NAME", "takes another column"),
            )
        )
    numbers, read = whole
    if form in _UNIX:
        zone = find_zone(options.timezone or "UTC").name
        style = TimeStyle("unix", column.type, zone=zone, unit=_UNIX[form], naive=False)
        there = (numbers >= _FIRST // style.unit) & (numbers < _END // style.unit)
        there = there if read is None else there & read
        times = np.where(there, numbers, 0) * style.unit
        return TimeColumn(times, None if there.all() else there, style, local=False)
    unpacked = None if form == "integer" else _unpack(numbers, read)
    if unpacked is None or (unpacked[1] != DAY and not is_time_name(name)):
        style = TimeStyle("integer", column.type, years=is_year_name(name))
        return TimeColumn(numbers, read, style, local=False)
    times, unit = unpacked
    zone_name = find_zone(options.timezone).name if options.timezone else None
    style = TimeStyle("packed", column.type, zone=zone_name, unit=unit)
    return TimeColumn(times, read, style, local=zone_name is not None)


def _read_texts(
    encoded: tuple[pa.Array, npt.NDArray[np.int32]],
    name: str,
    kind: pa.DataType,
    options: TableOptions,
) -> TimeColumn:
    """Read each different text once, and spread the times over the rows."""
    texts, codes = encoded
    expression = _choose_way(texts, name, options)
    notes: list[str] = []
    day_first = options.day_first
    if "(?P<a>" in expression and day_first is None:
        day_first, why = _decide_order(texts, expression, name)
        notes.append(f"{name}: {'day' if day_first else 'month'} first ({why})")
    result = timetext.read_texts(texts, expression, day_first)
    if not result.read.any():
        raise Stopped(_unreadable(name, texts, "there is no such date"))
    if result.two_digit_years:
        notes.append(f"{name}: two-digit years are read as 1969 to 2068")
    zone = find_zone(options.timezone).name if options.timezone else None
    if result.offsets is not None:
        if len(result.offsets) > 1 and zone is None:
            notes.append(f"{name}: offsets from UTC differ, so days are those of UTC")
        zone = zone or timetext.zone_of(result.offsets)
    naive = result.offsets is None
    style = TimeStyle("text", kind, zone=zone, pattern=result.pattern, naive=naive)
    all_read = bool(result.read.all()) and bool((codes >= 0).all())
    return TimeColumn(
        times=np.append(result.times, 0)[codes],
        read=None if all_read else np.append(result.read, False)[codes],
        style=style,
        local=naive and zone is not None,
        notes=tuple(notes),
    )


def _choose_way(texts: pa.Array, name: str, options: TableOptions) -> str:
    form = options.time_format
    if form in timetext.NUMBER_FORMATS:
        raise Stopped(_unreadable(name, texts, f"{form} is for a column of numbers"))
    if form is not None:
        expression = timetext.expression_of(form)
        if not timetext.read_texts(texts, expression, options.day_first).read.any():
            raise Stopped(_unreadable(name, texts, f"not written {form}"))
        return expression
    way = timetext.find_way(texts)
    if way is None:
        raise Stopped(_unreadable(name, texts, "not a way of writing that is known"))
    return timetext.WAYS[way[0]]


def _decide_order(texts: pa.Array, expression: str, name: str) -> tuple[bool, str]:
    """Day first or month first, from the whole column, and why.

    A number above 12 is a day. When there is none, the order whose times are regular is right if
    the other's are not. Stops when both are as regular: that would be a guess.
    """
    could_be_day, could_be_month = timetext.orders(texts, expression)
    day_first = timetext.read_texts(texts, expression, True)
    month_first = timetext.read_texts(texts, expression, False)
    if could_be_day != could_be_month:
        return could_be_day, "a number above 12 decides"
    if not could_be_day:
        # Each order leaves some texts unread: the better one is kept, and the report names them.
        return bool(day_first.read.sum() > month_first.read.sum()), "as most rows"
    shares = []
    for reading in (day_first, month_first):
        inference = infer_frequency(np.unique(reading.times[reading.read]), np.zeros(1, np.int64))
        shares.append(inference.share if inference else 0.0)
    clear = abs(shares[0] - shares[1]) >= 0.05 or (max(shares) == 1.0 > min(shares))
    if clear:
        return shares[0] > shares[1], "the other order is less regular"
    shown = next(text for text in texts.to_pylist() if text)
    raise Stopped(
        error(
            "ambiguous dates",
            f"column {name!r}: {shown!r} can be day/month or month/day, and no row settles it",
            Cure("day_first", True),
            Cure("day_first", False, "says which"),
        )
    )


def _unreadable(name: str, texts: pa.Array, why: str) -> Fault:
    shown = next((text for text in texts.to_pylist() if text), "")
    return error(
        "unreadable times",
        f"column {name!r} cannot be read as times: {shown!r} ({why})",
        Cure("time_format", "PATTERN", "such as %d.%m.%Y says how they are written"),
    )


def _whole_numbers(column: pa.ChunkedArray) -> tuple[Ints, Mask | None] | None:
    """The column as integers and which rows hold one; None when some number is not whole."""
    read = np.asarray(pc.is_valid(column))
    if pa.types.is_integer(column.type):
        integers = np.asarray(pc.fill_null(column, 0)).astype(np.int64, copy=False)
    else:
        numbers = np.asarray(pc.fill_null(column, 0.0))
        # Beyond 2**53 neighbouring integers are one float.
        read &= np.isfinite(numbers) & (np.abs(numbers) < 2**53)
        numbers = np.where(read, numbers, 0.0)
        if (numbers != np.floor(numbers)).any():
            return None
        integers = numbers.astype(np.int64)
    read &= (integers > -_LARGEST) & (integers < _LARGEST)
    return (integers, None) if read.all() else (np.where(read, integers, 0), read)


def _unpack(numbers: Ints, read: Mask | None) -> tuple[Ints, int] | None:
    """Times of integers written 20240131 or 202401, and the unit; None when they are not dates."""
    there = numbers if read is None else numbers[read]
    if len(there) == 0:
        return None
    for unit, scale in ((DAY, 10_000), (30 * DAY, 100)):
        low, high = _FIRST_YEAR * scale, _LAST_YEAR * scale
        if there.min() < low or there.max() >= high:
            continue
        year, rest = numbers // scale, numbers % scale
        month, day = (rest // 100, rest % 100) if unit == DAY else (rest, np.ones_like(rest))
        right = (month >= 1) & (month <= 12)
        months = (year - 1970) * 12 + np.where(right, month, 1) - 1
        first, end = (
            (months + later).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
            for later in (0, 1)
        )
        right &= (day >= 1) & (day <= end - first)
        if (right if read is None else right[read]).all():
            return np.where(right, (first + day - 1) * DAY, 0), unit
    return None
