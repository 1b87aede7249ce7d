from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from unspool.data.loading import check_table, load_panel
from unspool.data.options import TableOptions
from unspool.data.panel_output import forecast_columns
from unspool.errors import DataError, UsageError

DAYS = [str(day) for day in np.datetime64("2024-01-01") + np.arange(30)]


def test_a_file_is_read_examined_and_loaded(tmp_path):
    path = tmp_path / "rides.csv.gz"
    lines = ["day;kind;bus;rail", *(f"{day};W;{i},5;{i}" for i, day in enumerate(DAYS))]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    panel, report = load_panel(path)
    assert panel.ids == ("bus", "rail")
    assert panel.series(0)[1].tolist() == [i + 0.5 for i in range(30)]
    assert report.ok
    assert report.source == str(path)


def test_faults_of_a_file_name_its_lines(tmp_path):
    path = tmp_path / "sales.csv"
    rows = [f"{day},{i}" for i, day in enumerate(DAYS)]
    path.write_text("\n".join(["date,sales", *rows[:3], "", *rows[3:8], *rows[9:]]))
    with pytest.raises(DataError) as caught:
        load_panel(path, spelling="cli")
    assert str(caught.value) == (
        f"{path}: series 'sales': 1 row is missing between 2024-01-08 (line 10) and 2024-01-10 "
        "(line 11); --gaps interpolate fills them"
    )


def test_text_in_a_column_that_is_given_as_the_target_is_named(tmp_path):
    path = tmp_path / "sales.csv"
    rows = [f"{day},{'closed' if i == 3 else i}" for i, day in enumerate(DAYS)]
    path.write_text("\n".join(["date,sales", *rows]))
    report = check_table(path, TableOptions(target="sales"))
    assert [fault.kind for fault in report.errors] == ["text"]
    assert "'closed' is no number at 2024-01-04 (line 5)" in report.errors[0].message


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_every_library_give_the_same_panel(library):
    days = np.datetime64("2024-01-01", "us") + np.arange(30) * np.timedelta64(1, "D")
    frame = library(
        {"unique_id": ["a"] * 30 + ["b"] * 30, "ds": np.tile(days, 2), "y": np.arange(60)}
    )
    panel, _ = load_panel(frame)
    assert panel.ids == ("a", "b")
    assert panel.times.tolist() == [*days.tolist(), *days.tolist()]
    out = forecast_columns(panel, 1, {"forecast": np.zeros((2, 1))})
    assert str(out.column("ds")[0]) == "2024-01-31 00:00:00"


def test_a_pattern_keeps_the_zeros_of_a_column_of_digits(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("when,sales\n" + "\n".join(f"0{d}0224,{d}" for d in range(1, 9)))
    panel, _ = load_panel(path, TableOptions(time="when", time_format="%d%m%y"))
    assert str(panel.times[0])[:10] == "2024-02-01"
    out = forecast_columns(panel, 1, {"forecast": np.zeros((1, 1))})
    assert out.column("when").to_pylist() == ["090224"]


def test_usage_errors_name_the_source_and_spell_options_as_asked(make_table):
    table = make_table(unique_id=["a"] * 30, ds=DAYS, first=range(30), second=range(30))
    with pytest.raises(UsageError, match=r"sales.csv: any of 'first', 'second' .* --target first"):
        load_panel(table, spelling="cli")
    with pytest.raises(UsageError, match='target="first"'):
        check_table(table)


def test_a_report_of_what_cannot_be_examined_is_still_a_report(make_table):
    report = check_table(make_table(date=["x"] * 3, y=[1, 2, 3]).with_notes("gzip"))
    assert not report.ok
    assert [fault.kind for fault in report.faults] == ["reading", "unreadable times"]
    assert report.lines()[-1] == "1 fault to mend before a forecast"


def test_integer_times_and_rows_without_time_stay_integers(make_table):
    panel, _ = load_panel(make_table(t=[3, 4, 5], y=[1, 2, 3]))
    assert panel.times.dtype == np.int64
    assert panel.times.tolist() == [3, 4, 5]
    panel, _ = load_panel(make_table(y=[1, 2, 3]))
    assert panel.times.tolist() == [0, 1, 2]


def test_times_are_microseconds_in_utc(make_table):
    stamps = [f"2024-07-01T{hour:02d}:00:00+02:00" for hour in range(10)]
    panel, _ = load_panel(make_table(ds=stamps, y=range(10)))
    assert panel.times.dtype == np.dtype("datetime64[us]")
    assert str(panel.times[0]) == "2024-06-30T22:00:00.000000"
    assert panel.layout.zone == "+02:00"
