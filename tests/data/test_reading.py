"""One entry for files of every kind, standard input and frames; and what cannot be read at all."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from unspool.data.reading import read_table
from unspool.errors import DataError, UsageError

TEXT = b"ds,y\n2024-01-01,1\n2024-01-02,2\n"
VALUES = {"ds": ["2024-01-01", "2024-01-02"], "y": [1, 2]}


class FakeInput:
    """Standard input that holds the given bytes."""

    def __init__(self, data: bytes, terminal: bool = False) -> None:
        self.buffer = io.BytesIO(data)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("as_path", [str, Path])
def test_a_file_by_its_path(tmp_path, as_path):
    path = tmp_path / "sales.csv"
    path.write_bytes(TEXT)
    table = read_table(as_path(path))
    assert table.columns.to_pydict() == VALUES
    assert table.source == str(path)


def test_gzip_is_told_by_content_not_by_name(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_bytes(gzip.compress(TEXT))
    table = read_table(path)
    assert table.columns.to_pydict() == VALUES
    assert table.notes == ("gzip", "delimiter ','")
    path = tmp_path / "plain.csv.gz"
    path.write_bytes(TEXT)
    assert read_table(path).columns.to_pydict() == VALUES


def test_packed_parquet_is_unpacked(tmp_path):
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(VALUES), sink)
    path = tmp_path / "t.parquet.gz"
    path.write_bytes(gzip.compress(sink.getvalue()))
    assert read_table(path).columns.to_pydict() == VALUES


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input(monkeypatch, packed):
    monkeypatch.setattr(sys, "stdin", FakeInput(gzip.compress(TEXT) if packed else TEXT))
    table = read_table("-")
    assert table.columns.to_pydict() == VALUES
    assert table.source == "standard input"


def test_parquet_from_standard_input(monkeypatch):
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(VALUES), sink)
    monkeypatch.setattr(sys, "stdin", FakeInput(sink.getvalue()))
    table = read_table("-")
    assert table.columns.to_pydict() == VALUES
    assert (table.source, table.kind) == ("standard input", "parquet")


def test_empty_standard_input_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "stdin", FakeInput(b""))
    with pytest.raises(DataError, match="standard input is empty"):
        read_table("-")


def test_a_terminal_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(sys, "stdin", FakeInput(TEXT, terminal=True))
    with pytest.raises(UsageError, match="nothing is piped into standard input"):
        read_table("-")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT,))
    writer.start()
    assert read_table(path).columns.to_pydict() == VALUES
    writer.join()


def test_options_of_text_files_reach_them(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_bytes("a:ü\n1,5:x\n".encode("cp1252"))
    table = read_table(path, delimiter=":", decimal=",", encoding="cp1252", header=True)
    assert table.columns.to_pydict() == {"a": [1.5], "ü": ["x"]}
    assert table.notes == ()


def test_columns_can_be_made_text_or_numbers(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_bytes(b"id,y\n1,x\n2,5\n3,z\n")
    table = read_table(path, as_text=["id", "not there"], as_numbers=["y"])
    assert table.columns.to_pydict() == {"id": ["1", "2", "3"], "y": [None, 5, None]}


@pytest.mark.parametrize("name", ["missing.csv", "no folder/sales.csv"])
def test_a_missing_file_is_a_usage_error(tmp_path, name):
    with pytest.raises(UsageError, match=rf"there is no file '.*{name}'; check"):
        read_table(tmp_path / name)


def test_a_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"is a folder; give a file in it"):
        read_table(tmp_path)


def test_a_path_through_a_file_is_a_usage_error(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_bytes(TEXT)
    with pytest.raises(UsageError, match=r"cannot read '.*': Not a directory"):
        read_table(path / "more.csv")


def test_a_path_that_cannot_be_is_a_usage_error():
    with pytest.raises(UsageError, match="cannot read"):
        read_table("x" * 5000)
    with pytest.raises(UsageError, match="cannot read"):
        read_table("a\0b")


def test_a_file_without_permission_is_a_usage_error(tmp_path, monkeypatch):
    path = tmp_path / "sales.csv"
    path.write_bytes(TEXT)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    # As root, which tests often run as, every file can be read.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match=r"cannot read '.*sales.csv': Permission denied"):
        read_table(path)


def test_an_empty_file_is_a_data_error(tmp_path):
    for name in ("empty.csv", "empty.parquet"):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(DataError, match=rf"{name}: the file is empty"):
            read_table(tmp_path / name)
    (tmp_path / "empty.csv.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(DataError, match=r"empty.csv.gz: the file is empty"):
        read_table(tmp_path / "empty.csv.gz")


def test_a_gzip_file_cut_short_is_a_data_error(tmp_path):
    path = tmp_path / "sales.csv.gz"
    path.write_bytes(gzip.compress(TEXT)[:-9])
    with pytest.raises(DataError, match=r"sales.csv.gz: the gzip file is cut short"):
        read_table(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04" + bytes(50), "Excel workbook"),
        (bytes(range(256)), "binary"),
        (b'[{"y": 1}, {"y": 2}]', "looks like JSON"),
        (b'{"y": [1, 2]}\n', "looks like JSON"),
        (b"<!DOCTYPE html>\n<html><body>", "looks like HTML or XML"),
    ],
)
def test_other_kinds_of_file_are_called_by_name(tmp_path, data, message):
    path = tmp_path / "sales.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert str(caught.value).startswith(str(path))


def test_options_of_text_files_do_not_suit_a_frame():
    with pytest.raises(UsageError, match="decimal is for text files and the frame is pyarrow"):
        read_table(pa.table(VALUES), decimal=",")


def test_columns_of_a_frame_can_be_made_numbers():
    table = read_table(pa.table({"y": ["1.5", "x", "2"]}), as_numbers=["y"])
    assert table.columns["y"].to_pylist() == [1.5, None, 2.0]
    assert table.text_cells["y"][1] == ["x"]
