from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pytest

from unspool.data.codes import Codes
from unspool.data.faults import Stopped
from unspool.data.options import TableOptions
from unspool.data.times import looks_like_time, read_rows, read_times


def _read(table, **options):
    return read_times(Codes(table), "ds", TableOptions(**options))


def _iso(column):
    return column.times.astype("datetime64[us]").astype("datetime64[m]").astype(str).tolist()


def test_integers_stay_integers(make_table):
    column = _read(make_table(ds=[3, 1, 2]))
    assert column.style.is_integer
    assert column.times.tolist() == [3, 1, 2]
    assert column.style.write(np.array([4, 5])).to_pylist() == [4, 5]


def test_integers_written_as_dates_are_dates(make_table):
    column = _read(make_table(ds=[19580329, 19580405]))
    assert _iso(column) == ["1958-03-29T00:00", "1958-04-05T00:00"]
    assert column.style.write(column.times).to_pylist() == [19580329, 19580405]
    assert column.style.texts(column.times) == ["19580329", "19580405"]


def test_integers_written_as_months_are_months(make_table):
    column = _read(make_table(ds=[202312, 202401]))
    assert _iso(column) == ["2023-12-01T00:00", "2024-01-01T00:00"]
    assert column.style.write(column.times).to_pylist() == [202312, 202401]


def test_integers_that_are_not_all_dates_stay_integers(make_table):
    assert _read(make_table(ds=[20240131, 20240132])).style.kind == "integer"
    assert _read(make_table(ds=[20240131]), time_format="integer").style.kind == "integer"


def test_whole_floats_are_integers_with_unread_rows(make_table):
    column = _read(make_table(ds=[1.0, None, 3.0]))
    assert column.times[[0, 2]].tolist() == [1, 3]
    assert column.read.tolist() == [True, False, True]


def test_fractions_are_no_times(make_table):
    with pytest.raises(Stopped, match="not whole"):
        _read(make_table(ds=[0.5, 1.0]))


def test_unix_seconds_and_milliseconds(make_table):
    seconds = _read(make_table(ds=[1_700_000_000]), time_format="unix")
    assert _iso(seconds) == ["2023-11-14T22:13"]
    assert seconds.style.write(seconds.times).to_pylist() == [1_700_000_000]
    milliseconds = _read(make_table(ds=[1_700_000_000_000]), time_format="unix-ms")
    assert milliseconds.times.tolist() == seconds.times.tolist()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([date(2024, 1, 1), date(2024, 1, 2)], pa.date32()),
        ([datetime(2024, 1, 1), datetime(2024, 1, 2)], pa.date64()),
        ([datetime(2024, 1, 1, 5), datetime(2024, 1, 1, 6)], pa.timestamp("s")),
        ([datetime(2024, 1, 1, 5), datetime(2024, 1, 1, 6)], pa.timestamp("ms")),
        ([datetime(2024, 1, 1, 5), datetime(2024, 1, 1, 6)], pa.timestamp("ns")),
        ([datetime(2024, 1, 1, 5), datetime(2024, 1, 1, 6)], pa.timestamp("ns", "Europe/Berlin")),
        ([datetime(2024, 1, 1, 5), datetime(2024, 1, 1, 6)], pa.timestamp("s", "+02:00")),
        (["2024-01-01T05:00:00+01:00", "2024-01-01T06:00:00+01:00"], pa.string()),
    ],
)
def test_typed_times_come_back_as_they_came(make_table, values, kind):
    came = pa.array(values, kind)
    column = _read(make_table(ds=came))
    assert column.style.write(column.times).equals(came)


def test_times_of_a_zone_are_instants_and_said_in_the_zone(make_table):
    came = pa.array([datetime(2024, 7, 1)], pa.timestamp("us", "Europe/Berlin"))
    column = _read(make_table(ds=came))
    assert column.style.zone == "Europe/Berlin"
    assert column.style.texts(column.times) == ["2024-07-01 02:00:00+02:00"]


def test_a_given_zone_makes_naive_times_local(make_table):
    assert _read(make_table(ds=["2024-07-01"]), timezone="Europe/Berlin").local
    assert not _read(make_table(ds=["2024-07-01T00:00Z"]), timezone="Europe/Berlin").local


def test_utc_is_written_as_it_was_whatever_the_zone(make_table):
    column = _read(make_table(ds=["2024-07-01T00:00:00Z"]), timezone="Europe/Berlin")
    assert column.style.zone == "Europe/Berlin"
    assert column.style.write(column.times).to_pylist() == ["2024-07-01T00:00:00Z"]


def test_a_nanosecond_that_would_be_lost_is_not_read(make_table):
    came = pa.array([1_000, 1_001], pa.timestamp("ns"))
    assert _read(make_table(ds=came)).read.tolist() == [True, False]


def test_years_beyond_9999_are_not_read(make_table):
    came = pa.array([0, 400_000_000_000], pa.timestamp("s"))
    assert _read(make_table(ds=came)).read.tolist() == [True, False]


def test_day_and_month_are_told_by_a_number_above_12(make_table):
    column = _read(make_table(ds=["02/8/1991", "02/15/1991"]))
    assert _iso(column) == ["1991-02-08T00:00", "1991-02-15T00:00"]
    assert column.notes == ("ds: month first (a number above 12 decides)",)


def test_day_and_month_are_told_by_regularity(make_table):
    months = [f"01/{month:02d}/{year}" for year in (2001, 2002) for month in range(1, 13)]
    column = _read(make_table(ds=months))
    assert _iso(column)[1] == "2001-02-01T00:00"
    assert column.notes == ("ds: day first (the other order is less regular)",)


def test_day_and_month_that_cannot_be_told_stop(make_table):
    table = make_table(ds=[f"01/{month:02d}/2001" for month in range(1, 13)])
    with pytest.raises(Stopped) as caught:
        _read(table)
    line = caught.value.fault.render("cli")
    assert "'01/01/2001' can be day/month or month/day" in line
    assert "--day-first, or --month-first" in line
    assert "day_first=True, or day_first=False" in caught.value.fault.render("python")
    assert _iso(_read(table, day_first=True))[1] == "2001-02-01T00:00"
    assert _iso(_read(table, day_first=False))[1] == "2001-01-02T00:00"


def test_rows_that_contradict_the_others_are_not_read(make_table):
    column = _read(make_table(ds=["13/01/2024", "14/01/2024", "01/15/2024"]))
    assert column.read.tolist() == [True, True, False]


def test_single_texts_that_are_no_times_are_not_read(make_table):
    column = _read(make_table(ds=["2024-01-01", "soon", None, "2024-01-02"]))
    assert column.read.tolist() == [True, False, False, True]


def test_a_column_without_any_time_stops(make_table):
    with pytest.raises(Stopped, match="cannot be read as times: 'x'") as caught:
        _read(make_table(ds=["x", "y"]))
    assert "--time-format PATTERN" in caught.value.fault.render("cli")


def test_a_given_pattern_is_followed_or_refused(make_table):
    table = make_table(ds=["31|12|2024"])
    assert _iso(_read(table, time_format="%d|%m|%Y")) == ["2024-12-31T00:00"]
    with pytest.raises(Stopped, match="not written %Y"):
        _read(table, time_format="%Y-%m-%d")


def test_a_pattern_reads_a_column_of_numbers(make_table):
    column = _read(make_table(ds=[311224]), time_format="%d%m%y")
    assert _iso(column) == ["2024-12-31T00:00"]
    assert column.style.write(column.times).to_pylist() == [311224]


def test_rows_are_counted_within_each_series():
    assert read_rows(np.array([7, 3, 7, 7, 3])).times.tolist() == [0, 0, 1, 2, 1]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("when", ["2024-01-01"], True),
        ("when", ["store 1"], False),
        ("code", ["1701", "1702"], False),
        ("year", ["1701", "1702"], True),
        ("YEAR", [1700, 1701], True),
        ("amount", [1700, 1701], False),
        ("amount", [20240131, 20240201], True),
        ("date", [0.5, 0.7], False),
        ("when", pa.array([1, 2], pa.duration("s")), False),
        ("when", pa.array([1, 2], pa.time32("s")), False),
    ],
)
def test_what_looks_like_time(make_table, name, values, expected):
    assert looks_like_time(make_table({name: values}), name) is expected
