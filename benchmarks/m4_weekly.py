"""M4 Weekly: 359 series, 13 weeks ahead, one model with default settings.

sMAPE and MASE as the competition defines them (m = 1), OWA relative to Naive2 (9.161, 2.777).
"""

from __future__ import annotations

import csv
import gzip
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import unspool
from benchmarks import common
from unspool.evaluation import metrics
from unspool.models.specs import NETWORKS

FloatArray = NDArray[np.float64]

HORIZON = 13
NAIVE2 = {"smape": 9.161, "mase": 2.777}
# For weekly data Naive2 is the naive forecast, so that the published figures check ours.
DECIMALS = 3


def read_series(path: Path) -> dict[str, FloatArray]:
    """The competition's file: a row for each series, its id first, empty cells after its end."""
    with gzip.open(path, "rt", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: np.array([float(cell) for cell in row[1:] if cell]) for row in rows}


def long_frame(series: dict[str, FloatArray]) -> pa.Table:
    """Columns unique_id, ds (integers from 1) and y."""
    lengths = [len(values) for values in series.values()]
    return pa.table(
        {
            "unique_id": np.repeat(list(series), lengths),
            "ds": np.concatenate([np.arange(1, length + 1) for length in lengths]),
            "y": np.concatenate(list(series.values())),
        }
    )


def forecasts_of(frame: pa.Table, ids: list[str]) -> FloatArray:
    """The column "forecast" of a prediction, (series, HORIZON), in the order of `ids`."""
    rows: dict[str, list[float]] = {name: [] for name in ids}
    for name, value in zip(
        frame.column("unique_id").to_pylist(), frame.column("forecast").to_pylist(), strict=True
    ):
        rows[name].append(value)
    return np.array([rows[name] for name in ids])


def score(
    train: dict[str, FloatArray], test: dict[str, FloatArray], made: FloatArray
) -> dict[str, float]:
    """sMAPE, MASE and OWA of forecasts (series, horizon)."""
    actual = np.array([test[name] for name in train])
    scale = np.array([metrics.naive_scale(values, 1) for values in train.values()])
    found = metrics.scores(actual, made, scale)
    assert found["mase"] is not None
    relative = [found["smape"] / NAIVE2["smape"], found["mase"] / NAIVE2["mase"]]
    return {"smape": found["smape"], "mase": found["mase"], "owa": float(np.mean(relative))}


def measure(
    model: Any,
    training: unspool.Training | None,
    seed: int,
    train: dict[str, FloatArray],
    test: dict[str, FloatArray],
) -> dict[str, Any]:
    """Fit and predict through the public interface, on the clock."""
    frame = long_frame(train)
    forecaster = unspool.Forecaster(model, horizon=HORIZON, training=training, seed=seed)
    began = time.perf_counter()
    forecaster.fit(frame)
    fitted = time.perf_counter()
    future = forecaster.predict()
    done = time.perf_counter()
    return {
        **score(train, test, forecasts_of(future, list(train))),
        "fit s": fitted - began,
        "predict s": done - fitted,
        "look back": forecaster.fitted.look_back,
    }


def main(
    data: common.DataFolder = None,
    model: str = "gru",
    seeds: common.Seeds = 3,
    strategy: common.Strategy = None,
    hidden: common.Hidden = None,
    layers: common.Layers = None,
    dropout: common.Dropout = None,
    members: common.Members = None,
    look_back: common.LookBack = None,
    steps: common.Steps = None,
    batch: common.Batch = None,
    learning_rate: common.LearningRate = None,
    patience: common.Patience = None,
    finish: common.Finish = None,
    write: common.Write = False,
) -> None:
    """Naive and linear once, the network for every seed, and the median."""
    settings = {name: value for name, value in locals().items() if name not in ("data", "write")}
    source = common.folder(data, "m4_weekly")
    train = read_series(source / "Weekly-train.csv.gz")
    test = read_series(source / "Weekly-test.csv.gz")

    rows: list[dict[str, Any]] = []
    for baseline in ("naive", "linear"):
        rows.append({"method": baseline, **measure(baseline, None, 0, train, test)})
    for name, published in NAIVE2.items():
        if round(rows[0][name], DECIMALS) != published:
            raise SystemExit(f"naive gives {name} {rows[0][name]:.4f}, published is {published}")
    print(f"naive gives the published figures {NAIVE2}", flush=True)

    spec = NETWORKS[model](**common.given(NETWORKS[model], **settings))
    training = unspool.Training(**common.given(unspool.Training, **settings))
    runs = []
    for seed in range(seeds):
        runs.append(measure(spec, training, seed, train, test))
        rows.append({"method": model, "seed": seed, **runs[-1]})
        common.say(rows[-1])
    numbers = ("smape", "mase", "owa", "fit s", "predict s")
    rows.append({"method": f"{model}, median of {seeds}", **common.medians(runs, numbers)})
    common.report("m4_weekly", settings, rows, write=write)


if __name__ == "__main__":
    common.run(main)
