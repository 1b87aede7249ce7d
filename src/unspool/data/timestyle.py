"""How the times of a column were written or typed, and writing other times alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspool.data.timepattern import Pattern, write_offset
from unspool.data.zones import DAY, SECOND, Zone

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TimeStyle:
    """How times were written, so that the times of a forecast are written alike.

    kind: "rows" (no time column, rows are counted from 0), "integer", "packed" (the integer
        20240131), "unix" (integers counting from 1970), "typed" (dates or timestamps by type),
        "text".
    type: the Arrow type of the column.
    zone: the zone whose calendar holds; None for integers and naive times.
    """

    kind: str
    type: pa.DataType
    zone: str | None = None
    pattern: Pattern | None = None
    unit: int = 1  # what one of the column's integers is worth in `times`, for unix and packed
    naive: bool = True  # written without a zone or an offset
    years: bool = False  # the integers are years

    @property
    def is_integer(self) -> bool:
        """Whether `times` are plain integers and not microseconds."""
        return self.kind in ("rows", "integer")

    def write(self, times: npt.NDArray[Any]) -> pa.Array:
        """Times (n,) as a column of the type and writing that came in."""
        numbers = np.asarray(times).astype(np.int64, copy=False)
        if self.is_integer:
            return _as_type(pa.array(numbers), self.type)
        if self.kind == "unix":
            return _as_type(pa.array(numbers // self.unit), self.type)
        different, codes = np.unique(numbers, return_inverse=True)
        local, offsets = self._local(different)
        if self.kind == "text":
            assert self.pattern is not None
            texts = [
                self.pattern.write(int(time), int(offset))
                for time, offset in zip(local, offsets, strict=True)
            ]
            return _as_type(pa.array(texts, pa.string()).take(pa.array(codes.ravel())), self.type)
        if self.kind == "packed":
            months = local.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
            packed = (months // 12 + 1970) * 100 + months % 12 + 1
            if self.unit == DAY:
                first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
                packed = packed * 100 + local // DAY - first + 1
            return _as_type(pa.array(packed[codes.ravel()]), self.type)
        whole = pa.array(local[codes.ravel()] if self.naive else numbers, pa.timestamp("us"))
        if pa.types.is_timestamp(self.type):
            # The instants are right already: the zone is only a label on the type.
            unit = pa.timestamp(self.type.unit)
            return whole.cast(unit, safe=False).view(self.type)
        return whole.cast(self.type, safe=False)

    def say(self, time: Any) -> str:
        """One time as a person would look for it in the file."""
        return self.texts(np.array([time]))[0]

    def texts(self, times: npt.NDArray[Any]) -> list[str]:
        """Times (n,) as a person would look for them in the file."""
        if self.kind != "typed":
            return [str(written) for written in self.write(times).to_pylist()]
        numbers = np.asarray(times).astype(np.int64, copy=False)
        local, offsets = self._local(numbers)
        whole_days = bool((local % DAY == 0).all()) and (self.naive or pa.types.is_date(self.type))
        unit = "D" if whole_days else "s" if bool((local % SECOND == 0).all()) else "us"
        texts = [
            str(t).replace("T", " ") for t in local.astype("datetime64[us]").astype(f"M8[{unit}]")
        ]
        if self.naive:
            return texts
        return [
            text + write_offset(int(offset), "colon")
            for text, offset in zip(texts, offsets, strict=True)
        ]

    def _local(self, times: Ints) -> tuple[Ints, Ints]:
        """Wall times as they are written, and their offsets from UTC."""
        utc = self.pattern is not None and self.pattern.utc_mark
        if self.zone is None or utc:
            return times, np.zeros_like(times)
        local = Zone(self.zone).to_local(times)
        return local, local - times


ROWS = TimeStyle(kind="rows", type=pa.int64())


def _as_type(array: pa.Array, kind: pa.DataType) -> pa.Array:
    return array if array.type == kind else array.cast(kind)
