from __future__ import annotations

import numpy as np
import pytest

from unspool.data.loading import load_panel
from unspool.data.panel import Panel, panel_from_arrays
from unspool.errors import DataError, UsageError


def _panel(**more):
    return panel_from_arrays([[1.0, 2, 3], [4.0, 5], [6.0, 7, 8, 9]], ids=["a", "b", "c"], **more)


def test_series_lie_end_to_end():
    panel = _panel()
    assert isinstance(panel, Panel)
    assert panel.n_series == 3
    assert panel.lengths.tolist() == [3, 2, 4]
    assert panel.offsets.tolist() == [0, 3, 5, 9]
    times, values = panel.series(1)
    assert times.tolist() == [0, 1]
    assert values.tolist() == [4.0, 5.0]


def test_chosen_series_keep_their_rows_and_reasons():
    from dataclasses import replace

    panel = replace(_panel(), baseline_only={0: "constant", 2: "too short: 4 rows"})
    chosen = panel.select([2, 1])
    assert chosen.ids == ("c", "b")
    assert chosen.values.tolist() == [6.0, 7.0, 8.0, 9.0, 4.0, 5.0]
    assert chosen.baseline_only == {0: "too short: 4 rows"}
    assert panel.select(panel.lengths > 2).ids == ("a", "c")
    assert panel.select([]).n_series == 0


def test_the_last_rows_can_be_left_out():
    panel = _panel().until(1)
    assert panel.lengths.tolist() == [2, 1, 3]
    assert panel.values.tolist() == [1.0, 2.0, 4.0, 6.0, 7.0, 8.0]
    assert _panel().until(0).values.tolist() == _panel().values.tolist()
    with pytest.raises(DataError, match="series 'b': 2 rows, cannot leave out the last 2"):
        _panel().until(2)
    with pytest.raises(UsageError, match="at least 0"):
        _panel().until(-1)


def test_future_times_follow_each_series_own_end():
    assert _panel().future_times(2).tolist() == [[3, 4], [2, 3], [4, 5]]
    with pytest.raises(UsageError, match="horizon must be at least 1, got 0"):
        _panel().future_times(0)


def test_future_times_are_typed_like_the_times():
    days = np.datetime64("2024-02-27", "D") + np.arange(3)
    panel = panel_from_arrays(np.arange(3.0), times=days)
    future = panel.future_times(2)
    assert future.dtype == panel.times.dtype == np.dtype("datetime64[us]")
    assert future[0].astype("datetime64[D]").astype(str).tolist() == ["2024-03-01", "2024-03-02"]


def test_a_day_without_midnight_at_the_end_does_not_move_the_days_after_it(make_table):
    # In Cairo 2024-04-26 began at 01:00.
    days = [f"2024-04-{day:02d}" for day in range(10, 27)]
    stamps = [f"{day} 01:00" if day == "2024-04-26" else f"{day} 00:00" for day in days]
    from unspool.data.options import TableOptions

    panel, _ = load_panel(
        make_table(ds=stamps, y=np.arange(17.0)), TableOptions(timezone="Africa/Cairo")
    )
    future = panel.layout.style.write(panel.future_times(2).ravel()).to_pylist()
    assert future == ["2024-04-27 00:00", "2024-04-28 00:00"]


def test_one_array_is_one_series_without_an_id():
    panel = panel_from_arrays(np.sin(np.arange(100) * 2 * np.pi / 10))
    assert panel.ids == ("y",)
    assert (panel.layout.kind, panel.season, panel.frequency.label) == (
        "single",
        10,
        "one row a step",
    )


def test_a_matrix_is_a_series_a_row():
    panel = panel_from_arrays(np.arange(6.0).reshape(2, 3), season=2)
    assert panel.ids == ("series 1", "series 2")
    assert panel.lengths.tolist() == [3, 3]
    assert panel.season == 2


def test_times_may_be_shared_or_each_series_own():
    shared = panel_from_arrays(np.zeros((2, 3)), times=[5, 10, 15])
    assert shared.times.tolist() == [5, 10, 15, 5, 10, 15]
    assert shared.frequency.count == 5
    own = panel_from_arrays([[1.0, 2], [3.0, 4, 5]], times=[[0, 1], [7, 8, 9]])
    assert own.times.tolist() == [0, 1, 7, 8, 9]


def test_a_given_frequency_is_checked():
    months = np.array(["2024-01", "2024-02", "2024-03"], "datetime64[M]")
    assert panel_from_arrays(np.zeros(3), times=months, frequency="M").frequency.day == 1
    with pytest.raises(DataError, match="row 1 is not one step after row 0"):
        panel_from_arrays(np.zeros(3), times=months, frequency="D")
    with pytest.raises(UsageError, match="does not fit times that are int64"):
        panel_from_arrays(np.zeros(3), frequency="D")


@pytest.mark.parametrize(
    ("values", "more", "says"),
    [
        ([], {}, "not empty"),
        (np.zeros((2, 2, 2)), {}, "values must be"),
        ([[1.0], []], {}, "not empty"),
        ([[1.0], [2.0]], {"ids": ["a", "a"]}, "2 different labels"),
        ([1.0, 2.0], {"times": [1, 2, 3]}, "times must be as many as values"),
        ([1.0, 2.0], {"times": [1.5, 2.5]}, "integers or datetime64"),
        ([[1.0], [2.0]], {}, "frequency must be given"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(values, more, says):
    with pytest.raises(UsageError, match=says):
        panel_from_arrays(values, **more)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_values_must_be_finite(wrong):
    with pytest.raises(
        DataError, match=r"series 'y': value .* at row 1; every value must be finite"
    ):
        panel_from_arrays([1.0, wrong, 3.0])


@pytest.mark.parametrize("times", [[0, 1, 3, 4], [0, 1, 1, 2], [3, 2, 1, 0]])
def test_times_must_be_regular(times):
    with pytest.raises(DataError, match="times must be regular"):
        panel_from_arrays(np.zeros(4), times=times, frequency=1)
