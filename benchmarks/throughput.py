"""Many series: 10,000 of 1,000 rows each, from a Parquet file to their forecasts.

Fit and predict run in a process of their own, whose peak memory is measured. Then a table of a
million rows is read and checked beside pyarrow's own reading of the same file.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import typer

import unspool
from benchmarks import common
from unspool.data.reading import read_table

HORIZON = 28


def made_table(series: int, rows: int, seed: int = 0) -> pa.Table:
    """Random walks with a week in them: columns unique_id, ds (days) and y."""
    random = np.random.default_rng(seed)
    week = np.tile(np.sin(2 * np.pi * np.arange(7) / 7), rows // 7 + 1)[:rows]
    walks = random.standard_normal((series, rows)).cumsum(axis=1) + 5 * week
    days = (np.datetime64("2020-01-01") + np.arange(rows)).astype("datetime64[D]")
    return pa.table(
        {
            "unique_id": np.repeat([f"series {i:05}" for i in range(series)], rows),
            "ds": np.tile(days, series),
            "y": (100 + walks).ravel().round(3),
        }
    )


def median_seconds(work: Callable[[], Any], times: int) -> float:
    """The median wall time of a call."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def peak_megabytes() -> float:
    """The most memory that this process has held, in 10^6 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def fit_and_predict(source: Path, steps: int, times: int) -> dict[str, Any]:
    """What a process of its own measures: run with --of."""
    training = unspool.Training(steps=steps)
    forecaster = unspool.Forecaster("gru", horizon=HORIZON, training=training)
    began = time.perf_counter()
    forecaster.fit(source)
    fitted = time.perf_counter()
    future = forecaster.predict()
    first = time.perf_counter()
    series = future.num_rows // HORIZON
    network = median_seconds(forecaster.forecast_panel, times)
    frame = median_seconds(forecaster.predict, times)
    return {
        "series": series,
        "fit s": fitted - began,
        "first predict s": first - fitted,
        "series a second, arrays": series / network,
        "series a second, frame": series / frame,
        "peak MB": peak_megabytes(),
    }


def reading_rows(folder: Path, rows: int, times: int) -> list[dict[str, Any]]:
    """Seconds to read and to check a table, as CSV and as Parquet."""
    table = made_table(max(1, rows // 1000), min(rows, 1000))
    text, binary = folder / "rows.csv", folder / "rows.parquet"
    pyarrow.csv.write_csv(table, text)
    pyarrow.parquet.write_table(table, binary)
    readers: list[tuple[Path, Callable[[Path], Any]]] = [
        (text, pyarrow.csv.read_csv),
        (binary, pyarrow.parquet.read_table),
    ]
    found = []
    for path, by_pyarrow in readers:
        seconds = {
            "pyarrow reads s": median_seconds(partial(by_pyarrow, path), times),
            "unspool reads s": median_seconds(partial(read_table, path), times),
            "unspool reads and checks s": median_seconds(partial(unspool.check, path), times),
        }
        found.append({"file": path.suffix[1:], "rows": table.num_rows, **seconds})
    return found


def main(
    series: Annotated[int, typer.Option(min=1)] = 10_000,
    rows: Annotated[int, typer.Option(min=1, help="Of each series.")] = 1000,
    steps: Annotated[int, typer.Option(min=1, help="Updates in training.")] = 50,
    times: Annotated[int, typer.Option(min=1, help="Repetitions, of which the median.")] = 3,
    read_rows: Annotated[int, typer.Option(min=1, help="Of the table read and checked.")] = (
        1_000_000
    ),
    of: Annotated[Path | None, typer.Option(hidden=True)] = None,
    write: common.Write = False,
) -> None:
    """Make the tables in a temporary folder and measure."""
    if of is not None:
        print(json.dumps(fit_and_predict(of, steps, times)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source = folder / "series.parquet"
        pyarrow.parquet.write_table(made_table(series, rows), source)
        own = [sys.executable, "-m", "benchmarks.throughput", "--of", str(source)]
        own += ["--steps", str(steps), "--times", str(times)]
        done = subprocess.run(own, check=True, stdout=subprocess.PIPE, text=True)
        fitted = json.loads(done.stdout.splitlines()[-1])
        read = reading_rows(folder, read_rows, times)
    settings = {"series": series, "rows": rows, "steps": steps, "horizon": HORIZON, "times": times}
    common.report("throughput", settings, [fitted], read, write=write)


if __name__ == "__main__":
    common.run(main)
