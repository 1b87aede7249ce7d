"""Text files of pairs: one sequence a line, or cells with a mark between them."""

from __future__ import annotations

import sys
from pathlib import Path

from unspool.data.encoding import GZIP_MAGIC, gunzip, reject_foreign, to_utf8
from unspool.data.sniffing import BrokenRecordError, delimiter_word, has_header, records
from unspool.errors import DataError, UsageError

STANDARD_INPUT = "-"
# So many rows are looked at to find out whether the first one names the columns.
SAMPLED = 200
# What a column of sources or targets is called when its first row says so.
_SOURCES = ("source", "src", "input", "inputs", "in", "from", "x", "question", "text", "sentence")
_TARGETS = ("target", "tgt", "output", "outputs", "out", "to", "y", "answer", "translation")
USUAL = frozenset(_SOURCES + _TARGETS)

Row = tuple[int, list[str]]  # the number of its line, and its cells


def content(path: str) -> tuple[bytes, str]:
    """What a file or standard input ("-") holds, unpacked; and how it is called in messages."""
    if path == STANDARD_INPUT:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("nothing is piped into standard input; pipe text into it")
        data, name = sys.stdin.buffer.read(), "standard input"
    else:
        name = path
        try:
            data = Path(path).read_bytes()
        except FileNotFoundError:
            raise UsageError(f"there is no file {name!r}; check its name and folder") from None
        except IsADirectoryError:
            raise UsageError(f"{name!r} is a folder; give a file in it") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"cannot read {name!r}: {reason}") from None
    return (gunzip(data, name) if data.startswith(GZIP_MAGIC) else data), name


def decoded(data: bytes, name: str, encoding: str | None, notes: list[str]) -> str:
    """The text of a file's bytes; what was recognised is added to the notes."""
    reject_foreign(data, name)
    utf8, note = to_utf8(data, name, encoding)
    if not utf8 or utf8.isspace():
        raise DataError(f"{name}: the file is empty; give one with a sequence on each line")
    if note is not None:
        notes.append(note)
    return utf8.decode()


def lines_of(text: str) -> list[str]:
    """The lines of a text; only the ends of lines that editors write end one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def tabbed(text: str, name: str) -> list[Row]:
    """The cells of lines with tabs between them; quotation marks are marks like any other."""
    rows = [(at, line.split("\t")) for at, line in enumerate(lines_of(text), 1) if line.strip()]
    return _even(rows, "\t", name)


def delimited(text: str, delimiter: str, name: str) -> list[Row]:
    """The cells of records, which may be quoted as CSV is."""
    try:
        found = [
            (record.line, record.cells)
            for record in records(text.encode(), delimiter, strict=True)
            if not record.is_blank
        ]
    except BrokenRecordError as error:
        raise DataError(f"{name}, line {error.line}: {error}") from None
    return _even(found, delimiter, name)


def names_columns(rows: list[Row]) -> bool:
    """Whether the first row names the columns.

    It does where a cell of it is what such columns are usually called, or holds a letter in a
    column that has none below; and does not where values stand above values.
    """
    cells = [cells for _, cells in rows[: SAMPLED + 1]]
    if len(cells) < 2 or not has_header(cells):
        return False
    if any(cell.strip().lower() in USUAL for cell in cells[0]):
        return True
    below = ["".join(row[at] for row in cells[1:]) for at in range(len(cells[0]))]
    return any(
        any(letter.isalpha() for letter in cell) and not any(letter.isalpha() for letter in others)
        for cell, others in zip(cells[0], below, strict=True)
    )


def _even(rows: list[Row], delimiter: str, name: str) -> list[Row]:
    """The same rows; DataError at the first one with more or fewer cells than the first of all."""
    wanted = len(rows[0][1])
    for line, cells in rows:
        if len(cells) != wanted:
            raise DataError(
                f"{name}, line {line}: {len(cells)} cell{'s' * (len(cells) != 1)} where the first "
                f"row has {wanted} (delimiter {delimiter_word(delimiter)}); a pair has a source "
                "and a target: correct the line"
            )
    return rows
