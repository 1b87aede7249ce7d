from __future__ import annotations

import numpy as np
import pytest

from unspool.data.loading import check_table, load_panel
from unspool.data.options import TableOptions

DAYS = [str(day) for day in np.datetime64("2024-01-01") + np.arange(30)]
Y = np.arange(30.0)


def _errors(table, **options):
    return [fault.render("cli") for fault in check_table(table, TableOptions(**options)).errors]


def _notes(table, **options):
    return [fault.message for fault in check_table(table, TableOptions(**options)).notes]


def _with(values, **cells):
    changed = values.copy()
    for place, value in cells.items():
        changed[int(place[1:])] = value
    return changed


def test_text_among_numbers_is_named(make_table):
    y = _with(Y, _4=np.nan)
    table = make_table(ds=DAYS, y=y, text_cells={"y": (np.array([4]), ["n/a"])})
    assert _errors(table) == [
        "series 'y': 'n/a' is no number at 2024-01-05 (line 6); "
        "--invalid missing --missing interpolate counts them as missing and fills them"
    ]
    panel, report = load_panel(table, TableOptions(invalid="missing", missing="interpolate"))
    assert panel.values.tolist() == Y.tolist()
    assert [fault.message for fault in report.notes] == [
        "series 'y': 'n/a' is no number at 2024-01-05 (line 6); counted as missing",
        "series 'y': empty value at 2024-01-05 (line 6); filled on a straight line",
    ]


def test_text_of_a_wide_table_belongs_to_its_column(make_table):
    cells = {"b": (np.array([4, 7]), ["?", "--"])}
    table = make_table(ds=DAYS, a=Y, b=_with(Y, _4=np.nan, _7=np.nan), text_cells=cells)
    assert _errors(table)[0].startswith(
        "series 'b': 2 cells are no numbers, the first '?' at 2024-01-05 (line 6)"
    )


def test_text_after_sorting_keeps_its_line(make_table):
    y = _with(Y, _4=np.nan)
    cells = {"y": (np.array([25]), ["x"])}
    table = make_table(ds=DAYS[::-1], y=y[::-1], text_cells=cells)
    assert "'x' is no number at 2024-01-05 (line 27)" in _errors(table)[0]


def test_text_that_is_not_mended_is_not_reported_again_as_missing(make_table):
    table = make_table(ds=DAYS, y=_with(Y, _4=np.nan), text_cells={"y": (np.array([4]), ["n/a"])})
    assert len(_errors(table, missing="interpolate")) == 1


def test_infinite_values_are_named(make_table):
    table = make_table(ds=DAYS, y=_with(Y, _4=np.inf, _9=-np.inf))
    assert _errors(table, missing="zero") == [
        "series 'y': 2 infinite values, the first at 2024-01-05 (line 6); "
        "--invalid missing counts them as missing"
    ]
    panel, _ = load_panel(table, TableOptions(invalid="missing", missing="zero"))
    assert panel.values[[4, 9]].tolist() == [0.0, 0.0]


def test_empty_values_inside_a_series_are_named(make_table):
    assert _errors(make_table(ds=DAYS, y=_with(Y, _4=np.nan))) == [
        "series 'y': empty value at 2024-01-05 (line 6); --missing interpolate fills them"
    ]
    many = make_table(ds=DAYS, y=_with(Y, _4=np.nan, _5=np.nan, _9=np.nan, _20=np.nan))
    assert _errors(many)[0].startswith(
        "series 'y': 4 empty values, the first at 2024-01-05 (lines 6, 7, 11 and 1 more)"
    )


@pytest.mark.parametrize(
    ("how", "filled"), [("interpolate", [4.0, 5.0]), ("forward", [3.0, 3.0]), ("zero", [0.0, 0.0])]
)
def test_empty_values_are_filled_and_said(make_table, how, filled):
    table = make_table(ds=DAYS, y=_with(Y, _4=np.nan, _5=np.nan))
    panel, report = load_panel(table, TableOptions(missing=how))
    assert panel.values[4:6].tolist() == filled
    assert np.delete(panel.values, [4, 5]).tolist() == np.delete(Y, [4, 5]).tolist()
    assert (
        "2 empty values, the first at 2024-01-05 (lines 6, 7); filled" in report.notes[-1].message
    )


def test_rows_with_empty_values_can_be_dropped(make_table):
    # Calendar days of a market that is closed on weekends.
    days = np.datetime64("2024-01-01") + np.arange(70)
    y = np.where(np.is_busday(days), np.arange(70.0), np.nan)
    table = make_table(ds=[str(day) for day in days], y=y)
    panel, report = load_panel(table, TableOptions(missing="drop"))
    assert panel.frequency.label == "every business day"
    assert panel.lengths.tolist() == [50]
    assert any("left out" in note.message for note in report.notes)


def test_gaps_and_empty_values_side_by_side_are_filled_each_in_its_way(make_table):
    y = _with(Y, _4=np.nan)
    keep = np.delete(np.arange(30), 5)
    table = make_table(ds=[DAYS[i] for i in keep], y=y[keep])
    panel, _ = load_panel(table, TableOptions(missing="interpolate", gaps="zero"))
    assert panel.values[[4, 5]].tolist() == [4.0, 0.0]


def test_empty_ends_make_a_series_shorter_and_are_said(make_table):
    a, b = Y.copy(), Y.copy()
    a[:12], b[25:] = np.nan, np.nan
    panel, report = load_panel(make_table(ds=DAYS, a=a, b=b))
    assert panel.lengths.tolist() == [18, 25]
    assert panel.series(0)[1].tolist() == Y[12:].tolist()
    assert [fault.message for fault in report.notes] == [
        "series 'a': 12 empty values before 2024-01-13, where it begins",
        "series 'b': 5 empty values after 2024-01-25, where it ends",
        "series end at different times, 2024-01-25 to 2024-01-30 (1 series before the last): each "
        "is forecast from its own end",
    ]


def test_empty_ends_are_not_filled(make_table):
    y = _with(Y, _0=np.nan, _29=np.nan)
    panel, _ = load_panel(make_table(ds=DAYS, y=y), TableOptions(missing="zero"))
    assert panel.values.tolist() == Y[1:29].tolist()


def test_constant_and_short_series_get_a_baseline(make_table):
    ids = ["flat"] * 30 + ["short"] * 9 + ["fine"] * 10
    table = make_table(unique_id=ids, ds=DAYS + DAYS[:9] + DAYS[:10], y=[3.5] * 30 + [*range(19)])
    panel, report = load_panel(table)
    assert panel.baseline_only == {0: "constant", 1: "too short: 9 rows"}
    messages = [fault.message for fault in report.notes]
    assert "series 'flat': constant (3.5); it gets a baseline's forecast" in messages
    assert "series 'short': only 9 rows; it gets a baseline's forecast" in messages


def test_an_empty_column_is_left_aside(make_table):
    report = check_table(make_table(ds=DAYS, a=Y, b=np.array([None] * 30, dtype=float)))
    assert report.ok
    assert "series 'b': no value is left" in " ".join(f.message for f in report.notes)


def test_a_table_without_any_value(make_table):
    assert _errors(make_table(ds=DAYS, y=np.full(30, np.nan))) == ["no series has a value"]
