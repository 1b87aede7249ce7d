"""What a training step costs against the length, the batch and the units, and how straight that is.

Two GRU layers and a dense one, MSE, Adam, float32. The cost is proportional to the length and to
the batch, and for many units to their square. One of the three changes at a time; the sizes are
sampled in turns.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import common
from benchmarks.cells.sizes import ROWS, Data, Size

BASE = Size(units=64, batch=64, time=100, inputs=64, batches=4)
SWEEPS: dict[str, tuple[int, ...]] = {
    "time": (10, 25, 50, 100, 200, 400, 800),
    "batch": (8, 16, 32, 64, 128, 256, 512),
    "units": (8, 16, 32, 64, 128, 256, 512),
}
TITLES = {"time": "time steps", "batch": "sequences of a batch", "units": "units of a layer"}
# The power of the quantity that the cost grows with, where it is large.
POWERS = {"time": 1, "batch": 1, "units": 2}


def sized(quantity: str, value: int) -> Size:
    """The base with one quantity changed; the input is as wide as the layers."""
    changed = replace(BASE, **{quantity: value})
    return replace(changed, inputs=changed.units)


def power(points: Sequence[tuple[float, float]]) -> float:
    """The slope of log y over log x, by least squares: 1 where y is proportional to x."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    slope, _ = statistics.linear_regression(*zip(*logs, strict=True))
    return slope


def trainings(cell: str, quantity: str) -> dict[int, Any]:
    """Compiled training for each value of the quantity."""
    import equinox as eqx
    import numpy as np

    from benchmarks.cells.ours import network
    from benchmarks.cells.sizes import OUTPUTS
    from benchmarks.cells.training_jax import Training

    random = np.random.default_rng(0)
    made = {}
    for value in SWEEPS[quantity]:
        size = sized(quantity, value)
        shape = (size.batch * size.batches, size.time)
        x = random.standard_normal((*shape, size.inputs), dtype=np.float32)
        y = random.standard_normal((*shape, OUTPUTS), dtype=np.float32)
        arrays, rest = eqx.partition(network(cell, size), eqx.is_inexact_array)

        def model(arrays: Any, x: Any, lengths: Any, rest: Any = rest) -> Any:
            return eqx.combine(arrays, rest)(x, lengths)

        made[value] = Training(model, arrays, Data(x, y, None), size)
    return made


def sweep(cell: str, quantity: str, rounds: int) -> list[dict[str, Any]]:
    """One row for each value: the median and the quartiles of the milliseconds of a step."""
    from benchmarks.workers.bench import quartiles
    from benchmarks.workers.serve import Repeated

    jobs = {value: Repeated(training) for value, training in trainings(cell, quantity).items()}
    samples: dict[int, list[float]] = {value: [] for value in jobs}
    for _ in range(rounds):
        for value, job in jobs.items():
            samples[value].append(1000 * job.sample())
    rows = []
    for value, taken in samples.items():
        low, middle, high = quartiles(taken)
        each = middle / value ** POWERS[quantity]
        row = {"cell": cell, "quantity": TITLES[quantity], "value": value, "ms": middle}
        rows.append(row | {"from": low, "to": high, "us for one": 1000 * each})
    return rows


def figure(rows: Sequence[dict[str, Any]], target: Path) -> None:
    """One panel a quantity, with the line of its power through the largest value."""
    import matplotlib.pyplot as plt

    shown, panels = plt.subplots(1, len(SWEEPS), figsize=(11, 3.4), layout="constrained")
    for panel, quantity in zip(panels, SWEEPS, strict=True):
        points = [row for row in rows if row["quantity"] == TITLES[quantity]]
        x, y = ([row[name] for row in points] for name in ("value", "ms"))
        last, exponent = y[-1] / x[-1] ** POWERS[quantity], POWERS[quantity]
        label = "proportional" if exponent == 1 else f"power {exponent}"
        panel.plot(x, [last * value**exponent for value in x], "--", color="0.6", label=label)
        panel.plot(x, y, "o-", markersize=4, label="measured")
        panel.set(xscale="log", yscale="log", xlabel=TITLES[quantity])
        panel.set_xticks(x, [f"{value:,}" for value in x])
        panel.set_xticks([], minor=True)
        panel.legend(frameon=False)
    panels[0].set_ylabel("ms of a training step")
    shown.savefig(target, dpi=150)
    plt.close(shown)


def main(
    cell: Annotated[str, typer.Option(help="Which cell.")] = "gru",
    rounds: Annotated[int, typer.Option(min=1, help="Samples of each size.")] = 5,
    plot: Annotated[Path | None, typer.Option(help="PNG or SVG to write.")] = None,
    write: common.Write = False,
) -> None:
    """Sweep after sweep."""
    if cell not in ROWS:
        raise typer.BadParameter(f"--cell takes {', '.join(ROWS)}, got {cell!r}")
    rows = [row for quantity in SWEEPS for row in sweep(cell, quantity, rounds)]
    powers = []
    for quantity, title in TITLES.items():
        # The three largest: where a fixed cost is small beside the rest.
        points = [(row["value"], row["ms"]) for row in rows if row["quantity"] == title][-3:]
        powers.append({"quantity": title, "power": power(points), "expected": POWERS[quantity]})
    if plot is not None:
        figure(rows, plot)
    base = {name: getattr(BASE, name) for name in SWEEPS}
    common.report("scaling", {"rounds": rounds, **base}, rows, powers, write=write)


if __name__ == "__main__":
    common.run(main)
