from __future__ import annotations

import numpy as np
import pytest

from unspool.data.loading import check_table, load_panel
from unspool.data.options import TableOptions
from unspool.errors import DataError

DAYS = [str(day) for day in np.datetime64("2024-01-01") + np.arange(30)]


def test_a_clean_table_is_summed_up_in_one_line(make_table):
    table = make_table(date=DAYS, kind=["W"] * 30, bus=np.arange(30.0), rail=np.arange(30.0) ** 2)
    report = check_table(table)
    assert report.lines() == [
        "2 series (bus, rail) by date, daily, season 7, 2024-01-01 to 2024-01-30, 30 rows each; "
        "ignored kind (text)",
        "no faults: ready to forecast",
    ]


def test_the_summary_of_a_long_table_names_its_columns(make_table):
    ids = [store for store in "abcd" for _ in range(15)]
    report = check_table(make_table(store=ids[:55], date=(DAYS[:15] * 4)[:55], sales=range(55)))
    assert report.summary == (
        "4 series of sales by store (a, b, c, …) by date, daily, season 7, 2024-01-01 to "
        "2024-01-15, 10 to 15 rows"
    )


def test_the_summary_names_the_zone_and_shortens_what_is_ignored(make_table):
    columns = {f"note {i}": ["x"] * 30 for i in range(7)}
    table = make_table(ds=[f"{day}T00:00Z" for day in DAYS], y=range(30), **columns)
    report = check_table(table, TableOptions(timezone="UTC"))
    assert "; times in UTC; ignored note 0 (text), note 1 (text)" in report.summary
    assert report.summary.endswith("note 3 (text) and 3 more")


def test_reading_notes_are_passed_on(make_table):
    table = make_table(ds=DAYS, y=range(30)).with_notes("delimiter ';'")
    assert [fault.message for fault in check_table(table).notes] == ["delimiter ';'"]


def test_every_kind_of_fault_is_found_in_one_go(make_table):
    days = [*DAYS[:10], DAYS[9], *DAYS[10:20], *DAYS[22:], "someday"]
    y = np.arange(30.0)
    y[2], y[3] = np.nan, np.inf
    cells = {"y": (np.array([5]), ["n/a"])}
    y[5] = np.nan
    report = check_table(make_table(ds=days, y=y, text_cells=cells))
    assert [fault.kind for fault in report.errors] == [
        "unreadable times",
        "text",
        "infinite",
        "duplicates",
        "gaps",
        "missing",
    ]
    assert [fault.rows[0] for fault in report.errors] == [
        "line 31",
        "line 7",
        "line 5",
        "line 11",
        "line 23",
        "line 4",
    ]


def test_every_named_cure_together_mends_them_all(make_table):
    days = [*DAYS[:10], DAYS[9], *DAYS[10:20], *DAYS[22:], "someday"]
    y = np.arange(30.0)
    y[2], y[3] = np.nan, np.inf
    table = make_table(ds=days, y=y)
    asked: dict[str, str] = {}
    for fault in check_table(table).errors:
        cure = fault.cures[0]
        asked[cure.option] = cure.value
        asked |= dict(cure.also)
    panel, report = load_panel(table, TableOptions(**asked))
    assert report.ok
    assert panel.lengths.tolist() == [30]
    assert np.isfinite(panel.values).all()


def test_a_table_with_faults_stops_with_its_report(make_table):
    table = make_table(ds=[DAYS[0], *DAYS], y=range(31))
    with pytest.raises(DataError) as caught:
        load_panel(table, spelling="cli")
    assert str(caught.value) == (
        "sales.csv: series 'y': 2 rows at 2024-01-01 (lines 2, 3); "
        "--duplicates mean keeps their mean"
    )
    assert caught.value.report.errors[0].kind == "duplicates"
    assert caught.value.exit_code == 3


def test_what_was_mended_does_not_change_what_was_not(make_table):
    rng = np.random.default_rng(0)
    y = rng.normal(size=30)
    holes = y.copy()
    holes[[4, 9]] = np.nan
    keep = np.delete(np.arange(30), [14, 15, 20])
    table = make_table(ds=[DAYS[i] for i in keep], y=holes[keep])
    panel, _ = load_panel(table, TableOptions(missing="interpolate", gaps="forward"))
    untouched = np.delete(np.arange(30), [4, 9, 14, 15, 20])
    assert panel.values[untouched].tolist() == y[untouched].tolist()
    assert panel.values[4] == pytest.approx((y[3] + y[5]) / 2)
    assert panel.values[[14, 15, 20]].tolist() == [y[13], y[13], y[19]]


def test_a_mended_series_uses_nothing_of_the_others(make_table):
    def load(other):
        ids = ["a"] * 28 + ["b"] * 30
        days = DAYS[:10] + DAYS[12:] + DAYS
        table = make_table(unique_id=ids, ds=days, y=[*range(28), *other])
        return load_panel(table, TableOptions(gaps="interpolate"))[0].series(0)[1].tolist()

    assert load(np.zeros(30)) == load(np.random.default_rng(1).normal(size=30))


def test_sums_that_overflow_are_named(make_table):
    table = make_table(ds=[DAYS[0], *DAYS[:20]], y=np.full(21, 1.5e308))
    with pytest.raises(DataError, match=r"the value at 2024-01-01 .* is too large after mending"):
        load_panel(table, TableOptions(duplicates="sum"))


def test_a_given_season_is_kept_and_a_given_frequency_checked(make_table):
    table = make_table(ds=DAYS, y=range(30))
    panel, _ = load_panel(table, TableOptions(season=3, frequency="D"))
    assert panel.season == 3
    with pytest.raises(ValueError, match="frequency 5 does not fit: times are dates"):
        load_panel(table, TableOptions(frequency=5))
    with pytest.raises(ValueError, match="times are integers"):
        load_panel(make_table(t=range(30), y=range(30)), TableOptions(frequency="D"))


def test_series_that_end_at_different_times_are_said(make_table):
    table = make_table(unique_id=["a"] * 12 + ["b"] * 15, ds=DAYS[:12] + DAYS[:15], y=range(27))
    report = check_table(table)
    assert report.ok
    assert [fault.message for fault in report.notes] == [
        "series end at different times, 2024-01-12 to 2024-01-15 (1 series before the last): "
        "each is forecast from its own end"
    ]
