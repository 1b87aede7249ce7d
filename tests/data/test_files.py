"""Parquet, Feather and Arrow files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import pytest

from unspool.data.files import typed_format
from unspool.data.reading import read_table
from unspool.errors import DataError, UsageError

COLUMNS = pa.table(
    {
        "id": ["a", "b", None],
        "when": pa.array([0, 86_400_000_000, None], pa.timestamp("us", "Europe/Berlin")),
        "y": [1.5, None, float("nan")],
    }
)


def write(path, columns: pa.Table = COLUMNS) -> str:
    """The columns in the format that the extension names, in a Parquet file of two row groups."""
    match path.suffix:
        case ".parquet":
            pyarrow.parquet.write_table(columns, path, row_group_size=2)
        case ".feather":
            pyarrow.feather.write_feather(columns, str(path))
        case ".arrow":
            with pyarrow.ipc.new_file(path, columns.schema) as writer:
                writer.write_table(columns)
        case ".stream":
            with pyarrow.ipc.new_stream(path, columns.schema) as writer:
                writer.write_table(columns)
    return str(path)


@pytest.mark.parametrize("suffix", ["parquet", "feather", "arrow", "stream"])
def test_every_typed_file_reads_back(tmp_path, suffix):
    source = write(tmp_path / f"t.{suffix}")
    table = read_table(source)
    assert table.columns.schema == COLUMNS.schema
    assert str(table.columns.to_pydict()) == str(COLUMNS.to_pydict())
    assert table.kind == ("parquet" if suffix == "parquet" else "feather")
    assert table.row_name(0) == "row 1"
    assert table.source == source
    assert table.notes == ()


def test_a_file_is_told_by_its_content_not_by_its_name(tmp_path):
    write(tmp_path / "t.parquet")
    renamed = (tmp_path / "t.parquet").rename(tmp_path / "t.csv")
    assert read_table(renamed).kind == "parquet"


def test_nested_columns_are_ignored_and_said(tmp_path):
    nested = COLUMNS.append_column("tags", pa.array([["x"], [], None]))
    table = read_table(write(tmp_path / "t.parquet", nested))
    assert table.names == ["id", "when", "y"]
    assert set(table.ignored) == {"tags"}
    assert table.ignored["tags"].startswith("is of type list<")
    assert any(note.startswith("column 'tags' is of type list<") for note in table.notes)


@pytest.mark.parametrize("suffix", ["parquet", "feather", "arrow", "stream"])
def test_a_file_cut_short_is_an_error(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    data = Path(write(path)).read_bytes()
    for length in (4, 9, len(data) // 3, len(data) // 2):
        path.write_bytes(data[:length])
        with pytest.raises(
            DataError, match=rf"t\.{suffix}.*(damaged|binary|NUL|no rows|rows)"
        ) as e:
            read_table(path)
        assert "\n" not in str(e.value)


@pytest.mark.parametrize("suffix", ["parquet", "feather", "arrow"])
def test_text_under_the_name_of_a_typed_file_is_an_error(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="or it is damaged at its beginning"):
        read_table(path)


@pytest.mark.parametrize("suffix", ["parquet", "feather", "stream"])
def test_a_file_without_rows_is_an_error(tmp_path, suffix):
    with pytest.raises(DataError, match=r"a table without rows; give at least one row"):
        read_table(write(tmp_path / f"t.{suffix}", COLUMNS.slice(0, 0)))


def test_options_of_text_files_are_refused(tmp_path):
    source = write(tmp_path / "t.parquet")
    with pytest.raises(UsageError, match=r"delimiter is for text files and .* is parquet"):
        read_table(source, delimiter=";")


def test_a_column_of_digits_becomes_numbers_on_demand_only(tmp_path):
    columns = pa.table({"y": ["1", "x", "3"]})
    source = write(tmp_path / "t.parquet", columns)
    assert read_table(source).columns["y"].to_pylist() == ["1", "x", "3"]
    table = read_table(source, as_numbers=["y", "not there"])
    assert table.columns["y"].to_pylist() == [1, None, 3]
    assert table.text_cells["y"][1] == ["x"]


def test_a_column_of_numbers_becomes_text_on_demand(tmp_path):
    source = write(tmp_path / "t.parquet", pa.table({"id": [1, 2]}))
    assert read_table(source, as_text=["id"]).columns["id"].to_pylist() == ["1", "2"]


def test_other_files_are_in_no_typed_format():
    assert typed_format(b"a,b\n1,2\n") is None
    assert typed_format(b"PAR") is None
