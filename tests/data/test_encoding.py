"""Bytes to UTF-8: every encoding that is told by itself, and the ones that cannot be."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.encoding import gunzip, reject_foreign, to_utf8
from unspool.errors import DataError, UsageError

TEXT = "Straße,Größe\nKöln,1\n"


def decoded(data: bytes, encoding: str | None = None) -> tuple[str, str | None]:
    utf8, note = to_utf8(data, "t.csv", encoding)
    return utf8.decode(), note


def test_utf8_is_taken_as_it_is():
    assert decoded(TEXT.encode()) == (TEXT, None)
    assert decoded(b"a,b\n1,2\n") == ("a,b\n1,2\n", None)


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8-sig", None),
        ("utf-16", "encoding UTF-16"),
        ("utf-32", "encoding UTF-32"),
        ("cp1252", "encoding Windows-1252, as it is not UTF-8"),
    ],
)
def test_what_is_not_plain_utf8_is_recognised_and_said(encoding, note):
    assert decoded(TEXT.encode(encoding)) == (TEXT, note)


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf16_of_either_byte_order_with_or_without_a_mark(order, mark):
    text, note = decoded((mark + TEXT).encode(order))
    assert text == TEXT
    assert note == ("encoding UTF-16" if mark else "encoding UTF-16 without a byte order mark")


def test_latin1_where_windows_has_no_character():
    assert decoded("é\x81".encode("latin-1")) == ("é\x81", "encoding Latin-1, as it is not UTF-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "latin-1", "mac-roman", "cp437"])
def test_a_given_encoding_is_used_and_not_discussed(encoding):
    assert decoded("Köln,1\n".encode(encoding), encoding) == ("Köln,1\n", None)


def test_a_byte_order_mark_is_dropped_under_a_given_encoding_too():
    assert decoded("\ufeffKöln".encode("utf-16-le"), "utf-16-le") == ("Köln", None)
    assert decoded("\ufeffKöln".encode(), "utf-8") == ("Köln", None)


def test_a_broken_byte_in_a_utf8_file_is_named_by_line():
    with pytest.raises(DataError, match=r"^t.csv, line 3: byte 0xff is not UTF-8, though the rest"):
        decoded("ä\nö\nü".encode() + b"\xff\n")


def test_bytes_that_a_given_encoding_has_not_are_named_by_line():
    with pytest.raises(DataError, match=r"^t.csv, line 2: byte 0xe9 is not UTF-8; give"):
        decoded(b"a\n\xe9\n", "utf-8")


@pytest.mark.parametrize("encoding", ["klingon", "base64", "rot13"])
def test_an_unknown_encoding_is_a_usage_error(encoding):
    with pytest.raises(UsageError, match=f"unknown encoding '{encoding}'"):
        decoded(b"a", encoding)


def test_a_nul_byte_in_a_text_is_named_by_line():
    with pytest.raises(DataError, match=r"^t.csv, line 2: a NUL byte"):
        decoded(b"a,b\n1,\x002\n")


@pytest.mark.parametrize("data", [b"\x01\x02\x03", b"abc\x00\x00\x07\x1b", bytes(range(256)) * 9])
def test_a_binary_file_is_no_table(data):
    with pytest.raises(DataError, match=r"^t.csv: this is not a table in text but binary"):
        decoded(data)


def test_half_a_utf16_character_is_an_error():
    with pytest.raises(DataError, match="UTF-16-LE"):
        decoded("\ufeffa,b\n1,2".encode("utf-16-le") + b"\x00\xd8")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"PK\x03\x04rest", "a zip archive or an Excel workbook, not a table in text; save"),
        (b"BZh9", "compressed with bzip2"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x89PNG\r\n", "a picture"),
    ],
)
def test_well_known_formats_are_called_by_name(head, message):
    with pytest.raises(DataError, match=message):
        reject_foreign(head, "t.csv")


def test_a_name_in_angle_brackets_is_no_html():
    reject_foreign(b"<DATE>,<CLOSE>\n20240102,5\n", "t.csv")


def test_gzip_is_unpacked():
    assert gunzip(gzip.compress(b"a,b\n"), "t.csv") == b"a,b\n"


def test_a_gzip_file_cut_short_is_an_error():
    packed = gzip.compress(bytes(range(256)) * 100)
    for length in (5, 12, len(packed) // 2, len(packed) - 1):
        with pytest.raises(DataError, match=r"^t.csv: the gzip file is cut short"):
            gunzip(packed[:length], "t.csv")


def test_a_damaged_gzip_file_is_an_error():
    packed = bytearray(gzip.compress(bytes(range(256)) * 100))
    packed[-6] ^= 0xFF  # the checksum
    with pytest.raises(DataError, match=r"^t.csv: the gzip file is damaged"):
        gunzip(bytes(packed), "t.csv")
    with pytest.raises(DataError, match=r"^t.csv: the gzip file is damaged"):
        gunzip(bytes(packed[:10]) + b"\xff" * 50, "t.csv")


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_become_utf8_or_a_named_error(data):
    try:
        to_utf8(data, "t.csv")[0].decode()
    except DataError as error:
        message = str(error)
    else:
        message = "t.csv"
    assert message.startswith("t.csv")
    assert "\n" not in message
