"""How a text table is laid out: its records, their delimiter, and whether it has a header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from unspool.data.marks import is_missing, is_number
from unspool.errors import DataError

DELIMITERS = ("\t", ";", "|", ",")  # in order of preference, rarest inside a cell first
DELIMITER_WORDS = {"\t": "tab", ";": "';'", "|": "'|'", ",": "','", " ": "space"}
SAMPLED_RECORDS = 200
SAMPLED_BYTES = 1 << 18
SAMPLED_CELLS = 2_000

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)?")
_CLOCK = r"(?:[T ]\d{1,2}:\d{2}.*)?"
_DATE = re.compile(
    rf"\d{{4}}[-/.]\d{{1,2}}(?:[-/.]\d{{1,2}})?{_CLOCK}"
    rf"|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}{_CLOCK}"
    rf"|\d{{1,2}}[-/. ][A-Za-z]{{3,9}}\.?[-/. ]\d{{2,4}}{_CLOCK}"
    r"|[A-Za-z]{3}[-/. ]\d{2,4}"
    r"|\d{4}[- ]?(?:Q[1-4]|W\d{2})"
    r"|\d{1,2}:\d{2}(?::\d{2})?"
)


@dataclass(frozen=True)
class Record:
    """The cells of one record, and the bytes start:end and lines line:next_line it fills."""

    cells: list[str]
    line: int
    next_line: int
    start: int
    end: int

    @property
    def is_blank(self) -> bool:
        """Whether the record is a line of nothing but spaces, or of DOS's mark for the end."""
        return not self.cells or (len(self.cells) == 1 and not self.cells[0].strip(" \t\x1a"))


class BrokenRecordError(ValueError):
    """A record that cannot be cut into cells: the line on which it begins, and why, in words."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def records(
    data: bytes, delimiter: str, start: int = 0, line: int = 1, strict: bool = False
) -> Iterator[Record]:
    """The records of `data` (UTF-8) from byte `start`, which stands on `line`, blank ones included.

    Slow and exact; it is used on a sample, and on the whole file only to say where a fault is.
    Raises BrokenRecordError at a cell longer than the csv module takes, which is one whose
    quotation marks are not closed; and with `strict` wherever they do not match up.
    """
    end = start
    lines_read = 0

    def lines() -> Iterator[str]:
        nonlocal end, lines_read
        for match in _LINE.finditer(data, start):
            if match.end() == match.start():
                return
            end = match.end()
            lines_read += 1
            yield match.group().decode()

    begin, first = start, line
    try:
        for cells in csv.reader(lines(), delimiter=delimiter, strict=strict):
            yield Record(cells, first, line + lines_read, begin, end)
            begin, first = end, line + lines_read
    except csv.Error as error:
        if "end of data" in str(error):
            reason = (
                "a quotation mark opens a cell and is never closed; close it, or write it twice"
            )
        elif "field limit" in str(error):
            reason = (
                f"a cell of more than {csv.field_size_limit():,} characters; "
                "close its quotation marks"
            )
        else:
            reason = f"the quotation marks do not match up ({error}); write one inside a cell twice"
        raise BrokenRecordError(first, reason) from None


def sniff_delimiter(data: bytes) -> str | None:
    """The delimiter of `data` (UTF-8) among tab ; | and comma, or None for a single column.

    Of those that cut every record of the head into the same number (two or more) of cells, the
    one whose cells read best as numbers and dates. If none does, the file is ragged, and the one
    that cuts the most records alike is taken, so that reading can name the line that differs.
    """
    cuts = {d: sample_records(data, d) for d in DELIMITERS}
    even = [d for d in DELIMITERS if _is_even(cuts[d])]
    if len(even) == 1:
        return even[0]
    if even:
        return max(even, key=lambda d: _readable_share(cuts[d]))
    found = [d for d in DELIMITERS if any(len(cells) > 1 for cells in cuts[d])]
    if not found or _is_decimal_column(cuts[found[0]], cuts[","]):
        return None
    return max(found, key=lambda d: _modal_share(cuts[d]))


def has_header(sample: list[list[str]]) -> bool:
    """Whether the first record names the columns, judged from the records of the head.

    It does if a date stands above what is no date (a column for each time), or nothing in its
    first cell above text. Otherwise it does not if all its cells are numbers, dates or empty; if a
    date stands above dates; or if it holds a number and all its texts recur below themselves.
    """
    first, rest = sample[0], sample[1:]
    rows = [row for row in rest if len(row) == len(first)]
    below = [[row[i] for row in rows if row[i].strip()] for i in range(len(first))]
    for cell, others in zip(first, below, strict=True):
        if others and is_date(cell):
            return not any(is_date(other) for other in others)
    if below[0] and not first[0].strip() and not any(is_value(other) for other in below[0]):
        return True
    filled = [cell for cell in first if cell.strip()]
    if filled and all(is_value(cell) for cell in filled):
        return False
    recurs = [is_value(cell) or cell in others for cell, others in zip(first, below, strict=True)]
    return not (all(recurs) and any(is_value(cell) for cell in filled))


def sample_records(data: bytes, delimiter: str) -> list[list[str]]:
    """The cells of the first records that are not blank, or none if the first cannot be cut."""
    sample: list[list[str]] = []
    try:
        for record in records(data, delimiter):
            if sample and record.end > SAMPLED_BYTES:
                break
            if not record.is_blank:
                sample.append(record.cells)
            if len(sample) == SAMPLED_RECORDS:
                break
    except BrokenRecordError:
        return sample  # reading the whole will name the line
    return sample


def find_fault(
    data: bytes, delimiter: str, n_cells: int, start: int, line: int, name: str
) -> DataError | None:
    """What is wrong with the first record, from `start` on, that has not `n_cells` whole cells."""
    try:
        for record in records(data, delimiter, start, line, strict=True):
            found = len(record.cells)
            if found not in (0, n_cells):
                cure = "correct the line" if n_cells > 1 else "delete what stands above the header"
                return DataError(
                    f"{name}, line {record.line}: {found} cell{'s' * (found != 1)} where the first "
                    f"row has {n_cells} (delimiter {delimiter_word(delimiter)}); "
                    f"{cure}, or give the delimiter"
                )
    except BrokenRecordError as error:
        return DataError(f"{name}, line {error.line}: {error}")
    return None


def delimiter_word(delimiter: str) -> str:
    """How a delimiter is called in a message."""
    return DELIMITER_WORDS.get(delimiter, repr(delimiter))


def is_date(cell: str) -> bool:
    """Whether a cell looks like a date, a time of day, a month, a week or a quarter."""
    return _DATE.fullmatch(cell.strip()) is not None


def is_value(cell: str) -> bool:
    """Whether a cell is a number, a date or a mark for a missing one, as opposed to a name."""
    return is_number(cell) or is_date(cell) or is_missing(cell)


def _is_even(rows: list[list[str]]) -> bool:
    return bool(rows) and len(rows[0]) > 1 and all(len(row) == len(rows[0]) for row in rows)


def _readable_share(rows: list[list[str]]) -> float:
    """The share of cells below the first row that are numbers, dates or empty."""
    cells = [cell for row in rows[1:] or rows for cell in row][:SAMPLED_CELLS]
    return sum(not cell.strip() or is_value(cell) for cell in cells) / len(cells)


def _modal_share(rows: list[list[str]]) -> float:
    counts = Counter(len(row) for row in rows)
    several = {n: count for n, count in counts.items() if n > 1}
    return max(several.values()) / len(rows) if several else 0.0


def _is_decimal_column(by_found: list[list[str]], by_comma: list[list[str]]) -> bool:
    """A single column under a name without a delimiter, its numbers written with commas."""
    if by_found is not by_comma or not by_comma or len(by_comma[0]) != 1:
        return False
    return all(len(row) == 1 or is_number(",".join(row)) for row in by_comma[1:])
