"""Times written as text: which of the usual ways a column follows, reading it, writing it alike.

A way of writing is a regular expression with named parts (year Y, month m, day d, hour H, …). A
column is read with the one way that fits most of its texts; texts that do not fit are not times.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unspool.data.timepattern import (
    MINUTE,
    SAMPLE,
    Pattern,
    compiled,
    pattern_of,
    week_monday,
    write_offset,
)
from unspool.data.usual_names import MONTHS
from unspool.data.zones import DAY, HOUR, SECOND, find_zone
from unspool.errors import UsageError

# Two-digit years as POSIX reads them: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068.
PIVOT = 69

_CLOCK = (
    r"(?:(?:T| +)(?P<H>\d{1,2})(?::(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"(?: ?(?P<p>[AaPp][Mm]))?(?: ?(?P<z>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?)?"
)
_NAME = r"(?P<B>[A-Za-z]{3,9})"

# Way of writing -> pattern. "a" and "b" are day and month in an order that the column decides.
WAYS = {
    "year-month-day": r"(?P<Y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _CLOCK,
    "yearmonthday": r"(?P<Y>\d{4})(?P<m>\d{2})(?P<d>\d{2})" + _CLOCK,
    "day/month/year": r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<Y>\d{4})" + _CLOCK,
    "day/month/yr": r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{2})" + _CLOCK,
    "year-month": r"(?P<Y>\d{4})[-/.](?P<m>\d{1,2})",
    "month/year": r"(?P<m>\d{1,2})[-/.](?P<Y>\d{4})",
    "yearMmonth": r"(?P<Y>\d{4})[- ]?M(?P<m>\d{1,2})",
    "year-quarter": r"(?P<Y>\d{4})[- ]?[Qq](?P<q>[1-4])",
    "quarter year": r"[Qq](?P<q>[1-4])[- /]?(?P<Y>\d{4})",
    "year-week": r"(?P<Y>\d{4})[- ]?W(?P<w>\d{2})(?:-?(?P<u>[1-7]))?",
    "day name year": r"(?P<d>\d{1,2})[- /.]" + _NAME + r"[- /.,]+(?P<Y>\d{4})" + _CLOCK,
    "day name yr": r"(?P<d>\d{1,2})[- /.]" + _NAME + r"[- /.,]+(?P<y>\d{2})" + _CLOCK,
    "name day, year": _NAME + r"\.? (?P<d>\d{1,2}),? (?P<Y>\d{4})" + _CLOCK,
    "name year": _NAME + r"[- /.,]*(?P<Y>\d{4})",
    "year name": r"(?P<Y>\d{4})[- /.]?" + _NAME,
    "name yr": _NAME + r"[- /](?P<y>\d{2})",
    "year": r"(?P<Y>\d{4})",
}

_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[AaPp][Mm])",
    "z": r"(?P<z>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)",
    "b": _NAME,
    "B": _NAME,
    "%": "%",
}
NUMBER_FORMATS = ("unix", "unix-ms", "integer")

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TextTimes:
    """Texts read as times: wall times, or instants in UTC when the texts carry offsets."""

    times: Ints  # (n,) microseconds since 1970; 0 where not read
    read: Mask  # (n,)
    pattern: Pattern
    offsets: tuple[int, ...] | None  # the different offsets from UTC, None when there are none
    order_given: bool = False  # day and month stand in an order that had to be decided
    two_digit_years: bool = False


def find_way(texts: pa.Array) -> tuple[str, float] | None:
    """The way of writing that fits most of the texts, and the share it fits, or None."""
    texts = texts.drop_null()
    if len(texts) == 0:
        return None
    step = max(1, len(texts) // SAMPLE)
    sample = [text.strip() for text in texts.take(pa.array(range(0, len(texts), step))).to_pylist()]
    best: tuple[str, float] | None = None
    for way in WAYS:
        form = compiled(WAYS[way])
        fits = sum(_plausible(form.fullmatch(text)) for text in sample) / len(sample)
        if fits > (best[1] if best else 0.0):
            best = (way, fits)
        if fits == 1.0:
            break
    return best


def orders(texts: pa.Array, expression: str) -> tuple[bool, bool]:
    """Whether day first, and whether month first, can read the texts that have the form a/b/year.

    A number above 12 settles the matter; (True, True) means that the numbers leave it open, and
    (False, False) that they contradict each other.
    """
    parts = _extract(texts, expression)
    fits = parts["a"] >= 0
    first, second = parts["a"][fits], parts["b"][fits]
    return not bool((second > 12).any()), not bool((first > 12).any())


def read_texts(texts: pa.Array, expression: str, day_first: bool | None) -> TextTimes:
    """Read distinct texts (n,) by a way of writing; `day_first` orders the parts a and b."""
    parts = _extract(texts, expression)
    fits = parts.pop("fits").astype(bool)
    ordered = "a" in parts
    if ordered:
        parts["d"], parts["m"] = (parts["a"], parts["b"]) if day_first else (parts["b"], parts["a"])
    two_digits = "y" in parts
    if two_digits:
        parts["Y"] = np.where(parts["y"] < PIVOT, 2000, 1900) + parts["y"]
    days, right = _days(parts, len(texts))
    clock, clock_right = _clock(parts, len(texts))
    read = fits & right & clock_right
    times = days * DAY + clock
    offsets: tuple[int, ...] | None = None
    if "z" in parts:
        zoned = parts["z_there"].astype(bool)
        # A column is zoned or it is not: the rarer of the two cannot be placed beside the other.
        is_zoned = bool(zoned[read].mean() >= 0.5) if read.any() else False
        read &= zoned == is_zoned
        if is_zoned:
            times = times - parts["z"]
            offsets = tuple(int(o) for o in np.unique(parts["z"][read]))
    times = np.where(read, times, 0)
    pattern = pattern_of(texts, read, expression, day_first, offsets)
    return TextTimes(times, read, pattern, offsets, ordered, two_digits)


def check_time_format(text: str) -> None:
    """Raise UsageError unless the text is a strptime pattern that we read, or a number format."""
    if text not in NUMBER_FORMATS:
        expression_of(text)


def expression_of(time_format: str) -> str:
    """The regular expression of a strptime pattern; raises UsageError on what it does not cover."""
    written = time_format.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S")
    pieces = re.split(r"%(.)", written)
    if len(pieces) == 1:
        raise UsageError(
            f"time_format {time_format!r} is neither a pattern such as '%d.%m.%Y %H:%M' nor one of "
            f"{', '.join(NUMBER_FORMATS)}"
        )
    expression = re.escape(pieces[0])
    seen: set[str] = set()
    for directive, literal in zip(pieces[1::2], pieces[2::2], strict=True):
        if directive not in _DIRECTIVES:
            known = " ".join(f"%{name}" for name in _DIRECTIVES)
            raise UsageError(f"time_format {time_format!r}: %{directive} is not among {known}")
        if directive in seen and directive != "%":
            raise UsageError(f"time_format {time_format!r} has %{directive} twice")
        seen.add(directive)
        expression += _DIRECTIVES[directive] + re.escape(literal)
    if not seen & {"Y", "y"}:
        raise UsageError(f"time_format {time_format!r} has no year (%Y or %y)")
    if ("I" in seen) != ("p" in seen) or {"H", "I"} <= seen or {"b", "B"} <= seen:
        raise UsageError(f"time_format {time_format!r} needs %I with %p, or %H, and one month")
    return expression


def _plausible(match: re.Match[str] | None) -> bool:
    """Whether a text that fits a way of writing can be a date, so that 9999-99 is not."""
    if match is None:
        return False
    parts = match.groupdict()
    if "B" in parts and _month_number(parts["B"]) == 0:
        return False
    month, day = int(parts.get("m") or 1), int(parts.get("d") or 1)
    if "a" in parts:
        day, month = sorted((int(parts["a"]), int(parts["b"])), reverse=True)
    year = int(parts.get("Y") or 2000)
    return 1 <= month <= 12 and 1 <= day <= 31 and 1000 <= year < 3000


def _extract(texts: pa.Array, expression: str) -> dict[str, Ints]:
    """Every named part of every text as an integer (n,), -1 where it is absent; and "fits"."""
    parts = _extract_alike(texts, expression)
    if parts is not None:
        return parts
    trimmed = pc.utf8_trim_whitespace(texts)
    groups = pc.extract_regex(trimmed, f"^(?:{expression})$")
    fits = np.asarray(pc.is_valid(groups))
    parts = {"fits": fits.astype(np.int64)}
    for index in range(groups.type.num_fields):
        name = groups.type.field(index).name
        column = pc.struct_field(groups, [index])
        column = pc.if_else(pc.equal(column, ""), None, column)
        if name == "B":
            parts[name] = _mapped(column, _month_number)
        elif name == "p":
            parts[name] = _mapped(column, lambda text: int(text[0] in "pP"))
        elif name == "z":
            parts["z_there"] = np.asarray(pc.is_valid(column)).astype(np.int64)
            parts[name] = np.where(parts["z_there"] == 1, _mapped(column, _read_offset), 0)
        elif name == "f":
            padded = pc.utf8_rpad(column, 9, padding="0")
            parts[name] = _integers(padded)
        else:
            parts[name] = _integers(column)
    return parts


def _extract_alike(texts: pa.Array, expression: str) -> dict[str, Ints] | None:
    """The same for texts of one length with the same literals at the same places, or None.

    Most columns are like that, and their digits are then columns of bytes: a twentieth of the time
    that the regular expression takes.
    """
    model = compiled(expression).fullmatch(texts[0].as_py()) if len(texts) else None
    if model is None or texts.null_count or texts.type != pa.string():
        return None
    spans = {name: model.span(name) for name in model.re.groupindex if model[name] is not None}
    if not set(spans) <= set("YymdabHMSfz") or not model.string.isascii():
        return None
    data = texts.cast(pa.binary())
    begin, *_ = ends = np.frombuffer(data.buffers()[1], np.int32)[data.offset :][: len(data) + 1]
    width = len(model.string)
    if (np.diff(ends) != width).any():
        return None
    stored = np.frombuffer(data.buffers()[2], np.uint8)
    cells = stored[begin : begin + width * len(data)].reshape(len(data), width)
    digit = np.zeros(width, dtype=bool)
    for name, (first, last) in spans.items():
        digit[first:last] = name != "z"
    pattern = np.frombuffer(model.string.encode(), np.uint8)
    same = (cells[:, ~digit] == pattern[~digit]).all()
    if not same or (cells[:, digit] < ord("0")).any() or (cells[:, digit] > ord("9")).any():
        return None
    parts = {"fits": np.ones(len(data), np.int64)}
    for name in model.re.groupindex:
        parts[name] = np.full(len(data), -1 if name != "z" else 0, np.int64)
        if name == "z":
            parts["z_there"] = np.full(len(data), int(name in spans), np.int64)
            if name in spans:
                parts[name] += _read_offset(model[name])
        elif name in spans:
            first, last = spans[name]
            number = np.zeros(len(data), np.int64)
            for place in range(first, last):
                number = number * 10 + (cells[:, place] - ord("0"))
            parts[name] = number * 10 ** (9 - (last - first)) if name == "f" else number
    return parts


def _integers(column: pa.Array) -> Ints:
    numbers: Ints = np.asarray(pc.fill_null(pc.cast(column, pa.int64()), -1))
    return numbers


def _mapped(column: pa.Array, read: Callable[[str], int]) -> Ints:
    encoded = pc.dictionary_encode(column)
    numbers: Ints = np.array([*map(read, encoded.dictionary.to_pylist()), -1], np.int64)
    # The last number, -1, is that of null.
    mapped: Ints = numbers[np.asarray(pc.fill_null(encoded.indices, -1))]
    return mapped


def _month_number(name: str) -> int:
    """1 to 12 for a month's English name or its first three or four letters, otherwise 0."""
    wanted = name.lower()
    for number, month in enumerate(MONTHS, start=1):
        if wanted == month or wanted == month[:3] or (wanted == "sept" and number == 9):
            return number
    return 0


def _read_offset(text: str) -> int:
    if text in ("Z", "UTC", "GMT"):
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-1 if text[0] == "-" else 1) * minutes * MINUTE


def _days(parts: dict[str, Ints], n: int) -> tuple[Ints, Mask]:
    """Days since 1970 of the date parts, and whether there is such a day."""
    year = parts["Y"]
    right = (year >= 1) & (year <= 9999)
    year = np.where(right, year, 1970)
    if "w" in parts:
        week = parts["w"]
        weekday = np.where(parts["u"] < 1, 1, parts["u"])
        days = week_monday(year, np.maximum(week, 1)) + weekday - 1
        # Week 53 exists only in years whose Thursday of that week still lies in them.
        thursday = (days - weekday + 4).astype("datetime64[D]").astype("datetime64[Y]")
        return days, right & (week >= 1) & (thursday.astype(np.int64) + 1970 == year)
    if "q" in parts:
        month = parts["q"] * 3 - 2
    else:
        month = parts.get("m", parts.get("B", np.ones(n, np.int64)))
    right &= (month >= 1) & (month <= 12)
    months = (year - 1970) * 12 + np.where(right, month, 1) - 1
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    if "d" not in parts:
        return start, right
    end = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    day = parts["d"]
    right &= (day >= 1) & (day <= end - start)
    return start + day - 1, right


def _clock(parts: dict[str, Ints], n: int) -> tuple[Ints, Mask]:
    """Microseconds since midnight of the clock parts, and whether there is such a time."""
    right = np.ones(n, dtype=bool)
    if "H" not in parts:
        return np.zeros(n, np.int64), right
    hour, half = parts["H"], parts.get("p", np.full(n, -1, np.int64))
    right &= (half < 0) | ((hour >= 1) & (hour <= 12))
    hour = np.where(half >= 0, hour % 12 + 12 * (half == 1), hour)
    right &= hour <= 23
    clock = np.maximum(hour, 0) * HOUR
    for name, unit in (("M", MINUTE), ("S", SECOND)):
        if name in parts:
            right &= parts[name] <= 59
            clock = clock + np.maximum(parts[name], 0) * unit
    if "f" in parts:
        # Times are kept to the microsecond; a finer one would be changed by reading it.
        right &= (parts["f"] % 1000 == 0) | (parts["f"] < 0)
        clock = clock + np.maximum(parts["f"], 0) // 1000
    return clock, right


def zone_of(offsets: tuple[int, ...]) -> str:
    """The zone of times that carry these offsets: the offset when there is one, otherwise UTC."""
    if len(offsets) != 1:
        return "UTC"
    return find_zone(write_offset(offsets[0], "colon")).name if offsets[0] else "UTC"
