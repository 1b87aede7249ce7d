"""The .ts files of the UCR and UEA archives: a header of @ lines, then a series a line.

Channels are parted by colons, steps by commas, the label stands last, and ? is missing (Löning et
al. 2019, "sktime: a unified interface for machine learning with time series").
"""

from __future__ import annotations

import numpy as np

from unspool.data.encoding import to_utf8
from unspool.data.labelled.labelled import Labelled, Layout, Numbers, row_numbers
from unspool.errors import DataError

MISSING = "?"
TRUE = ("true", "yes", "1")


def is_ts(path: str) -> bool:
    """Whether a file is one of these, by its name; it may be packed with gzip."""
    return path.lower().removesuffix(".gz").endswith(".ts")


def read_ts(data: bytes, name: str) -> Labelled:
    """The series in the bytes of an unpacked file called `name`.

    Raises DataError, naming the line, where it is none, or has time stamps, which no network reads.
    """
    lines = to_utf8(data, name)[0].decode().splitlines()
    header, begin = _header(lines, name)
    if header.get("timestamps", "false").split()[0].lower() in TRUE:
        raise DataError(
            f"{name}: its values have time stamps; write a long table instead (id, time, value)"
        )
    declared = header.get("classlabel", "false").split()
    labelled = declared[:1] != [] and declared[0].lower() in TRUE
    series, labels, names = [], [], []
    for number, line in enumerate(lines[begin:], start=begin + 1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{name}, line {number}"
        *parts, label = line.split(":") if labelled else [*line.split(":"), ""]
        label = label.strip()
        if labelled and label not in declared[1:]:
            known = ", ".join(declared[1:]) or "none"
            raise DataError(f"{where}: the label {label!r} is not among those declared ({known})")
        series.append(_series(parts, where))
        if series[-1].shape[1] != series[0].shape[1]:
            raise DataError(
                f"{where}: {series[-1].shape[1]} channels where the first series has "
                f"{series[0].shape[1]}"
            )
        labels.append(label)
        names.append(f"line {number}")
    if not series:
        raise DataError(f"{name}: no series below @data; give at least one")
    return Labelled(
        sequences=tuple(series),
        labels=tuple(labels) if labelled else None,
        names=tuple(names),
        source=name,
        layout=Layout("ts"),
        columns=row_numbers(len(series)),
    )


def _header(lines: list[str], name: str) -> tuple[dict[str, str], int]:
    """What the @ lines say, their names in small letters, and where the series begin."""
    said: dict[str, str] = {}
    for position, line in enumerate(lines):
        word, _, rest = line.strip().partition(" ")
        if word.lower() == "@data":
            return said, position + 1
        if word.startswith("@"):
            said[word[1:].lower()] = rest.strip()
        elif word and not word.startswith("#"):
            raise DataError(
                f"{name}, line {position + 1}: no header line of a .ts file (@…) and @data has not "
                "come yet; is it a table? Then give it another ending"
            )
    raise DataError(f"{name}: a .ts file has a line @data above its series, and there is none")


def _series(parts: list[str], where: str) -> Numbers:
    """The channels of one line as (time, channels)."""
    channels = []
    for place, part in enumerate(parts, start=1):
        cells = ["nan" if cell.strip() == MISSING else cell for cell in part.split(",")]
        try:
            channels.append(np.array(cells, np.float64))
        except ValueError:
            wrong = next(cell for cell in cells if not _is_number(cell))
            raise DataError(
                f"{where}: {wrong.strip()[:30]!r} in channel {place} is not a number"
            ) from None
    lengths = {len(channel) for channel in channels}
    if len(lengths) > 1:
        raise DataError(
            f"{where}: its channels have {min(lengths)} to {max(lengths)} steps, and must have the "
            "same number: fill up with ? or cut"
        )
    if not channels:
        raise DataError(f"{where}: no values, only a label")
    return np.stack(channels, axis=1)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
