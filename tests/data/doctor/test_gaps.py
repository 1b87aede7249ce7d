from __future__ import annotations

import numpy as np
import pytest

from unspool.data.loading import check_table, load_panel
from unspool.data.options import TableOptions
from unspool.data.zones import Zone
from unspool.errors import DataError

DAYS = [str(day) for day in np.datetime64("2024-01-01") + np.arange(30)]


def _errors(table, **options):
    return [fault.render("cli") for fault in check_table(table, TableOptions(**options)).errors]


def test_a_gap_is_named_by_its_two_ends(make_table):
    table = make_table(ds=DAYS[:10] + DAYS[12:], y=range(28))
    assert _errors(table) == [
        "series 'y': 2 rows are missing between 2024-01-10 (line 11) and 2024-01-13 (line 12); "
        "--gaps interpolate fills them"
    ]
    fault = check_table(table).errors[0]
    assert (fault.count, fault.rows, fault.times) == (2, ("line 12",), ("2024-01-13",))


def test_several_gaps_are_counted(make_table):
    table = make_table(ds=DAYS[:10] + DAYS[11:20] + DAYS[23:], y=range(26))
    assert _errors(table)[0].startswith(
        "series 'y': 4 rows are missing in 2 gaps, the first between 2024-01-10 (line 11) and "
        "2024-01-12 (line 12)"
    )


@pytest.mark.parametrize(
    ("how", "filled"), [("interpolate", [9.5, 10.0]), ("forward", [9.0, 9.0]), ("zero", [0.0, 0.0])]
)
def test_gaps_are_filled_and_said(make_table, how, filled):
    table = make_table(ds=DAYS[:10] + DAYS[12:], y=[*range(10), 10.5, *range(13, 30)])
    panel, report = load_panel(table, TableOptions(gaps=how))
    assert panel.values[10:12].tolist() == filled
    assert panel.times.astype("datetime64[D]").astype(str).tolist() == DAYS
    assert report.notes[-1].count == 2
    assert "2 rows are missing between 2024-01-10 (line 11)" in report.notes[-1].message


def test_holidays_are_gaps_of_business_days(make_table):
    days = [str(d) for d in np.busday_offset("2024-01-01", np.arange(60)) if str(d) != "2024-02-19"]
    assert (
        "1 row is missing between 2024-02-16 (line 36) and 2024-02-20"
        in _errors(make_table(ds=days, y=range(59)))[0]
    )


def test_a_leap_day_is_a_gap_like_any_other(make_table):
    days = [str(d) for d in np.datetime64("2024-02-20") + np.arange(20) if str(d) != "2024-02-29"]
    assert (
        "between 2024-02-28 (line 10) and 2024-03-01"
        in _errors(make_table(ds=days, y=range(19)))[0]
    )


def test_months_quarters_and_years_have_gaps(make_table):
    for unit, step, missing in (("M", 1, "1990-05"), ("M", 3, "1991-04"), ("Y", 1, "1994")):
        first = "1990" if unit == "Y" else "1990-01"
        times = [str(t) for t in np.datetime64(first, unit) + step * np.arange(20)]
        times.remove(missing)
        [error] = _errors(make_table(ds=[f"{t}-01-01"[:10] for t in times], y=range(19)))
        assert "1 row is missing between" in error


def test_a_thousand_series_with_gaps_are_a_few_lines_and_a_full_report(make_table):
    ids = [f"store {i}" for i in range(1000) for _ in range(10)]
    table = make_table(unique_id=ids, ds=(DAYS[:5] + DAYS[6:11]) * 1000, y=range(10_000))
    report = check_table(table)
    assert len(report.errors) == 1000
    assert report.errors[999].rows == ("line 9997",)
    lines = report.lines()
    assert len(lines) == 6
    assert lines[4] == "error: 997 more series have gaps; --gaps interpolate fills them"


def test_gaps_of_a_wide_table_are_said_once(make_table):
    table = make_table(ds=DAYS[:10] + DAYS[12:], a=range(28), b=range(28))
    [error] = _errors(table)
    assert error.startswith("both series: 2 rows are missing between")


def test_a_mistyped_year_does_not_fill_the_memory(make_table):
    table = make_table(ds=[*DAYS, "2204-01-31"], y=range(31))
    with pytest.raises(DataError, match=r"filling the gaps would add 65,7.. rows to 31") as caught:
        load_panel(table, TableOptions(gaps="zero"))
    assert "ends at 2204-01-31 (line 32)" in str(caught.value)


def _local_hours(zone, first, n, minutes=60):
    utc = np.datetime64(first, "us") + minutes * np.arange(n) * np.timedelta64(1, "m")
    local = Zone(zone).to_local(utc.astype(np.int64)).astype("datetime64[us]")
    return [str(t)[:16].replace("T", " ") for t in local]


def test_daylight_saving_days_are_recognised_with_a_place(make_table):
    hours = _local_hours("Europe/Berlin", "2023-03-01T00:00", 24 * 700)
    [error] = _errors(make_table(ds=hours, y=range(len(hours))))
    assert error == (
        "series 'y': the hour after 2023-03-26 01:00 is missing (line 602, and on 1 more day) and "
        "the hour of 2023-10-29 02:00 stands twice (line 5810, and on 1 more day): local times "
        "that follow daylight saving; --timezone NAME says where (such as Europe/Berlin)"
    )


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("America/New_York", "2024-02-01T00:00"),
        ("Europe/London", "2024-02-01T00:00"),
        ("Australia/Sydney", "2024-02-01T00:00"),
        ("America/Chicago", "2024-10-01T00:00"),
    ],
)
def test_the_cure_of_daylight_saving_works(make_table, zone, first):
    hours = _local_hours(zone, first, 2 * 24 * 270, minutes=30)
    table = make_table(ds=hours, y=range(len(hours)))
    report = check_table(table)
    assert {fault.kind for fault in report.errors} == {"daylight saving"}
    panel, report = load_panel(table, TableOptions(timezone=zone))
    assert report.ok
    assert panel.lengths.tolist() == [len(hours)]
    assert panel.layout.style.write(panel.future_times(1).ravel())[0].as_py() not in hours


def test_daylight_saving_can_also_be_mended_as_gaps_and_duplicates(make_table):
    hours = _local_hours("Europe/Berlin", "2024-03-01T00:00", 24 * 300)
    table = make_table(ds=hours, y=range(len(hours)))
    panel, report = load_panel(table, TableOptions(gaps="interpolate", duplicates="mean"))
    assert report.ok
    assert panel.lengths.tolist() == [len(hours)]


def test_other_gaps_and_duplicates_are_not_put_down_to_clocks(make_table):
    hours = _local_hours("UTC", "2024-03-01T00:00", 24 * 60)
    del hours[100]
    hours.insert(500, hours[500])
    report = check_table(make_table(ds=hours, y=range(len(hours))))
    assert [fault.kind for fault in report.errors] == ["duplicates", "gaps"]


def test_a_gap_beside_the_clocks_own_is_still_named(make_table):
    hours = _local_hours("Europe/Berlin", "2024-03-01T00:00", 24 * 60)
    del hours[100:103]
    report = check_table(make_table(ds=hours, y=range(len(hours))))
    assert [fault.kind for fault in report.errors] == ["daylight saving", "gaps"]
    assert "3 rows are missing between 2024-03-05 04:00 (line 101)" in report.errors[1].message


def test_days_of_a_zone_have_no_gap_when_clocks_change(make_table):
    days = _local_hours("Europe/Berlin", "2024-03-01T23:00", 1)
    assert days == ["2024-03-02 00:00"]
    local = [f"{d} 00:00" for d in np.datetime64("2024-03-20") + np.arange(20)]
    panel, report = load_panel(
        make_table(ds=local, y=range(20)), TableOptions(timezone="Europe/Berlin")
    )
    assert report.ok
    assert set(np.diff(panel.times).astype("timedelta64[h]").astype(int).tolist()) == {23, 24}
