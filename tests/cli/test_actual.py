"""`unspool forecast --actual`: what came, beside the forecast. Baselines only."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

SEASONAL = ("--model", "seasonal-naive", "--horizon", "3")


def later(path: Path, table: Path, values: list[float], begin: int = 91) -> Path:
    """A table beside `sales` with values from the day `begin` of the year 2024 on."""
    days = [date(2023, 12, 31) + timedelta(begin + i) for i in range(len(values))]
    path.write_text(
        table.read_text().partition("\n")[0]
        + "\n"
        + "".join(f"{day},{value}\n" for day, value in zip(days, values, strict=True))
    )
    return path


def test_what_came_is_compared_with_the_forecast(run, sales, tmp_path):
    made = [row["forecast"] for row in run("forecast", sales, *SEASONAL, "--json").json["forecast"]]
    came = later(tmp_path / "later.csv", sales, [made[0] + 1, made[1] - 3])
    plot = tmp_path / "p.svg"
    done = run("forecast", sales, *SEASONAL, "--actual", came, "--plot", plot)
    # A line ends anywhere, within a long path too: spaces do not count.
    report = "".join(done.err.split())
    for said in (
        f"Beside 2 values that came, of {came}: MAE 2, RMSE 2.236, sMAPE ",
        "2 of 2 in the 80 % interval, 2 in the 95 % one.",
    ):
        assert "".join(said.split()) in report
    found = run("forecast", sales, *SEASONAL, "--actual", came, "--json").json["actual"]
    assert found["source"] == str(came)
    assert (found["values"], found["series"], found["with_interval"]) == (2, 1, 2)
    assert found["mae"] == pytest.approx(2.0)
    assert found["rmse"] == pytest.approx(np.sqrt(5.0))
    percentage = [200 / (2 * made[0] + 1), 600 / (2 * made[1] - 3)]
    assert found["smape"] == pytest.approx(np.mean(percentage))
    assert run("forecast", sales, *SEASONAL, "--json").json["actual"] is None


def test_what_came_is_in_the_plot(run, sales, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("unspool.cli.views.plot_forecast", lambda views, **_: drawn.append(views))
    monkeypatch.setattr("unspool.cli.outputs.Outputs.write", lambda *_: [])
    # One row before the forecast begins, two within it, and the last not yet known.
    came = later(tmp_path / "later.csv", sales, [7.0, 8.0, 9.0], begin=90)
    run("forecast", sales, *SEASONAL, "--actual", came, "--plot", tmp_path / "p.svg", "--quiet")
    (views,) = drawn
    np.testing.assert_array_equal(views[0].actual, [8.0, 9.0, np.nan])


def test_values_that_are_not_forecast_are_refused_before_the_training(
    run, sales, tmp_path, monkeypatch
):
    def train(*_, **__):
        raise AssertionError("nothing is to be trained")

    monkeypatch.setattr("unspool.tasks.forecaster.fit", train)
    came = later(tmp_path / "later.csv", sales, [7.0, 8.0], begin=200)
    done = run("forecast", sales, *SEASONAL, "--actual", came, "--quiet")
    assert (done.code, done.out) == (3, "")
    assert done.err.count("\n") == 1
    assert f"{came}: no row of it is forecast" in done.err
    assert "'units', with rows from 2024-03-31 to 2024-04-02" in done.err
    came.write_text("day,units\n1,5\n2,6\n")
    done = run("forecast", sales, *SEASONAL, "--actual", came, "--quiet")
    assert done.code in (2, 3)
    assert done.err.count("\n") == 1
    done = run("forecast", sales, *SEASONAL, "--actual", sales, "--out", sales)
    assert done.code == 2


def test_nothing_overwrites_the_table_of_what_came(run, sales, tmp_path):
    came = later(tmp_path / "later.csv", sales, [7.0, 8.0])
    done = run("forecast", sales, *SEASONAL, "--actual", came, "--out", came)
    assert done.code == 2
    assert "would overwrite the table of what came" in done.err
    assert came.read_text().endswith(",8.0\n")
