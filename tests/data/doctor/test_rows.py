from __future__ import annotations

import numpy as np
import pytest

from unspool.data.loading import check_table, load_panel
from unspool.data.options import TableOptions
from unspool.data.zones import Zone

DAYS = [str(day) for day in np.datetime64("2024-01-01") + np.arange(30)]
Y = np.arange(30.0)


def _errors(table, **options):
    return [fault.render("cli") for fault in check_table(table, TableOptions(**options)).errors]


def _notes(table, **options):
    return [fault.message for fault in check_table(table, TableOptions(**options)).notes]


def test_duplicates_are_named_by_series_row_and_time(make_table):
    ids = ["store 7"] * 31 + ["store 8"] * 30
    days = [*DAYS[:10], DAYS[9], *DAYS[10:], *DAYS]
    table = make_table(unique_id=ids, ds=days, y=[*range(31), *Y])
    assert _errors(table) == [
        "series 'store 7': 2 rows at 2024-01-10 (lines 11, 12); --duplicates mean keeps their mean"
    ]
    fault = check_table(table).errors[0]
    assert fault.series == "store 7"
    assert fault.rows == ("line 11", "line 12")
    assert fault.times == ("2024-01-10", "2024-01-10")
    assert fault.count == 1


def test_equal_duplicates_are_cured_by_keeping_the_first(make_table):
    table = make_table(ds=[*DAYS[:10], *DAYS[8:]], y=[*Y[:10], *Y[8:]])
    assert _errors(table) == [
        "series 'y': 2 times have more than one equal row, the first at 2024-01-09 (lines 10, 12); "
        "--duplicates first keeps the first of them"
    ]


def test_duplicates_of_a_wide_table_are_said_once(make_table):
    table = make_table(ds=[DAYS[0], *DAYS], a=[0.0, *Y], b=[0.0, *Y], c=[0.0, *Y])
    assert _errors(table) == [
        "all 3 series: 2 equal rows at 2024-01-01 (lines 2, 3); "
        "--duplicates first keeps the first of them"
    ]


@pytest.mark.parametrize(
    ("how", "value"), [("first", 5.0), ("last", 7.0), ("mean", 6.0), ("sum", 12.0)]
)
def test_duplicates_are_mended_and_said(make_table, how, value):
    table = make_table(ds=[*DAYS, DAYS[3]], y=[*range(3), 5.0, *range(4, 30), 7.0])
    panel, report = load_panel(table, TableOptions(duplicates=how))
    assert panel.values[3] == value
    assert panel.lengths.tolist() == [30]
    assert report.notes[-1].kind == "mended"
    assert "2 rows at 2024-01-04 (lines 5, 32)" in report.notes[-1].message
    assert how in report.notes[-1].message


def test_rows_out_of_order_are_sorted_and_said(make_table):
    order = [*range(10), 20, *range(10, 20), *range(21, 30)]
    table = make_table(ds=[DAYS[i] for i in order], y=[float(i) for i in order])
    panel, report = load_panel(table)
    assert panel.values.tolist() == Y.tolist()
    assert [fault.message for fault in report.notes] == [
        "rows are not in time order: sorted by time (the first out of order is line 13)"
    ]


def test_newest_first_is_said_as_such(make_table):
    panel, report = load_panel(make_table(ds=DAYS[::-1], y=Y[::-1]))
    assert panel.values.tolist() == Y.tolist()
    assert [fault.message for fault in report.notes] == ["rows are newest first: sorted by time"]


def test_rows_of_all_series_by_time_are_in_order(make_table):
    days = [day for day in DAYS for _ in range(3)]
    panel, report = load_panel(make_table(unique_id=["a", "b", "c"] * 30, ds=days, y=range(90)))
    assert report.notes == ()
    assert panel.series(1)[1].tolist() == list(range(1, 90, 3))


def test_unreadable_and_empty_times_are_named(make_table):
    table = make_table(ds=[*DAYS[:5], "soon", None, *DAYS[5:]], y=np.arange(32.0))
    assert _errors(table) == [
        "column 'ds': 2 cells are not times, the first 'soon' (lines 7, 8); "
        "--off-grid drop leaves these rows out"
    ]
    panel, report = load_panel(table, TableOptions(off_grid="drop"))
    assert panel.lengths.tolist() == [30]
    assert report.notes[0].message.endswith("(lines 7, 8): left out")


def test_text_in_a_column_of_integer_times_is_named(make_table):
    table = make_table(
        year=[1700, None, 1702], y=[1.0, 2.0, 3.0], text_cells={"year": (np.array([1]), ["17O1"])}
    )
    assert _errors(table)[0].startswith("column 'year': '17O1' is not a time (line 3)")


def test_rows_without_an_id_are_named(make_table):
    table = make_table(
        unique_id=["a"] * 15 + [None] * 2 + ["a"] * 15,
        ds=DAYS[:32][:15] + DAYS[:2] + DAYS[15:],
        y=range(32),
    )
    assert _errors(table) == [
        "2 rows without an id in 'unique_id' (lines 17, 18); "
        "--missing drop leaves out rows with empty cells"
    ]
    panel, _ = load_panel(table, TableOptions(missing="drop"))
    assert panel.lengths.tolist() == [30]


def test_rows_without_one_of_two_ids_are_named(make_table):
    items = ["x"] * 10 + ["y"] * 10 + [None] + ["y"] * 9
    table = make_table(store=[1] * 30, item=items, ds=DAYS[:10] * 3, y=range(30))
    options = {"id": ("store", "item")}
    assert "1 row without an id in 'store' and 'item' (line 22)" in _errors(table, **options)[0]
    panel, _ = load_panel(table, TableOptions(missing="drop", duplicates="first", **options))
    assert panel.ids == ((1, "x"), (1, "y"))


def _berlin_hours(first, n):
    utc = (np.datetime64(first, "us") + np.arange(n) * np.timedelta64(1, "h")).astype(np.int64)
    local = Zone("Europe/Berlin").to_local(utc).astype("datetime64[us]")
    return [str(t)[:16].replace("T", " ") for t in local]


@pytest.mark.parametrize("backwards", [False, True])
def test_naive_times_of_a_zone_become_instants(make_table, backwards):
    hours = _berlin_hours("2024-10-20T00:00", 24 * 14)
    y = np.arange(len(hours), dtype=float)
    step = -1 if backwards else 1
    table = make_table(ds=hours[::step], y=y[::step])
    panel, report = load_panel(table, TableOptions(timezone="Europe/Berlin"))
    assert panel.values.tolist() == y.tolist()
    assert (np.diff(panel.times) == np.timedelta64(1, "h")).all()
    assert str(panel.times[0]) == "2024-10-20T00:00:00.000000"
    expected = ["rows are newest first: sorted by time"] if backwards else []
    assert [fault.message for fault in report.notes] == expected


def test_the_repeated_hour_is_told_apart_for_every_series(make_table):
    hours = _berlin_hours("2024-10-26T00:00", 48)
    table = make_table(unique_id=["a"] * 48 + ["b"] * 48, ds=hours * 2, y=np.arange(96.0))
    panel, _ = load_panel(table, TableOptions(timezone="Europe/Berlin"))
    assert panel.series(1)[1].tolist() == list(range(48, 96))


def test_times_that_never_were_are_named(make_table):
    hours = [f"2024-03-31 {hour:02d}:00" for hour in range(24)]
    table = make_table(ds=hours, y=range(24))
    assert _errors(table, timezone="Europe/Berlin") == [
        "series 'y': 2024-03-31 02:00 (line 4) never was in Europe/Berlin: clocks skipped that "
        "hour; --off-grid drop leaves these rows out"
    ]
    panel, _ = load_panel(table, TableOptions(timezone="Europe/Berlin", off_grid="drop"))
    assert panel.lengths.tolist() == [23]


def test_an_hour_that_could_be_either_is_said(make_table):
    hours = [f"2024-10-27 {hour:02d}:00" for hour in range(2)] + [
        f"2024-10-27 {hour:02d}:00" for hour in range(2, 12)
    ]
    notes = _notes(make_table(ds=hours, y=range(12)), timezone="Europe/Berlin")
    assert (
        "1 row in the hour that Europe/Berlin repeats in autumn, without a second one" in notes[0]
    )


def test_series_without_any_value_get_no_forecast(make_table):
    table = make_table(ds=DAYS, a=Y, b=[None] * 29 + [1.0], c=np.full(30, np.nan))
    panel, report = load_panel(table)
    assert panel.ids == ("a", "b")
    assert any(
        f.message == "series 'c': no value is left; it gets no forecast" for f in report.notes
    )
