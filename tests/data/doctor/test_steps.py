from __future__ import annotations

import numpy as np
import pytest

from unspool.data.loading import check_table, load_panel
from unspool.data.options import TableOptions
from unspool.errors import DataError, UsageError

DAYS = [str(day) for day in np.datetime64("2024-01-01") + np.arange(30)]


def _errors(table, **options):
    return [fault.render("cli") for fault in check_table(table, TableOptions(**options)).errors]


def _times(first, n, unit, step=1):
    return [str(t).replace("T", " ") for t in np.datetime64(first, unit) + step * np.arange(n)]


def test_rows_off_the_grid_are_named(make_table):
    hours = _times("2024-01-01T00:00", 30, "m", 60)
    hours[7] = "2024-01-01 07:12"
    table = make_table(ds=hours, y=range(30))
    errors = _errors(table)
    assert errors[0] == (
        "series 'y': 2024-01-01 07:12 (line 9) is off the grid (hourly); "
        "--off-grid drop leaves these rows out, or "
        "--resample mean --frequency h brings all rows to it"
    )
    panel, report = load_panel(table, TableOptions(off_grid="drop", gaps="interpolate"))
    assert panel.values.tolist() == pytest.approx(list(range(30)))
    assert report.notes[0].message.endswith("is off the grid (hourly); left out")


def test_a_series_may_have_a_grid_of_its_own(make_table):
    fridays, mondays = _times("2024-01-05", 20, "D", 7), _times("2024-01-01", 20, "D", 7)
    ids = ["a"] * 20 + ["b"] * 20
    panel, _ = load_panel(make_table(unique_id=ids, ds=fridays + mondays, y=range(40)))
    assert panel.frequency.label == "weekly"
    days = panel.future_times(1).astype("datetime64[D]").astype(str).ravel().tolist()
    assert days == ["2024-05-24", "2024-05-20"]


def test_weekends_are_off_the_grid_of_business_days(make_table):
    days = [str(d) for d in np.busday_offset("2024-01-01", np.arange(200))]
    table = make_table(ds=[*days[:5], "2024-01-06", *days[5:]], y=range(201))
    assert "2024-01-06 (line 7) is off the grid (every business day)" in _errors(table)[0]


def test_times_without_a_step_are_refused(make_table):
    seconds = np.cumsum(np.random.default_rng(0).integers(50, 70, 200))
    stamps = [str(t) for t in np.datetime64("2024-01-01T00:00:00", "s") + seconds]
    errors = _errors(make_table(ds=stamps, y=range(200)))
    assert len(errors) == 1
    assert errors[0].startswith("the times have no regular step: the most common")
    assert errors[0].endswith("--resample mean --frequency 5min brings them to a regular one")


def test_the_cure_of_times_without_a_step_works(make_table):
    seconds = np.cumsum(np.random.default_rng(0).integers(50, 70, 200))
    stamps = [str(t) for t in np.datetime64("2024-01-01T00:00:00", "s") + seconds]
    options = TableOptions(resample="mean", frequency="5min")
    panel, _ = load_panel(make_table(ds=stamps, y=range(200)), options)
    assert panel.frequency.label == "every 5 minutes"


def test_a_given_frequency_that_the_rows_do_not_have(make_table):
    table = make_table(ds=DAYS, y=range(30))
    errors = _errors(table, frequency="M")
    assert "29 of 30 rows are off the grid (monthly)" in errors[0]
    assert "--resample mean --frequency MS" in errors[0]
    assert "rows are missing" in _errors(table, frequency="12h")[0]


def test_offsets_that_change_point_to_the_zone(make_table):
    days = [f"2024-03-{day}T00:00:00+01:00" for day in range(20, 32)]
    days += [f"2024-04-{day:02d}T00:00:00+02:00" for day in range(1, 9)]
    table = make_table(ds=days, y=range(20))
    assert "--timezone NAME counts days as they are there" in _errors(table)[0]
    assert _errors(table, timezone="Europe/Berlin") == []


def test_one_row_a_series_needs_a_frequency(make_table):
    table = make_table(unique_id=["a", "b"], ds=DAYS[:2], y=[1.0, 2.0])
    with pytest.raises(DataError, match="no series has two rows"):
        load_panel(table)
    panel, report = load_panel(table, TableOptions(frequency="D"))
    assert panel.baseline_only == {0: "too short: 1 row", 1: "too short: 1 row"}
    assert report.ok


def test_an_integer_column_of_dates_can_be_taken_as_numbers(make_table):
    table = make_table(date=[20240131, 20240229], y=[1, 2])
    with pytest.raises(UsageError, match='time_format="integer" takes the time column as plain'):
        load_panel(table, TableOptions(frequency=1))


def test_resampling_to_steps_longer_than_the_series(make_table):
    table = make_table(ds=DAYS, y=range(30))
    with pytest.raises(DataError, match="no series covers one whole step"):
        load_panel(table, TableOptions(resample="sum", frequency="Y"))


def test_rows_of_weekends_only_have_no_business_days(make_table):
    weekends = _times("2024-01-06", 10, "D", 7)
    table = make_table(ds=weekends, y=range(10))
    with pytest.raises(DataError, match="off the grid"):
        load_panel(table, TableOptions(frequency="B", off_grid="drop"))


def test_a_series_that_has_a_frequency_of_its_own(make_table):
    months = [f"{month}-01" for month in _times("2010-01", 40, "M")]
    days = _times("2010-01-01", 400, "D")
    table = make_table(unique_id=["m"] * 40 + ["d"] * 400, ds=months + days, y=range(440))
    assert _errors(table) == [
        "series 'm': monthly from 2010-01-01 (line 2), while most series are daily; "
        "--resample sum --frequency MS brings all to one"
    ]


def test_month_ends_beside_month_starts(make_table):
    starts = [f"{month}-01" for month in _times("2010-01", 40, "M")]
    ends = [
        str(np.datetime64(m, "M") + 1 - np.timedelta64(1, "D")) for m in _times("2010-01", 30, "M")
    ]
    table = make_table(unique_id=["a"] * 40 + ["b"] * 30, ds=starts + ends, y=range(70))
    assert _errors(table)[0].startswith(
        "series 'b': monthly, on the last day of the month from 2010-01-31 (line 42), "
        "while most series are monthly"
    )


def test_a_series_that_changes_its_frequency(make_table):
    months = [f"{month}-01" for month in _times("2010-01", 12, "M")]
    days = _times("2011-01-01", 400, "D")
    assert _errors(make_table(ds=months + days, y=range(412))) == [
        "series 'y': monthly for 12 steps from 2010-01-01 (line 2), otherwise daily; "
        "--resample sum --frequency MS brings all to one"
    ]


def test_many_scattered_gaps_are_gaps_and_no_frequency(make_table):
    keep = np.flatnonzero(np.random.default_rng(0).random(300) < 0.6)
    days = np.array(_times("2023-01-01", 300, "D"))[keep].tolist()
    report = check_table(make_table(ds=days, y=range(len(days))))
    assert [fault.kind for fault in report.errors] == ["gaps"]
