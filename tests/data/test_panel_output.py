from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from unspool.data.loading import load_panel
from unspool.data.options import TableOptions
from unspool.data.panel_output import forecast_columns, long_columns
from unspool.errors import UsageError


def _forecast(table, horizon=2, **options):
    panel, _ = load_panel(table, TableOptions(**options))
    values = np.arange(panel.n_series * horizon, dtype=float).reshape(panel.n_series, horizon)
    return forecast_columns(panel, horizon, {"forecast": values, "lower_80": values - 1})


def _days(n, first="2024-01-01"):
    return [str(day) for day in np.datetime64(first) + np.arange(n)]


def test_a_long_table_comes_back_long_with_its_names_and_types(make_table):
    stores = pa.array([3] * 10 + [1] * 10, pa.int64())
    out = _forecast(make_table(store=stores, date=_days(10) * 2, sales=range(20)))
    assert out.column_names == ["store", "date", "forecast", "lower_80"]
    assert out.column("store").type == pa.int64()
    assert out.to_pydict() == {
        "store": [3, 3, 1, 1],
        "date": ["2024-01-11", "2024-01-12"] * 2,
        "forecast": [0.0, 1.0, 2.0, 3.0],
        "lower_80": [-1.0, 0.0, 1.0, 2.0],
    }


def test_a_wide_table_comes_back_long_with_unique_id(make_table):
    out = _forecast(make_table(date=_days(10), bus=range(10), rail=range(10)))
    assert out.column_names == ["unique_id", "date", "forecast", "lower_80"]
    assert out.column("unique_id").to_pylist() == ["bus", "bus", "rail", "rail"]


def test_a_single_series_has_no_id(make_table):
    out = _forecast(make_table({"Month": ["1949-11", "1949-12"], "Passengers": [104, 118]}))
    assert out.to_pydict()["Month"] == ["1950-01", "1950-02"]
    assert out.column_names == ["Month", "forecast", "lower_80"]


def test_several_ids_come_back_as_their_columns(make_table):
    table = make_table(
        store=[1] * 20 + [2] * 20, item=(["x"] * 10 + ["y"] * 10) * 2, ds=_days(10) * 4, y=range(40)
    )
    out = _forecast(table, horizon=1)
    assert out.column("store").to_pylist() == [1, 1, 2, 2]
    assert out.column("item").to_pylist() == ["x", "y", "x", "y"]


def test_rows_as_steps_go_on_counting(make_table):
    assert _forecast(make_table(Y=[1.0, 2.0, 3.0])).column("step").to_pylist() == [3, 4]


def test_dates_are_written_as_they_came(make_table):
    weeks = ["04/9/2021", "04/2/2021", "03/26/2021", "03/19/2021"]
    out = _forecast(make_table(Week=weeks, Gasoline=[1, 2, 3, 4]), horizon=3)
    assert out.column("Week").to_pylist() == ["04/16/2021", "04/23/2021", "04/30/2021"]


def test_numbers_written_as_dates_stay_numbers(make_table):
    out = _forecast(make_table(date=[20240227, 20240228], y=[1, 2]))
    assert out.column("date").to_pylist() == [20240229, 20240301]


def test_offsets_follow_the_zone(make_table):
    days = [f"2024-03-{day}T00:00:00+01:00" for day in (28, 29, 30)]
    out = _forecast(make_table(ds=days, y=[1, 2, 3]), timezone="Europe/Berlin")
    assert out.column("ds").to_pylist() == [
        "2024-03-31T00:00:00+01:00",
        "2024-04-01T00:00:00+02:00",
    ]


def test_a_typed_zone_is_kept(make_table):
    kind = pa.timestamp("ns", "Europe/Berlin")
    times = pa.array([datetime(2024, 3, 28, 23), datetime(2024, 3, 29, 23)], kind)
    out = _forecast(make_table(ds=times, y=[1, 2]))
    assert out.column("ds").type == kind
    assert out.column("ds").cast(pa.timestamp("us")).to_pylist() == [
        datetime(2024, 3, 30, 23),
        datetime(2024, 3, 31, 22),
    ]


def test_names_that_collide_are_refused(make_table):
    table = make_table(forecast=["a"] * 10, ds=_days(10), y=range(10))
    with pytest.raises(
        UsageError, match="column 'forecast' has the name of a column of the forecast"
    ):
        _forecast(table, id="forecast")


def test_shapes_that_do_not_fit_are_refused(make_table):
    panel, _ = load_panel(make_table(ds=_days(10), y=range(10)))
    with pytest.raises(UsageError, match=r"'forecast' must be \(1, 3\), got \(1, 2\)"):
        forecast_columns(panel, 3, {"forecast": np.zeros((1, 2))})
    with pytest.raises(UsageError, match="times are for 2 series"):
        long_columns(panel, np.zeros((2, 3), "datetime64[us]"), {})
