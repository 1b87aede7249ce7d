"""How the times of a text column were written, and writing other times alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspool.data.usual_names import MONTHS
from unspool.data.zones import DAY, HOUR, SECOND

MINUTE = 60 * SECOND
SAMPLE = 200  # texts looked at to see how a column is written

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pattern:
    """How to write a time: literals and parts in order, as they were in the column."""

    parts: tuple[tuple[str, str], ...]  # ("literal", "-"), ("Y", "4"), ("m", "2"), ("B", "title") …
    utc_mark: bool = False  # offsets were written as Z or +00:00 throughout, so UTC is written
    changing_offsets: bool = False  # offsets from UTC were not all the same

    def write(self, local: int, offset: int) -> str:
        """The text of a local wall time (microseconds since 1970) at that offset from UTC."""
        moment = np.datetime64(local, "us")
        day = moment.astype("datetime64[D]")
        month = moment.astype("datetime64[M]")
        fields = {
            "Y": int(moment.astype("datetime64[Y]").astype(np.int64)) + 1970,
            "m": int(month.astype(np.int64)) % 12 + 1,
            "d": int((day - month.astype("datetime64[D]")).astype(np.int64)) + 1,
            "H": local // HOUR % 24,
            "M": local // MINUTE % 60,
            "S": local // SECOND % 60,
        }
        return "".join(self._part(kind, how, fields, local, offset) for kind, how in self.parts)

    def _part(self, kind: str, how: str, fields: dict[str, int], local: int, offset: int) -> str:
        if kind == "literal":
            return how
        if kind == "y":
            return f"{fields['Y'] % 100:02d}"
        if kind == "q":
            return str((fields["m"] - 1) // 3 + 1)
        if kind in ("G", "w", "u"):
            year, week, weekday = _iso_week(local // DAY)
            return {"G": f"{year:04d}", "w": f"{week:02d}", "u": str(weekday)}[kind]
        if kind == "f":
            return f"{local % SECOND:06d}".ljust(int(how), "0")[: int(how)]
        if kind == "I":
            return f"{(fields['H'] + 11) % 12 + 1:0{how}d}"
        if kind == "p":
            mark = "AM" if fields["H"] < 12 else "PM"
            return mark.lower() if how == "lower" else mark
        if kind == "B":
            name = MONTHS[fields["m"] - 1]
            length, case = how.split(" ")
            if length != "full":
                name = "sept" if length == "sept" and fields["m"] == 9 else name[:3]
            return {"title": name.title(), "upper": name.upper(), "lower": name}[case]
        if kind == "z":
            return write_offset(offset, how)
        return f"{fields[kind]:0{how}d}"


def pattern_of(
    texts: pa.Array,
    read: Mask,
    expression: str,
    day_first: bool | None,
    offsets: tuple[int, ...] | None,
) -> Pattern:
    """How to write times like these: the literals and widths of the most complete text."""
    form = compiled(expression)
    positions = np.flatnonzero(read)
    step = max(1, len(positions) // SAMPLE)
    sample = texts.take(pa.array(positions[::step])).to_pylist()
    matches = [m for text in sample if (m := form.fullmatch(text.strip()))]
    if not matches:
        return Pattern(())
    widths = {
        name: min(len(m[name]) for m in matches if m[name])
        for name in form.groupindex
        if any(m[name] for m in matches)
    }
    model = max(matches, key=lambda m: sum(len(part) for part in m.groupdict().values() if part))
    twelve_hours = model.groupdict().get("p") is not None
    names = {(m.groupdict().get("B") or "").lower() for m in matches}
    length = "full" if any(len(n) > 3 for n in names - {"sept"}) else "short"
    length = "sept" if length == "short" and "sept" in names else length
    parts: list[tuple[str, str]] = []
    at = 0
    for name in sorted(form.groupindex, key=lambda name: model.start(name)):
        text = model[name]
        if text is None:
            continue
        if model.start(name) > at:
            parts.append(("literal", model.string[at : model.start(name)]))
        at = model.end(name)
        if name in ("a", "b"):
            kind = "d" if (name == "a") == bool(day_first) else "m"
            parts.append((kind, str(widths[name])))
        elif name == "B":
            case = "upper" if text.isupper() else "lower" if text.islower() else "title"
            parts.append(("B", f"{length} {case}"))
        elif name == "p":
            parts.append(("p", "lower" if text.islower() else "upper"))
        elif name == "z":
            plain = "hours" if len(text) == 3 else "colon" if ":" in text else "plain"
            parts.append(("z", text if text in ("Z", "UTC", "GMT") else plain))
        elif name == "Y" and "w" in form.groupindex:
            parts.append(("G", "4"))
        elif name == "f":
            parts.append(("f", str(len(text))))
        else:
            kind = "I" if name == "H" and twelve_hours else name
            parts.append((kind, str(widths[name])))
    if at < len(model.string):
        parts.append(("literal", model.string[at:]))
    changing = offsets is not None and len(offsets) > 1
    return Pattern(tuple(parts), utc_mark=offsets == (0,), changing_offsets=changing)


def write_offset(offset: int, how: str) -> str:
    """An offset from UTC written "colon" +01:00, "plain" +0100, "hours" +01, or as it is named."""
    if how in ("Z", "UTC", "GMT"):
        return how
    minutes = abs(offset) // MINUTE
    sign = "-" if offset < 0 else "+"
    if how == "hours" and minutes % 60 == 0:
        return f"{sign}{minutes // 60:02d}"
    return f"{sign}{minutes // 60:02d}{'' if how == 'plain' else ':'}{minutes % 60:02d}"


def week_monday(year: Ints, week: Ints) -> Ints:
    """Days since 1970 of the Monday of an ISO week: week 1 holds January the 4th."""
    fourth = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 3
    return fourth - (fourth + 3) % 7 + (week - 1) * 7


def _iso_week(day: int) -> tuple[int, int, int]:
    weekday = (day + 3) % 7
    thursday = np.datetime64(day - weekday + 3, "D")
    year = int(thursday.astype("datetime64[Y]").astype(np.int64)) + 1970
    first = int(week_monday(np.array([year]), np.array([1]))[0])
    return year, (day - weekday - first) // 7 + 1, weekday + 1


@lru_cache(maxsize=64)
def compiled(expression: str) -> re.Pattern[str]:
    """The regular expression, compiled once."""
    return re.compile(expression)
