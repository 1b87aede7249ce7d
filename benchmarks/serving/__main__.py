"""Prediction: LSTM and GRU, 2 layers of 128 units, 50 steps, for 1, 32 and 1,024 sequences.

Unspool beside PyTorch and onnxruntime, forward only, from a NumPy array to a NumPy array. Each
library runs in a process of its own, with 1 and with 2 threads; all are sampled in turns, and the
better number of threads counts. `--python NAME=PATH` names the Python that has a library. That all
predict the same is checked first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks import common
from benchmarks.serving.task import BATCHES, CELLS, TIME, UNITS
from benchmarks.workers.bench import (
    Bench,
    Measured,
    bench,
    best,
    details,
    quartiles,
    worth_sampling,
)
from benchmarks.workers.pool import Peer, pythons

OURS = "ours"
PEERS = {
    OURS: Peer("benchmarks.serving.ours", ("jax", "equinox", "optax"), pinned=True),
    "pytorch": Peer("benchmarks.serving.pytorch", ("torch",)),
    "onnxruntime": Peer("benchmarks.serving.onnx_peer", ("onnx", "onnxruntime")),
}
THREADS = (1, 2)
TOLERANCE = 1e-4


def check(workers: Bench, task: dict[str, Any]) -> None:
    """Stop where a library predicts something else than ours."""
    made = {name: np.array(workers.result(name, max(THREADS), task)) for name in workers.versions}
    for name, predictions in made.items():
        off = np.abs(predictions - made[OURS]).max()
        if off > TOLERANCE:
            raise SystemExit(f"{name} is {off:.1e} from ours: {task}")


def rows_of(cell: str, batch: int, ways: Sequence[Measured]) -> list[dict[str, Any]]:
    """One row for each library that was sampled."""
    ours = best(ways, OURS)
    rows = []
    for name in PEERS:
        way = best(ways, name)
        if way is None or ours is None:
            continue
        low, middle, high = (1000 * seconds for seconds in quartiles(way.samples))
        row = {"cell": cell, "batch": batch, "library": name, "threads": way.threads}
        row |= {"ms a call": middle, "from": low, "to": high}
        row |= {"sequences a second": batch / way.median, "times ours": way.median / ours.median}
        rows.append(row)
    return rows


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Samples of each.")] = 9,
    python: Annotated[
        list[str] | None, typer.Option(help="NAME=PATH: the Python that has a library.")
    ] = None,
    write: common.Write = False,
) -> None:
    """Prepare, check, sample in turns."""
    found = pythons(python or [], list(PEERS), {"onnxruntime": "pytorch"})
    rows: list[dict[str, Any]] = []
    every: list[dict[str, Any]] = []
    with bench() as workers:
        workers.start(PEERS, THREADS, found)
        for name, lacking in workers.missing.items():
            print(f"missing: {name}, which needs {', '.join(lacking)} (--python {name}=PATH)")
        for cell in CELLS:
            for batch in BATCHES:
                task = {"cell": cell, "batch": batch}
                check(workers, task)
                ways = [
                    workers.prepare(name, threads, "predict", task)
                    for name, threads in workers.workers
                ]
                workers.sample(worth_sampling(ways), rounds)
                workers.forget()
                rows += rows_of(cell, batch, ways)
                every += [{**task, **details(way)} for way in ways]
                common.say(rows[-1])
    settings = {"rounds": rounds, "threads": THREADS, "units": UNITS, "time steps": TIME}
    more = {"peers": workers.versions, "missing": workers.missing, "measured": every}
    common.report("serving", settings, rows, write=write, details=more)


if __name__ == "__main__":
    common.run(main)
