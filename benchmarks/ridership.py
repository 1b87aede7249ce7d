"""Chicago ridership: rail boardings of the next day, 95 days, mean absolute error.

Fitted on 2016-2018 with a window of 56 days; each day of 2019-02-26 to 2019-05-31 is forecast from
the days before it.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import typer

import unspool
from benchmarks import common
from unspool.models.specs import NETWORKS

TARGET = "rail_boardings"
BEGIN, FIT_UNTIL = datetime.date(2016, 1, 1), datetime.date(2018, 12, 31)
TARGETS_FROM, UNTIL = datetime.date(2019, 2, 26), datetime.date(2019, 5, 31)
SEASONAL_NAIVE = 41_274  # what repeating the value of a week before gives on these days
METHODS = "seasonal-naive,linear,simple-rnn,lstm,gru:direct,gru:sequence"


def read_rows(path: Path, columns: list[str]) -> pa.Table:
    """Dates and the chosen columns, a row a day: rows that stand in the file twice are dropped."""
    days: dict[datetime.date, list[float]] = {}
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            day = datetime.datetime.strptime(row["service_date"], "%m/%d/%Y").date()
            values = [float(row[name]) for name in columns]
            if days.setdefault(day, values) != values:
                raise SystemExit(f"{day} stands in {path} twice with different values")
    kept = sorted(days)
    numbers = {name: [days[day][i] for day in kept] for i, name in enumerate(columns)}
    return pa.table({"service_date": kept, **numbers})


def between(frame: pa.Table, first: datetime.date, last: datetime.date) -> pa.Table:
    """The rows of the days from `first` to `last`."""
    days = frame.column("service_date").to_pylist()
    return frame.filter(pa.array([first <= day <= last for day in days]))


def target_errors(made: Any, position: int, actual: np.ndarray) -> dict[str, float]:
    """Mean absolute error of every method of a backtest on the last days of one series.

    actual: (days,), what came on those days; the backtest must hold the very same.
    """
    rows = np.flatnonzero(made.series == position)
    rows = rows[np.argsort(made.origins[rows])][-len(actual) :]
    if not np.array_equal(made.actual[rows, 0], actual):
        raise SystemExit("the backtest's last windows are not the days that were asked for")
    return {
        name: float(np.abs(forecast[rows, 0] - actual).mean())
        for name, forecast in made.forecasts.items()
    }


def main(
    data: common.DataFolder = None,
    methods: Annotated[str, typer.Option(help="model or model:strategy, with commas.")] = METHODS,
    columns: Annotated[str, typer.Option(help="Series in the model.")] = (
        "bus,rail_boardings,total_rides"
    ),
    seeds: common.Seeds = 3,
    strategy: common.Strategy = None,
    hidden: common.Hidden = None,
    layers: common.Layers = None,
    dropout: common.Dropout = None,
    members: common.Members = None,
    look_back: common.LookBack = 56,
    steps: common.Steps = None,
    batch: common.Batch = None,
    learning_rate: common.LearningRate = None,
    patience: common.Patience = None,
    finish: common.Finish = None,
    write: common.Write = False,
) -> None:
    """Every method for every seed (a baseline once), and the medians.

    Without --data the copy that ships with the package is read; it is the same file.
    """
    settings = {name: value for name, value in locals().items() if name not in ("data", "write")}
    source = unspool.example("ridership")
    if data is not None:
        (source,) = common.folder(data, "chicago_ridership").glob("*.csv.gz")
    names = columns.split(",")
    frame = between(read_rows(source, names), BEGIN, UNTIL)
    seen = between(frame, BEGIN, FIT_UNTIL)
    actual = np.asarray(between(frame, TARGETS_FROM, UNTIL).column(TARGET), dtype=np.float64)

    rows: list[dict[str, Any]] = []
    for method in methods.split(","):
        model, _, own_strategy = method.partition(":")
        chosen: Any = model
        if model in NETWORKS:
            values = settings | ({"strategy": own_strategy} if own_strategy else {})
            chosen = NETWORKS[model](**common.given(NETWORKS[model], **values))
        training = unspool.Training(**common.given(unspool.Training, **settings))
        runs = []
        for seed in range(seeds if model in NETWORKS else 1):
            began = time.perf_counter()
            forecaster = unspool.Forecaster(chosen, horizon=1, training=training, seed=seed)
            forecaster.fit(seen)
            fitted = time.perf_counter()
            errors = target_errors(forecaster.backtest(frame), names.index(TARGET), actual)
            if round(errors["seasonal-naive"]) != SEASONAL_NAIVE:
                raise SystemExit(
                    f"seasonal naive gives {errors['seasonal-naive']:.0f}, not {SEASONAL_NAIVE}"
                )
            runs.append({"mae": errors[model], "fit s": fitted - began})
            rows.append({"method": method, "seed": seed, **runs[-1]})
            common.say(rows[-1])
        if len(runs) > 1:
            rows.append(
                {"method": f"{method}, median of {len(runs)}"}
                | common.medians(runs, ("mae", "fit s"))
            )
    common.report("ridership", settings, rows, write=write)


if __name__ == "__main__":
    common.run(main)
