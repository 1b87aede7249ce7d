from __future__ import annotations

import numpy as np
import pytest

from unspool.data.loading import load_panel
from unspool.data.options import TableOptions


def _days(first, n, unit="D"):
    return [str(t).replace("T", " ") for t in np.datetime64(first, unit) + np.arange(n)]


def _load(table, **options):
    return load_panel(table, TableOptions(**options))


def test_days_become_whole_months_and_partial_months_are_left_out(make_table):
    table = make_table(ds=_days("2024-01-15", 80), y=np.ones(80))
    panel, report = _load(table, resample="sum", frequency="M")
    assert panel.times.astype("datetime64[D]").astype(str).tolist() == ["2024-02-01", "2024-03-01"]
    assert panel.values.tolist() == [29.0, 31.0]
    assert any("2 incomplete first or last steps left out" in f.message for f in report.notes)


@pytest.mark.parametrize(("how", "expected"), [("sum", 3.0), ("mean", 1.0), ("last", 2.0)])
def test_steps_are_summed_averaged_or_end_with_the_last(make_table, how, expected):
    table = make_table(ds=_days("2024-01-01 00", 9, "h"), y=[0, 1, 2] * 3)
    panel, _ = _load(table, resample=how, frequency="3h")
    assert panel.values.tolist() == [expected] * 3


def test_month_ends_stand_on_the_last_day(make_table):
    table = make_table(ds=_days("2024-01-01", 60), y=np.ones(60))
    panel, _ = _load(table, resample="sum", frequency="ME")
    assert panel.times.astype("datetime64[D]").astype(str).tolist() == ["2024-01-31", "2024-02-29"]
    assert panel.frequency.day == 31


def test_weeks_begin_on_monday(make_table):
    table = make_table(ds=_days("2024-01-01", 21), y=np.arange(21.0))
    panel, _ = _load(table, resample="sum", frequency="W")
    assert panel.times.astype("datetime64[D]").astype(str).tolist() == [
        "2024-01-01",
        "2024-01-08",
        "2024-01-15",
    ]
    assert panel.values.tolist() == [21.0, 70.0, 119.0]


def test_integer_steps_are_brought_together(make_table):
    panel, _ = _load(make_table(t=range(10), y=np.ones(10)), resample="sum", frequency=5)
    assert panel.times.tolist() == [0, 5]
    assert panel.values.tolist() == [5.0, 5.0]


def test_days_of_a_zone_have_their_own_hours(make_table):
    hours = _days("2024-03-29 23", 24 * 4, "h")
    table = make_table(ds=[f"{hour}:00Z" for hour in hours], y=np.ones(96))
    panel, _ = _load(table, resample="sum", frequency="D", timezone="Europe/Berlin")
    # The day on which the clocks go forward has 23 hours.
    assert panel.values.tolist() == [24.0, 23.0, 24.0, 24.0]


def test_hours_of_a_zone_half_an_hour_off_begin_on_its_own_clock(make_table):
    quarters = [str(t) + "Z" for t in np.datetime64("2024-01-01T00:30", "m") + 15 * np.arange(16)]
    panel, _ = _load(
        make_table(ds=quarters, y=np.ones(16)),
        resample="sum",
        frequency="h",
        timezone="Asia/Kolkata",
    )
    assert panel.values.tolist() == [4.0] * 4
    assert str(panel.times[0]).startswith("2024-01-01T00:30")


def test_series_of_several_frequencies_become_one(make_table):
    months = [f"{m}-01" for m in _days("2010-01", 40, "M")]
    days = _days("2010-01-01", 365)
    table = make_table(unique_id=["m"] * 40 + ["d"] * 365, ds=months + days, y=np.ones(405))
    panel, _ = _load(table, resample="sum", frequency="M")
    assert panel.series(0)[1].tolist() == [1.0] * 40
    assert panel.series(1)[1].tolist() == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_a_step_without_rows_is_a_gap(make_table):
    days = _days("2024-01-01", 31) + _days("2024-03-01", 31)
    table = make_table(ds=days, y=np.ones(62))
    panel, _ = _load(table, resample="sum", frequency="M", gaps="zero")
    assert panel.values.tolist() == [31.0, 0.0, 31.0]


def test_empty_values_are_filled_before_they_are_summed(make_table):
    y = np.ones(31)
    y[4] = np.nan
    table = make_table(ds=_days("2024-01-01", 31), y=y)
    panel, _ = _load(table, resample="sum", frequency="M", missing="interpolate")
    assert panel.values.tolist() == [31.0]
