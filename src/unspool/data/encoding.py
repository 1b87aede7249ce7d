"""From the bytes of a text file to UTF-8, saying which encoding they were in."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib

from unspool.errors import DataError, UsageError

# UTF-32 stands first: its little-endian mark begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# What these begin with (the signatures of the `file` utility), and what to do about it.
FOREIGN_FORMATS = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save the sheet as CSV or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file", "save the sheet as CSV"),
    (b"BZh", "compressed with bzip2", "unpack it first, or compress it with gzip"),
    (b"\xfd7zXZ\x00", "compressed with xz", "unpack it first, or compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first, or compress it with gzip"),
    (b"\x89PNG", "a picture", "give a table"),
    (b"\xff\xd8\xff", "a picture", "give a table"),
    (b"%PDF", "a PDF document", "give a table"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\x89HDF", "an HDF5 file", "export the table as CSV or Parquet"),
    (b"FEA1", "a Feather file of version 1", "write it again as Feather 2 or Parquet"),
    (b"\x93NUMPY", "a NumPy array", "save it as CSV or Parquet"),
)

GZIP_MAGIC = b"\x1f\x8b"
SAMPLE = 65536

_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x7f]")


def gunzip(data: bytes, name: str) -> bytes:
    """The content of a gzip file; DataError if it is cut short or damaged."""
    try:
        return gzip.decompress(data)
    except EOFError:
        raise DataError(f"{name}: the gzip file is cut short; copy or download it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{name}: the gzip file is damaged ({error}); copy or download it again"
        ) from None


def to_utf8(data: bytes, name: str, encoding: str | None = None) -> tuple[bytes, str | None]:
    """The same text as UTF-8 without a byte order mark, and a note when it was anything else.

    Without `encoding`: a byte order mark decides; then NUL bytes in every second place (UTF-16);
    then UTF-8 if it is valid; and otherwise Windows-1252, or Latin-1 where that has no character.
    A file with more valid than broken UTF-8 sequences is not in another encoding but damaged.
    """
    utf8, note = _recognised(data, name) if encoding is None else _given(data, name, encoding)
    if _CONTROL.search(utf8[:SAMPLE]):
        raise DataError(
            f"{name}: this is not a table in text but binary; "
            "give CSV, TSV, Parquet, Arrow or Feather"
        )
    if b"\0" in utf8:
        raise DataError(
            f"{name}, line {line_of(utf8, utf8.index(0))}: a NUL byte; "
            "the file is damaged or not a table in text"
        )
    return utf8, note


def reject_foreign(data: bytes, name: str) -> None:
    """DataError if the content begins like a well-known format other than delimited text."""
    for magic, what, cure in FOREIGN_FORMATS:
        if data.startswith(magic):
            raise DataError(f"{name}: this is {what}, not a table in text; {cure}")
    if re.match(rb"\s*[\[{]\s*[\[{\"]", data[:SAMPLE]):
        raise DataError(f"{name}: this looks like JSON; save the table as CSV or Parquet")
    if re.match(rb"\s*<(!doctype|html|\?xml|table)", data[:SAMPLE], re.IGNORECASE):
        raise DataError(f"{name}: this looks like HTML or XML; save the table as CSV")


def line_of(data: bytes, offset: int) -> int:
    """The line, from 1, on which the byte at `offset` stands."""
    return data.count(b"\n", 0, offset) + 1


def _given(data: bytes, name: str, encoding: str) -> tuple[bytes, None]:
    try:
        "".encode(encoding)  # unlike codecs.lookup, this refuses what is no text, such as base64
    except LookupError:
        raise UsageError(
            f"unknown encoding {encoding!r}; utf-8, utf-16, cp1252 and latin-1 are known"
        ) from None
    return _decode(data, codecs.lookup(encoding).name, name).removeprefix("\ufeff").encode(), None


def _recognised(data: bytes, name: str) -> tuple[bytes, str | None]:
    for mark, marked in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            if marked == "utf-8":
                return _checked_utf8(rest, name)
            return _decode(rest, marked, name).encode(), f"encoding {marked[:-3].upper()}"
    wide = _utf16_by_zeros(data) if b"\0" in data else None
    if wide is not None:
        return _decode(data, wide, name).encode(), "encoding UTF-16 without a byte order mark"
    return _checked_utf8(data, name)


def _decode(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}, line {line_of(data, error.start)}: byte 0x{data[error.start]:02x} "
            f"is not {encoding.upper()}; give the file's encoding"
        ) from None


def _checked_utf8(data: bytes, name: str) -> tuple[bytes, str | None]:
    if data.isascii():
        return data, None
    try:
        data.decode()
        return data, None
    except UnicodeDecodeError as error:
        if _mostly_utf8(data):
            raise DataError(
                f"{name}, line {line_of(data, error.start)}: byte 0x{data[error.start]:02x} is not "
                "UTF-8, though the rest of the file is; correct it, or give the file's encoding"
            ) from None
    try:
        return data.decode("cp1252").encode(), "encoding Windows-1252, as it is not UTF-8"
    except UnicodeDecodeError:
        return data.decode("latin-1").encode(), "encoding Latin-1, as it is not UTF-8"


def _mostly_utf8(data: bytes) -> bool:
    """Whether valid multi-byte UTF-8 sequences outnumber the bytes that belong to none."""
    marked = data.decode(errors="surrogateescape")
    broken = len(re.findall("[\udc80-\udcff]", marked))
    valid = len(re.findall("[^\x00-\x7f\udc80-\udcff]", marked))
    return valid > broken


def _utf16_by_zeros(data: bytes) -> str | None:
    """UTF-16's byte order if the zeros of mostly Latin text stand in every second place only."""
    sample = data[:SAMPLE]
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or max(first, second) < len(sample) / 4:
        return None
    if second > 20 * first:
        return "utf-16-le"
    return "utf-16-be" if first > 20 * second else None
