from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.frequency import Frequency
from unspool.data.grid import place
from unspool.data.layout import Layout
from unspool.data.mending import fill, insert_gaps, merge_duplicates
from unspool.data.observations import INSERTED, REPORTED, Observations
from unspool.data.table import Table
from unspool.data.timestyle import ROWS

STEP = Frequency("step")


def _observations(series, times, values):
    n_series = max(series) + 1
    table = Table(pa.table({"y": values}), "f", "csv", 2, "line")
    return Observations(
        table=table,
        layout=Layout("long", ("unique_id",), None, ("y",), ROWS),
        ids=tuple(range(n_series)),
        series=np.array(series, np.int32),
        times=np.array(times, np.int64),
        values=np.array(values, np.float64),
        rows=np.arange(len(series), dtype=np.int32),
        flags=np.zeros(len(series), np.uint8),
    )


@pytest.mark.parametrize(
    ("how", "values", "rows"),
    [
        ("first", [1.0, 2.0, 8.0, 9.0], [0, 1, 3, 4]),
        ("last", [1.0, 4.0, 8.0, 9.0], [0, 2, 3, 4]),
        ("mean", [1.0, 3.0, 8.0, 9.0], [0, 1, 3, 4]),
        ("sum", [1.0, 6.0, 8.0, 9.0], [0, 1, 3, 4]),
    ],
)
def test_duplicates_become_one_row(how, values, rows):
    merged = merge_duplicates(_observations([0, 0, 0, 1, 1], [1, 2, 2, 2, 3], [1, 2, 4, 8, 9]), how)
    assert merged.values.tolist() == values
    assert merged.rows.tolist() == rows
    assert merged.series.tolist() == [0, 0, 1, 1]


def test_an_empty_value_among_duplicates_leaves_their_mean_empty_and_its_flag():
    given_rows = _observations([0, 0], [1, 1], [2, np.nan])
    given_rows = given_rows.flag(np.array([False, True]), REPORTED)
    for how in ("first", "last", "mean", "sum"):
        assert merge_duplicates(given_rows, how).flagged(REPORTED).tolist() == [True]
    assert np.isnan(merge_duplicates(given_rows, "mean").values).all()


def test_gaps_get_rows_of_their_own():
    rows = _observations([0, 0, 1, 1, 1], [3, 6, 10, 11, 13], [1, 2, 3, 4, 5])
    placement = place(rows, STEP)
    full = insert_gaps(rows, STEP, placement.ordinals, placement.phases)
    assert full.times.tolist() == [3, 4, 5, 6, 10, 11, 12, 13]
    assert full.series.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert full.rows.tolist() == [0, INSERTED, INSERTED, 1, 2, 3, INSERTED, 4]
    assert np.isnan(full.values).tolist() == [False, True, True, False, False, False, True, False]


@pytest.mark.parametrize(
    ("how", "expected"),
    [("interpolate", [1, 2, 3, 9, 8]), ("forward", [1, 1, 3, 9, 8]), ("zero", [1, 0, 3, 9, 8])],
)
def test_holes_are_filled(how, expected):
    values = np.array([1, np.nan, 3, 9, 8])
    holes = np.isnan(values)
    assert fill(values, holes, ~holes, np.arange(5), how).tolist() == expected


def test_a_straight_line_follows_the_distance_of_rows():
    values = np.array([0.0, np.nan, 10.0])
    holes = np.isnan(values)
    assert fill(values, holes, ~holes, np.array([0, 1, 10]), "interpolate")[1] == pytest.approx(1.0)


def test_a_straight_line_between_huge_values_does_not_overflow():
    values = np.array([1.7e308, np.nan, -1.7e308])
    holes = np.isnan(values)
    assert fill(values, holes, ~holes, np.arange(3), "interpolate")[1] == 0.0


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=3, max_size=40),
    st.sampled_from(["interpolate", "forward", "zero"]),
)
def test_filling_agrees_with_the_obvious_loop_and_keeps_the_rest(cells, how):
    cells = [1.5, *cells, -2.5]
    values = np.array([np.nan if cell is None else cell for cell in cells])
    holes = np.isnan(values)
    filled = fill(values, holes, ~holes, np.arange(len(cells)), how)
    for i, cell in enumerate(cells):
        if cell is not None:
            assert filled[i] == cell
            continue
        left = max(j for j in range(i) if cells[j] is not None)
        right = min(j for j in range(i, len(cells)) if cells[j] is not None)
        slope = (cells[right] - cells[left]) / (right - left)
        expected = {
            "interpolate": cells[left] + slope * (i - left),
            "forward": cells[left],
            "zero": 0.0,
        }[how]
        assert filled[i] == pytest.approx(expected, abs=1e-9)
