"""What a generator learns from: text, tables of tokens and music, as sequences of steps."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool import arguments
from unspool.data.encoding import GZIP_MAGIC, gunzip
from unspool.data.music.chords import HIGHEST, is_archive, read_chords
from unspool.data.music.piano_roll import checked_roll, read_piano_rolls
from unspool.data.parts import ALL, TEST, TRAIN, VALID, Parts
from unspool.data.tokens import LEVELS, split
from unspool.errors import DataError, UsageError

SYMBOLS, CHORDS, ROLL = "symbols", "chords", "roll"
KINDS = (SYMBOLS, CHORDS, ROLL)
TABLES = (".csv", ".tsv", ".parquet", ".pq", ".feather", ".arrow", ".ipc")
# Fewer columns of numbers than this are voices, more are the keys of a piano roll.
MOST_VOICES = 12


@dataclass(frozen=True)
class Material:
    """Sequences of one kind, by part.

    kind: "symbols", each sequence a list of them; "chords", arrays (time, voices) of MIDI notes, 0
    for silence; "roll", arrays (time, keys) of 0 and 1. parts: the sequences of "train", "valid"
    and "test", or of "all" where the data has no parts. level: how a text was cut into symbols,
    None where symbols were given. one: whether it is one sequence in itself, such as a text.
    """

    kind: str
    parts: Parts
    source: str
    level: str | None = None
    one: bool = False

    @property
    def has_parts(self) -> bool:
        """Whether the data says itself what trains and what tests."""
        return ALL not in self.parts

    def part(self, name: str) -> tuple[Any, ...]:
        """The sequences of a part; DataError where there is none of that name."""
        if name not in self.parts:
            raise DataError(f"{self.source}: it has no part {name}, only {', '.join(self.parts)}")
        return self.parts[name]


def read_material(
    data: Any, level: str = "characters", column: str | None = None, by: str | None = None
) -> Material:
    """What a path, a text, a frame or a list of sequences holds.

    A path's ending says what it is: .mat, piano rolls; a folder, .tgz or .tar, chords; .csv, .tsv,
    .parquet, .feather, a table of tokens; all else is text, gzip or not. level: how text is cut.
    column: of a table's symbols. by: of the table's column whose values each name a sequence.
    Raises UsageError and DataError.
    """
    arguments.one_of("level", level, LEVELS)
    if isinstance(data, Path):
        return _of_path(data, level, column, by)
    if isinstance(data, str):
        if data and "\n" not in data and os.path.exists(data):
            return _of_path(Path(data), level, column, by)
        return _of_text(data, "the text", level)
    if hasattr(data, "columns"):
        return _of_table(data, "the frame", column, by)
    return _of_list(data, level)


def is_table(data: Any) -> bool:
    """Whether `read_material` takes it for a table of tokens."""
    if isinstance(data, str | Path):
        return _bare_name(Path(data)).endswith(TABLES) and Path(data).is_file()
    return hasattr(data, "columns")


def split_off(
    material: Material, seed: int, share: float = 0.1
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What trains and what is held out: a data set's own parts, or a share of it.

    Of one sequence the last share is held out; of several, so many of them, drawn from the seed.
    """
    if material.has_parts:
        return material.part(TRAIN), material.parts.get(VALID, material.parts.get(TEST, ()))
    sequences = material.part(ALL)
    if len(sequences) == 1:
        (whole,) = sequences
        cut = len(whole) - max(1, round(len(whole) * share))
        return (whole[:cut],), (whole[cut:],)
    order = np.random.default_rng(seed).permutation(len(sequences))
    held = set(order[: max(1, round(len(sequences) * share))].tolist())
    rows = range(len(sequences))
    return (
        tuple(sequences[row] for row in rows if row not in held),
        tuple(sequences[row] for row in rows if row in held),
    )


def _of_path(path: Path, level: str, column: str | None, by: str | None) -> Material:
    name = _bare_name(path)
    if path.is_dir() or is_archive(path):
        return Material(CHORDS, read_chords(path), str(path))
    if name.endswith(".mat"):
        return Material(ROLL, read_piano_rolls(path), str(path))
    if name.endswith(TABLES):
        return _of_table(path, str(path), column, by)
    if column is not None:
        raise UsageError(f"column is about a table, and {str(path)!r} is read as text")
    return _of_text(_text(path), str(path), level)


def _bare_name(path: Path) -> str:
    """What its ending is told by."""
    return path.name.lower().removesuffix(".gz")


def _text(path: Path) -> str:
    """A file of UTF-8, gzip or not. Bytes that are no UTF-8 are a DataError that says where."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}; check its name and folder") from None
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror or error}") from None
    if content.startswith(GZIP_MAGIC):
        content = gunzip(content, str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}, line {line}: byte {error.start + 1:,} is no UTF-8; save the text as UTF-8"
        ) from None


def _of_text(text: str, source: str, level: str) -> Material:
    symbols = split(text, level)
    if len(symbols) < 2:
        hint = f"; there is no file {text!r}" if 0 < len(text) < 200 else ""
        raise DataError(f"{source}: {len(symbols)} {level} are no text to learn from{hint}")
    return Material(SYMBOLS, {ALL: (symbols,)}, source, level, one=True)


def _of_table(table: Any, source: str, column: str | None, by: str | None) -> Material:
    from unspool.data.reading import read_table

    given = [name for name in (column, by) if name is not None]
    read = read_table(table, as_text=given)
    rest = [name for name in read.names if name != by]
    if column is None:
        if len(rest) != 1:
            raise DataError(
                f"{source}: its columns are {', '.join(read.names)}; name the one that holds the "
                f"symbols: column={rest[0]!r}, or --column {rest[0]}"
            )
        (column,) = rest
    for name in (column, *given):
        if name not in read.names:
            raise DataError(f"{source}: no column is called {name!r}; there are {read.names}")
    symbols = read.as_text(column).to_pylist()
    for row, symbol in enumerate(symbols):
        if symbol is None:
            raise DataError(
                f"{source}: column {column!r} is empty in {read.row_name(row)}; leave the row out"
            )
    if by is None:
        return Material(SYMBOLS, {ALL: (symbols,)}, source, one=True)
    sequences: dict[Any, list[str]] = {}
    for key, symbol in zip(read.as_text(by).to_pylist(), symbols, strict=True):
        sequences.setdefault(key, []).append(symbol)
    return Material(SYMBOLS, {ALL: tuple(sequences.values())}, source)


def _of_list(data: Any, level: str) -> Material:
    """Strings, lists of symbols, or arrays of notes or keys."""
    source = "the data"
    if not isinstance(data, Sequence | np.ndarray) or not len(data):
        raise UsageError(
            "data must be a path, a text, a frame or a list of sequences, got "
            f"{type(data).__name__}{'' if not isinstance(data, Sequence) else ' of none'}"
        )
    first = data[0]
    if isinstance(first, str):
        return Material(SYMBOLS, {ALL: tuple(split(text, level) for text in data)}, source, level)
    if isinstance(data, np.ndarray) and data.ndim == 1:
        return Material(SYMBOLS, {ALL: ([str(code) for code in data.tolist()],)}, source, one=True)
    if np.ndim(first) == 1:
        return Material(
            SYMBOLS, {ALL: tuple([str(symbol) for symbol in row] for row in data)}, source
        )
    if np.ndim(first) == 2 and np.shape(first)[1] > MOST_VOICES:
        rolls = tuple(checked_roll(one, f"sequence {row}") for row, one in enumerate(data, 1))
        return Material(ROLL, {ALL: rolls}, source)
    if np.ndim(first) == 2:
        chords = tuple(_checked_chords(one, f"sequence {row}") for row, one in enumerate(data, 1))
        return Material(CHORDS, {ALL: chords}, source)
    raise UsageError(f"a sequence is a text, a list of symbols or (time, …), got {type(first)}")


def _checked_chords(piece: Any, where: str) -> NDArray[np.int32]:
    values = np.asarray(piece)
    if values.ndim != 2 or not np.issubdtype(values.dtype, np.integer):
        raise DataError(f"{where} must be whole numbers (time, voices), got shape {values.shape}")
    if values.size and (values.min() < 0 or values.max() > HIGHEST):
        raise DataError(f"{where} has notes beyond 0, silence, to {HIGHEST}")
    return values.astype(np.int32)
