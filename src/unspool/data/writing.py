"""Writing tables: CSV, TSV, Parquet, Feather or JSON, whole or not at all."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather
import pyarrow.parquet

from unspool.data.frames import to_frame
from unspool.errors import DataError, UsageError

__all__ = ["check_writable", "reject_unwritable", "replacing", "to_frame", "to_text", "write_table"]

_BATCH_ROWS = 65_536
_FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
}
_DELIMITERS = {"csv": ",", "tsv": "\t"}


def write_table(columns: pa.Table, target: str | os.PathLike[str]) -> None:
    """Writes `columns` to `target` in the format that its extension names.

    .csv, .tsv and .json (which may be followed by .gz), .parquet (.pq) and .feather (.arrow). The
    file appears under its name only when it is complete. Raises UsageError for any other
    extension or a folder that cannot be written to, and DataError for an infinity in JSON.
    """
    path = Path(target)
    file_format, packed = _format(path)
    with replacing(path) as beside:
        if file_format == "parquet":
            pyarrow.parquet.write_table(columns, beside)
        elif file_format == "feather":
            pyarrow.feather.write_feather(columns, str(beside))
        else:
            with _opened(beside, packed) as file:
                _WRITERS[file_format](columns, file)


def to_text(columns: pa.Table, fmt: str = "csv") -> str:
    """`columns` as CSV, TSV or JSON (`fmt` "csv", "tsv", "json"), as write_table writes them."""
    if fmt not in _WRITERS:
        raise UsageError(f"unknown text format {fmt!r}; csv, tsv and json are known")
    file = io.BytesIO()
    _WRITERS[fmt](columns, file)
    return file.getvalue().decode()


def check_writable(target: str | os.PathLike[str]) -> None:
    """UsageError now if a table could not be written to `target` later, after a long training."""
    path = Path(target)
    _format(path)
    reject_unwritable(path)


@contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside `target` to write to; it takes the target's name if the block succeeds.

    If anything is raised in the block, an interrupt included, it is removed and `target` is as
    it was. Failures of the file system are raised as UsageError.
    """
    path = Path(target)
    reject_unwritable(path)
    path = path.resolve()  # so that a link stays a link
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        # Created here and exclusively, so that the file has the permissions of any new file.
        beside.open("xb").close()
        yield beside
        if path.exists():
            shutil.copymode(path, beside)
        os.replace(beside, path)
    except OSError as error:
        raise UsageError(f"cannot write {str(target)!r}: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)


def _format(path: Path) -> tuple[str, bool]:
    """The format that the extension names, and whether it is to be packed with gzip."""
    packed = path.suffix.lower() == ".gz"
    suffix = (path.with_suffix("") if packed else path).suffix.lower()
    file_format = _FORMATS.get(suffix)
    if file_format is None or (packed and file_format not in _WRITERS):
        raise UsageError(
            f"cannot tell from the extension how to write {str(path)!r}; .csv, .tsv, .json "
            "(also with .gz), .parquet, .feather and .arrow are known"
        )
    return file_format, packed


def reject_unwritable(path: Path) -> None:
    """UsageError if no file could be written at `path`, whatever its extension."""
    folder = path.parent
    if not folder.exists():
        raise UsageError(f"cannot write {str(path)!r}: there is no folder {str(folder)!r}; make it")
    if not folder.is_dir():
        raise UsageError(f"cannot write {str(path)!r}: {str(folder)!r} is a file, not a folder")
    if path.is_dir():
        raise UsageError(f"cannot write {str(path)!r}: it is a folder; give a file's name")
    if path.exists() and not path.is_file():
        raise UsageError(f"cannot write {str(path)!r}: it is no ordinary file; write to one")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(
            f"cannot write {str(path)!r}: {os.strerror(errno.EACCES).lower()} in "
            f"{str(folder)!r}; give another folder"
        )


@contextmanager
def _opened(path: Path, packed: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        if not packed:
            yield file
            return
        # Neither the time nor the temporary name goes into it: equal tables give equal bytes.
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packing:
            yield cast(IO[bytes], packing)


def _write_delimited(columns: pa.Table, file: IO[bytes], delimiter: str) -> None:
    titles = _quoted(pa.array(columns.column_names, pa.string()), delimiter, "")
    file.write((delimiter.join(titles.to_pylist()) + "\n").encode())
    # A row of one empty cell would be a blank line, which is no row to most readers.
    empty = '""' if columns.num_columns == 1 else ""
    for start in range(0, columns.num_rows, _BATCH_ROWS):
        batch = columns.slice(start, _BATCH_ROWS)
        cells = [
            _quoted(_texts(batch.column(name), name), delimiter, empty)
            for name in batch.column_names
        ]
        rows = pc.binary_join_element_wise(*cells, delimiter).to_pylist()
        file.write(("\n".join(rows) + "\n").encode())


def _quoted(texts: pa.Array, delimiter: str, empty: str) -> pa.Array:
    """Text cells as they stand between delimiters; a null cell as `empty`."""
    special = pc.match_substring_regex(texts, f'["\r\n{delimiter}]')
    if pc.any(special).as_py():
        doubled = pc.replace_substring(texts, '"', '""')
        texts = pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), texts)
    return pc.fill_null(texts, empty)


def _write_json(columns: pa.Table, file: IO[bytes]) -> None:
    """A list of one object a row, a row a line; NaN is null, and times are ISO 8601 text."""
    names = columns.column_names
    before = "[\n"
    for start in range(0, columns.num_rows, _BATCH_ROWS):
        batch = columns.slice(start, _BATCH_ROWS)
        values = [_json_values(batch.column(name), name) for name in names]
        rows = [
            json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)
            for row in zip(*values, strict=True)
        ]
        file.write((before + ",\n".join(rows)).encode())
        before = ",\n"
    file.write(b"\n]\n" if columns.num_rows else b"[]\n")


def _json_values(column: pa.ChunkedArray, name: str) -> list[Any]:
    kind = column.type
    if pa.types.is_floating(kind):
        if pc.any(pc.is_inf(column)).as_py():
            raise DataError(
                f"column {name!r} has an infinity, which JSON cannot hold; write CSV or Parquet"
            )
        finite = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
        return list(finite.to_pylist())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return list(column.to_pylist())
    return list(_texts(column, name).to_pylist())


_WRITERS: dict[str, Callable[[pa.Table, IO[bytes]], None]] = {
    "csv": lambda columns, file: _write_delimited(columns, file, ","),
    "tsv": lambda columns, file: _write_delimited(columns, file, "\t"),
    "json": _write_json,
}


def _texts(column: pa.ChunkedArray, name: str) -> pa.Array:
    """Every cell as text, missing ones (NaN too) null."""
    kind = column.type
    whole = column.combine_chunks()
    if pa.types.is_floating(kind):
        return _float_texts(whole)
    if pa.types.is_timestamp(kind):
        return _timestamp_texts(whole)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise UsageError(
            f"column {name!r} is of type {kind}, which text cannot hold; write Parquet"
        )
    return pc.cast(whole, pa.string())


def _float_texts(floats: pa.Array) -> pa.Array:
    """The fewest digits that give the same number again, as Python's repr writes them."""
    floats = pc.if_else(pc.is_nan(floats), pa.scalar(None, floats.type), floats)
    texts = pc.cast(floats, pa.string())
    # Arrow leaves out the point of 100.0, and takes to exponents from 1e10 on.
    unlike = pc.match_substring_regex(texts, r"^-?\d+$|e")
    if not pc.any(unlike).as_py():
        return texts
    written = [
        repr(float(text)) for text in pc.filter(texts, unlike).to_pylist() if text is not None
    ]
    return pc.replace_with_mask(texts, pc.fill_null(unlike, False), pa.array(written, pa.string()))


def _timestamp_texts(times: pa.Array) -> pa.Array:
    """ISO 8601, the date alone where all are midnights without a zone."""
    zone = times.type.tz
    fraction = pc.any(pc.not_equal(pc.subsecond(times), 0)).as_py()
    if not fraction:
        times = pc.cast(times, pa.timestamp("s", zone))
    if zone is not None:
        return pc.strftime(times, format="%Y-%m-%dT%H:%M:%S%Ez")
    midnights = pc.equal(pc.floor_temporal(times, unit="day"), times)
    if not fraction and pc.all(midnights).as_py():
        return pc.strftime(times, format="%Y-%m-%d")
    return pc.strftime(times, format="%Y-%m-%dT%H:%M:%S")
