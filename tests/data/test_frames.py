"""Frames of pandas, polars and pyarrow: in with everything they know, and out as the same kind."""

from __future__ import annotations

import datetime
import subprocess
import sys
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from unspool.data.frames import read_frame, to_frame
from unspool.errors import DataError, UsageError

DAYS = ["2024-01-01", "2024-01-02", "2024-01-03"]


def values(frame) -> dict[str, list]:
    return read_frame(frame).columns.to_pydict()


def stamps() -> list[datetime.datetime]:
    return [datetime.datetime(2024, 1, day) for day in (1, 2, 3)]


def test_a_pandas_frame():
    frame = pd.DataFrame({"id": ["a", "b", None], "y": [1.5, None, 3], "n": [1, 2, 3]})
    table = read_frame(frame)
    assert table.columns.to_pydict() == {
        "id": ["a", "b", None],
        "y": [1.5, None, 3.0],
        "n": [1, 2, 3],
    }
    assert (table.kind, table.source, table.row_name(0)) == ("pandas", "the frame", "row 0")
    assert table.notes == ()


def test_a_pandas_index_of_times_becomes_a_column():
    frame = pd.DataFrame({"y": [1, 2, 3]}, index=pd.DatetimeIndex(DAYS))
    table = read_frame(frame)
    assert table.names == ["ds", "y"]
    assert table.columns["ds"][0].as_py() == datetime.datetime(2024, 1, 1)
    assert table.notes == ("the frame's index read as the column 'ds'",)


def test_a_named_pandas_index_becomes_a_column_of_that_name():
    frame = pd.DataFrame({"y": [1, 2, 3]}, index=pd.Index([7, 8, 9], name="week"))
    assert values(frame) == {"week": [7, 8, 9], "y": [1, 2, 3]}


def test_pandas_levels_become_columns():
    index = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["id", None])
    frame = pd.DataFrame({"y": [1, 2, 3, 4]}, index=index)
    assert values(frame) == {
        "id": ["a", "a", "b", "b"],
        "level_1": [1, 2, 1, 2],
        "y": [1, 2, 3, 4],
    }


def test_a_pandas_index_of_labels_becomes_a_column_called_index():
    frame = pd.DataFrame({"y": [1, 2]}, index=["a", "b"])
    assert values(frame) == {"index": ["a", "b"], "y": [1, 2]}


def test_a_pandas_index_of_nameless_numbers_says_nothing_and_is_ignored_with_a_note():
    frame = pd.DataFrame({"y": [1, 2, 3]}).iloc[[2, 0, 1]]
    table = read_frame(frame)
    assert table.columns.to_pydict() == {"y": [3, 1, 2]}
    assert table.notes == ("the frame's index of numbers has no name: ignored",)


def test_a_pandas_index_that_is_a_column_too_is_ignored_with_a_note():
    frame = pd.DataFrame({"day": [1, 2], "y": [3, 4]}).set_index("day", drop=False)
    table = read_frame(frame)
    assert table.columns.to_pydict() == {"day": [1, 2], "y": [3, 4]}
    assert table.notes == ("the frame's index 'day' ignored: a column has the same name",)


def test_an_index_of_times_beside_a_column_ds_is_called_index():
    frame = pd.DataFrame({"ds": [1, 2, 3]}, index=pd.DatetimeIndex(DAYS))
    assert read_frame(frame).names == ["index", "ds"]


@pytest.mark.parametrize(("name", "expected"), [("sales", "sales"), (None, "y")])
def test_a_pandas_series_with_times(name, expected):
    series = pd.Series([1.0, 2.0, 3.0], index=pd.DatetimeIndex(DAYS, name="day"), name=name)
    assert read_frame(series).names == ["day", expected]


def test_pandas_periods_become_their_beginnings():
    index = pd.period_range("2024-01", periods=2, freq="M", name="month")
    frame = pd.DataFrame({"y": [1, 2], "quarter": pd.PeriodIndex(["2024Q1", "2024Q2"], freq="Q")})
    table = read_frame(frame.set_index(index))
    assert [when.date().isoformat() for when in table.columns["month"].to_pylist()] == [
        "2024-01-01",
        "2024-02-01",
    ]
    assert table.columns["quarter"].to_pylist()[1].date().isoformat() == "2024-04-01"


def test_pandas_zones_stay():
    times = pd.DatetimeIndex(DAYS, tz="Europe/Berlin")
    kind = read_frame(pd.DataFrame({"t": times})).columns.schema.field("t").type
    assert pa.types.is_timestamp(kind)
    assert kind.tz == "Europe/Berlin"


def test_pandas_nullable_and_other_dtypes():
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], "Int64"),
            "real": pd.array([1.5, None], "Float64"),
            "flag": pd.array([True, None], "boolean"),
            "text": pd.array(["a", None], "string"),
            "arrow": pd.array(["a", None], pd.ArrowDtype(pa.string())),
            "kind": pd.Categorical(["x", None]),
            "count": pd.Categorical([3, 4]),
            "sparse": pd.arrays.SparseArray([1.0, float("nan")]),
            "money": [Decimal("1.25"), None],
            "small": pd.array([1, 2], "int8"),
            "day": [datetime.date(2024, 1, 1), None],
        }
    )
    assert values(frame) == {
        "whole": [1, None],
        "real": [1.5, None],
        "flag": [1, None],
        "text": ["a", None],
        "arrow": ["a", None],
        "kind": ["x", None],
        "count": [3, 4],
        "sparse": [1.0, None],
        "money": [1.25, None],
        "small": [1, 2],
        "day": [datetime.date(2024, 1, 1), None],
    }


def test_numbers_and_text_mixed_in_a_pandas_column_are_text_cells():
    frame = pd.DataFrame({"y": pd.Series([1, "closed", 2.5, None], dtype=object)})
    table = read_frame(frame)
    assert table.columns["y"].to_pylist() == [1.0, None, 2.5, None]
    positions, texts = table.text_cells["y"]
    assert (positions.tolist(), texts) == ([1], ["closed"])
    assert table.notes == ("column 'y': text and numbers mixed, read by their text",)


def test_mostly_text_with_a_few_numbers_is_text():
    frame = pd.DataFrame({"id": pd.Series(["a", "b", 3], dtype=object)})
    assert values(frame) == {"id": ["a", "b", "3"]}


def test_pandas_objects_that_are_no_cells_are_ignored_with_a_note():
    frame = pd.DataFrame({"y": [1, 2], "x": [object(), object()], "l": [[1], [2]]})
    table = read_frame(frame)
    assert table.names == ["y"]
    assert len(table.notes) == 2
    assert table.notes[0].startswith("column 'x' of type object ignored: ")


def test_names_that_are_no_strings_become_strings():
    assert values(pd.DataFrame({2019: [1], 2020: [2]})) == {"2019": [1], "2020": [2]}


def test_repeated_names_are_refused():
    frame = pd.DataFrame([[1, 2]], columns=["y", "y"])
    with pytest.raises(DataError, match="the frame: columns 1 and 2 are both called 'y'"):
        read_frame(frame)


def test_a_frame_is_not_changed():
    frame = pd.DataFrame({"y": [1, 2]}, index=pd.Index(["a", "b"], name="id"))
    before = frame.copy()
    read_frame(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("lazy", [False, True])
def test_a_polars_frame(lazy):
    frame = pl.DataFrame(
        {
            "id": pl.Series(["a", "b", None], dtype=pl.Categorical),
            "size": pl.Series(["s", "m", "s"], dtype=pl.Enum(["s", "m"])),
            "day": pl.Series(stamps()).cast(pl.Date),
            "when": pl.Series(stamps()).dt.replace_time_zone("Europe/Berlin"),
            "y": [1.5, float("nan"), None],
            "n": pl.Series([1, 2, 3], dtype=pl.UInt16),
            "list": [[1], [2], []],
        }
    )
    table = read_frame(frame.lazy() if lazy else frame)
    assert table.kind == ("polars lazy" if lazy else "polars")
    assert table.columns["id"].to_pylist() == ["a", "b", None]
    assert table.columns["size"].to_pylist() == ["s", "m", "s"]
    assert table.columns["n"].to_pylist() == [1, 2, 3]
    assert table.columns["day"].to_pylist()[0] == datetime.date(2024, 1, 1)
    assert table.columns.schema.field("when").type.tz == "Europe/Berlin"
    assert "list" not in table.names
    assert set(table.ignored) == {"list"}


def test_a_polars_series():
    assert values(pl.Series([1, 2])) == {"y": [1, 2]}
    assert values(pl.Series("sales", [1, 2])) == {"sales": [1, 2]}


def test_a_polars_column_of_objects_is_ignored_with_a_note():
    table = read_frame(pl.DataFrame({"y": [1], "x": pl.Series([object()], dtype=pl.Object)}))
    assert table.names == ["y"]
    assert table.notes == ("column 'x' holds objects of any type: ignored",)


def test_pyarrow_tables_and_batches():
    columns = {"y": [1, 2]}
    assert read_frame(pa.table(columns)).kind == "pyarrow"
    assert values(pa.RecordBatch.from_pydict(columns)) == columns


@pytest.mark.parametrize(
    ("thing", "name"), [(5, "int"), ([1, 2], "list"), (None, "NoneType"), ({"y": [1]}, "dict")]
)
def test_what_is_no_frame_is_a_usage_error(thing, name):
    with pytest.raises(UsageError, match=f"cannot read a table from {name}; give a path"):
        read_frame(thing)


def test_other_classes_are_named_with_their_module():
    with pytest.raises(UsageError, match=r"from decimal\.Decimal; give"):
        read_frame(Decimal(1))


@pytest.mark.parametrize(
    "frame", [pd.DataFrame({"y": []}), pl.DataFrame({"y": []}), pa.table({"y": []}), pd.DataFrame()]
)
def test_a_frame_without_rows_is_an_error(frame):
    with pytest.raises(DataError, match="the frame has no rows"):
        read_frame(frame)


OUT = pa.table(
    {
        "id": ["a", "b"],
        "ds": pa.array([0, 3_600_000_000], pa.timestamp("us", "Europe/Berlin")),
        "day": pa.array([0, 1], pa.date32()),
        "forecast": [1.5, 2.5],
        "step": [1, 2],
    }
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("pandas", pd.DataFrame),
        ("polars", pl.DataFrame),
        ("polars lazy", pl.LazyFrame),
        ("pyarrow", pa.Table),
        ("csv", pa.Table),
        ("duckdb", pa.Table),
    ],
)
def test_the_same_kind_of_frame_comes_back(kind, expected):
    frame = to_frame(OUT, kind)
    assert isinstance(frame, expected)
    assert str(values(frame)) == str(OUT.to_pydict())


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table])
def test_what_goes_in_comes_out_as_the_same_kind(make):
    frame = make({"id": ["a", "b"], "y": [1.5, 2.5]})
    table = read_frame(frame)
    assert type(to_frame(table.columns, table.kind)) is type(frame)


def run(program: str) -> str:
    """What `program` prints in a Python of its own."""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    return done.stdout.decode().strip()


def test_importing_the_reader_imports_no_frame_library():
    program = (
        "import sys, unspool.data.reading, unspool.data.writing\n"
        "print([name for name in ('pandas', 'polars', 'jax', 'matplotlib') if name in sys.modules])"
    )
    assert run(program) == "[]"


def test_tables_are_read_and_written_where_there_is_no_frame_library(tmp_path):
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('pandas', 'polars', 'jax'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "import pyarrow as pa\n"
        "from unspool.data.reading import read_table\n"
        "from unspool.data.writing import to_frame, write_table\n"
        f"path = {str(tmp_path / 't.csv')!r}\n"
        "write_table(pa.table({'y': [1.5, None]}), path)\n"
        "columns = to_frame(read_table(path).columns, 'pyarrow')\n"
        "print(columns.to_pydict())"
    )
    assert run(program) == "{'y': [1.5, None]}"
