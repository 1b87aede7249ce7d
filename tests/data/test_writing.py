"""Tables out: every format reads back, and a file appears whole or not at all."""

from __future__ import annotations

import datetime
import gzip
import json
import math
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unspool.data.writing as writing
from unspool.data.reading import read_table
from unspool.data.writing import check_writable, replacing, to_text, write_table
from unspool.errors import DataError, UsageError

FORECAST = pa.table(
    {
        "store": ["a, b", 'say "c"', None],
        "ds": ["2024-01-01", "2024-01-02", "2024-01-03"],
        "forecast": [1.5, 100.0, None],
        "step": [1, 2, 3],
    }
)


def test_csv_looks_as_expected():
    assert to_text(FORECAST) == (
        "store,ds,forecast,step\n"
        '"a, b",2024-01-01,1.5,1\n'
        '"say ""c""",2024-01-02,100.0,2\n'
        ",2024-01-03,,3\n"
    )


def test_tsv_looks_as_expected():
    columns = pa.table({"a": ["x,y", "p\tq"], "b\tc": [1, 2]})
    assert to_text(columns, "tsv") == 'a\t"b\tc"\nx,y\t1\n"p\tq"\t2\n'


def test_json_looks_as_expected():
    assert to_text(FORECAST, "json") == (
        "[\n"
        '{"store": "a, b", "ds": "2024-01-01", "forecast": 1.5, "step": 1},\n'
        '{"store": "say \\"c\\"", "ds": "2024-01-02", "forecast": 100.0, "step": 2},\n'
        '{"store": null, "ds": "2024-01-03", "forecast": null, "step": 3}\n'
        "]\n"
    )


@pytest.mark.parametrize("fmt", ["csv", "tsv", "json"])
def test_a_table_without_rows_is_written(fmt):
    text = to_text(FORECAST.slice(0, 0), fmt)
    assert json.loads(text) == [] if fmt == "json" else text.count("\n") == 1


def test_an_unknown_text_format_is_a_usage_error():
    with pytest.raises(UsageError, match="unknown text format 'xml'; csv, tsv and json are known"):
        to_text(FORECAST, "xml")


@pytest.mark.parametrize(
    "number",
    [
        *(0.1, 1e20, 1e16, 1e15, 123456789012.0, 1 / 3, 5e-324, 1e-7, -0.0, 2.0**53, 1e10, 0.0001),
        1.7976931348623157e308,
    ],
)
def test_fractions_are_written_as_python_writes_them(number):
    assert to_text(pa.table({"y": [number]})) == f"y\n{number!r}\n"


def test_nan_is_missing_and_infinity_is_written():
    columns = pa.table({"y": [math.nan, math.inf, -math.inf], "n": [1, 2, 3]})
    assert to_text(columns) == "y,n\n,1\ninf,2\n-inf,3\n"
    assert json.loads(to_text(columns.slice(0, 1), "json")) == [{"y": None, "n": 1}]


def test_infinity_in_json_is_an_error_that_leaves_no_file(tmp_path):
    with pytest.raises(DataError, match="column 'y' has an infinity, which JSON cannot hold"):
        write_table(pa.table({"y": [math.inf]}), tmp_path / "out.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([0, 1], pa.date32()), ["1970-01-01", "1970-01-02"]),
        (pa.array([0, 86_400], pa.timestamp("s")), ["1970-01-01", "1970-01-02"]),
        (
            pa.array([0, 3_600_000_000], pa.timestamp("us")),
            ["1970-01-01T00:00:00", "1970-01-01T01:00:00"],
        ),
        (
            pa.array([0, 1_500], pa.timestamp("ms")),
            ["1970-01-01T00:00:00.000", "1970-01-01T00:00:01.500"],
        ),
        (
            pa.array([0, 3_600], pa.timestamp("s", "UTC")),
            ["1970-01-01T00:00:00+00:00", "1970-01-01T01:00:00+00:00"],
        ),
        (
            pa.array([1_711_846_800, 1_711_846_800 + 3_600], pa.timestamp("s", "Europe/Berlin")),
            ["2024-03-31T03:00:00+02:00", "2024-03-31T04:00:00+02:00"],
        ),
        (pa.array([True, False]), ["true", "false"]),
    ],
)
def test_times_are_written_in_iso_8601(array, expected):
    columns = pa.table({"n": [1, 2], "t": array})
    assert [line.split(",")[1] for line in to_text(columns).splitlines()[1:]] == expected
    if not pa.types.is_boolean(array.type):
        assert [row["t"] for row in json.loads(to_text(columns, "json"))] == expected


def test_a_written_time_is_the_same_instant():
    times = pa.array([1_711_846_800], pa.timestamp("s", "Europe/Berlin"))
    text = to_text(pa.table({"t": times})).splitlines()[1]
    assert datetime.datetime.fromisoformat(text).timestamp() == 1_711_846_800


def test_a_single_column_keeps_its_missing_values():
    assert to_text(pa.table({"y": [1, None, 3]})) == 'y\n1\n""\n3\n'


@pytest.mark.parametrize("name", ["out.parquet", "OUT.PQ", "out.feather", "out.arrow"])
def test_typed_files_read_back(tmp_path, name):
    columns = FORECAST.append_column("day", pa.array([0, 1, None], pa.date32()))
    write_table(columns, tmp_path / name)
    assert read_table(tmp_path / name).columns.to_pydict() == columns.to_pydict()
    reader = pyarrow.parquet if "p" in Path(name).suffix.lower() else pyarrow.feather
    assert reader.read_table(tmp_path / name).schema == columns.schema


@pytest.mark.parametrize("name", ["out.csv", "out.tsv", "out.csv.gz", "out.TSV.GZ"])
def test_text_files_read_back(tmp_path, name):
    write_table(FORECAST, str(tmp_path / name))
    assert read_table(tmp_path / name).columns.to_pydict() == FORECAST.to_pydict()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_json_files_read_back(tmp_path):
    write_table(FORECAST, tmp_path / "out.json")
    write_table(FORECAST, tmp_path / "out.json.gz")
    assert json.loads((tmp_path / "out.json").read_text()) == FORECAST.to_pylist()
    packed = (tmp_path / "out.json.gz").read_bytes()
    assert json.loads(gzip.decompress(packed)) == FORECAST.to_pylist()


def test_equal_tables_give_equal_bytes(tmp_path):
    for name in ("a.csv.gz", "b.csv.gz"):
        write_table(FORECAST, tmp_path / name)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_many_rows_are_written_in_order(tmp_path):
    columns = pa.table({"n": range(150_000), "y": [n / 8 for n in range(150_000)]})
    write_table(columns, tmp_path / "out.csv")
    assert read_table(tmp_path / "out.csv").columns.to_pydict() == columns.to_pydict()
    assert len(json.loads(to_text(columns, "json"))) == 150_000


@pytest.mark.parametrize(
    "name", ["out", "out.xlsx", "out.gz", "out.parquet.gz", "csv", "out.csv.bz2"]
)
def test_an_unknown_extension_is_a_usage_error(tmp_path, name):
    with pytest.raises(UsageError, match=r"\.csv, \.tsv, \.json \(also with \.gz\), \.parquet"):
        write_table(FORECAST, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_column_that_text_cannot_hold_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"column 'x' is of type list<.*write Parquet"):
        write_table(pa.table({"x": [[1]]}), tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("check", [check_writable, lambda path: write_table(FORECAST, path)])
def test_places_that_cannot_be_written_to_are_usage_errors(tmp_path, check, monkeypatch):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UsageError, match=r"there is no folder '.*missing'; make it"):
        check(tmp_path / "missing" / "out.csv")
    with pytest.raises(UsageError, match=r"'.*file' is a file, not a folder"):
        check(tmp_path / "file" / "out.csv")
    with pytest.raises(UsageError, match="it is a folder; give a file's name"):
        check(tmp_path / "folder.csv")
    # As root, which tests often run as, every folder can be written to.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match=r"cannot write '.*out.csv': permission denied in '"):
        check(tmp_path / "out.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_ordinary_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UsageError, match="it is no ordinary file"):
        write_table(FORECAST, tmp_path / "pipe.csv")


def test_what_can_be_written_is_not_touched_by_the_check(tmp_path):
    path = tmp_path / "out.csv"
    check_writable(path)
    assert not path.exists()
    path.write_text("old")
    check_writable(path)
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, DataError("no"), OSError(28, "No space left")]
)
def test_a_failure_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "out.csv"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as beside:
            beside.write_text("half")
            raise error

    expected = UsageError if isinstance(error, OSError) else error
    with pytest.raises(expected if isinstance(expected, type) else type(expected)):
        fail()
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "old"


def test_an_interrupt_while_writing_leaves_no_file(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setitem(writing._WRITERS, "csv", interrupt)
    monkeypatch.setattr(pyarrow.parquet, "write_table", interrupt)
    for name in ("out.csv", "out.csv.gz", "out.parquet"):
        with pytest.raises(KeyboardInterrupt):
            write_table(FORECAST, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_usage_error_in_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(writing._WRITERS, "csv", full)
    with pytest.raises(UsageError, match=r"cannot write '.*out\.csv': No space left on device$"):
        write_table(FORECAST, tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "new").write_text("")
    write_table(FORECAST, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").stat().st_mode == (tmp_path / "new").stat().st_mode


def test_a_replaced_file_keeps_its_permissions_and_a_link_stays_one(tmp_path):
    real = tmp_path / "real.csv"
    real.write_text("old")
    real.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(real)
    write_table(FORECAST, link)
    assert link.is_symlink()
    assert real.read_text() == to_text(FORECAST)
    assert real.stat().st_mode & 0o777 == 0o640


TEXTS = st.text(
    st.one_of(
        st.sampled_from(",;|\t\"'\n\r #0"),
        st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"]),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.fixed_dictionaries(
            {
                "row": st.lists(st.integers(-(2**63), 2**63 - 1), min_size=n, max_size=n),
                "id": st.lists(st.one_of(st.none(), TEXTS), min_size=n, max_size=n),
                "y": st.lists(
                    st.one_of(st.none(), st.floats(allow_nan=False)), min_size=n, max_size=n
                ),
            }
        )
    ),
    st.sampled_from(["csv", "tsv"]),
)
def test_any_table_written_as_text_reads_back(tmp_path_factory, values, fmt):
    schema = pa.schema({"row": pa.int64(), "id": pa.string(), "y": pa.float64()})
    path = tmp_path_factory.getbasetemp() / f"any.{fmt}"
    write_table(pa.table(values, schema), path)
    found = read_table(
        path, as_text=["id"], as_numbers=["row", "y"], delimiter="\t" if fmt == "tsv" else ",",
        decimal=".", thousands="", header=True,
    )  # fmt: skip
    assert found.columns["row"].to_pylist() == values["row"]
    assert found.columns["y"].to_pylist() == values["y"]
    assert found.columns["id"].to_pylist() == [
        text if text is not None and text.strip() else None for text in values["id"]
    ]
