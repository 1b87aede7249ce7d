"""Pieces of chords from CSV files: a row a chord, a column a voice, a cell a note.

A cell is a MIDI note number, 1 to 127, or 0 where the voice is silent. Files come in a folder or in
an archive of one, and those in folders called train, valid and test are those parts.
"""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from unspool.data.parts import ALL, PARTS, Parts, part_of
from unspool.errors import DataError, UsageError

Chords = NDArray[np.int32]  # (time, voices)

ARCHIVES = (".tgz", ".tar.gz", ".tar")
HIGHEST = 127  # MIDI's last note
# More than any folder of scores; an archive that unpacks to more is not one.
LARGEST_FILE = 64 * 2**20


def is_archive(path: Path) -> bool:
    """Whether a file's name ends like an archive's."""
    return path.name.lower().endswith(ARCHIVES)


def read_chords(path: Path) -> Parts:
    """The pieces (time, voices) of a folder or archive, by part; ALL where there are no parts.

    Raises UsageError where there is no such folder, DataError where a file is not chords.
    """
    pieces: dict[str, list[Chords]] = {}
    first: tuple[str, int] | None = None
    for name, text in sorted(_files(path)):
        chords = _chords(text, f"{path}, {name}")
        if first is None:
            first = name, chords.shape[1]
        if chords.shape[1] != first[1]:
            raise DataError(
                f"{path}, {name}: {chords.shape[1]} voices, and {first[0]} has {first[1]}; "
                "leave one of them out"
            )
        pieces.setdefault(part_of(PurePosixPath(name).parts[:-1]), []).append(chords)
    if not pieces:
        raise DataError(f"{path}: there is no .csv file in it; a piece is one, a row a chord")
    if len(pieces) > 1 and ALL in pieces:
        raise DataError(
            f"{path}: {len(pieces[ALL])} pieces lie outside of its folders train, valid and test; "
            "put them into one"
        )
    return {part: tuple(pieces[part]) for part in (ALL, *PARTS) if part in pieces}


def _files(path: Path) -> Iterator[tuple[str, str]]:
    """The name of every CSV file below a folder or in an archive, with its text."""
    if path.is_dir():
        for file in path.rglob("*.csv"):
            yield file.relative_to(path).as_posix(), _text(file.read_bytes(), f"{file}")
        return
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if not member.isfile() or not member.name.lower().endswith(".csv"):
                    continue
                if member.size > LARGEST_FILE:
                    raise DataError(f"{path}, {member.name}: {member.size:,} bytes are no piece")
                content = archive.extractfile(member)
                assert content is not None  # it is a file
                name = PurePosixPath(member.name).as_posix()
                yield name, _text(content.read(), f"{path}, {name}")
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}; check its name and folder") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{path}: the archive cannot be read: {error}") from None


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{where}: this is not text; a piece is a CSV file of notes") from None


def _chords(text: str, where: str) -> Chords:
    """The rows of one file, (time, voices); a first row of names is left out."""
    rows: list[list[int]] = []
    for line, cells in enumerate(csv.reader(io.StringIO(text)), 1):
        if not cells:
            continue
        if line == 1 and not any(cell.strip().isdigit() for cell in cells):
            continue  # the columns' names
        if rows and len(cells) != len(rows[0]):
            raise DataError(
                f"{where}, line {line}: {len(cells)} voices, and {len(rows[0])} on the lines before"
            )
        rows.append([_note(cell, f"{where}, line {line}") for cell in cells])
    if not rows:
        raise DataError(f"{where}: there is no chord in it; leave the file out")
    return np.array(rows, np.int32)


def _note(cell: str, where: str) -> int:
    if not cell.strip().isdigit() or int(cell) > HIGHEST:
        raise DataError(
            f"{where}: {cell!r} is no note; notes are whole numbers from 0, silence, to {HIGHEST}"
        )
    return int(cell)
