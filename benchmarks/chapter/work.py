"""What an experiment needs in another library: its arrays in a file, its settings as numbers.

The arrays are `x`, `y` to train on and `vx`, `vy` to judge by, with `x2`, `vx2` where inputs are a
pair and `lengths`, `vlengths` where they differ; some experiments have others (below).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from unspool.chapter.experiment import Order, Trained, made
from unspool.chapter.registry import entry
from unspool.data.synthetic import long_sine_windows
from unspool.training.epochs import Epochs
from unspool.training.supervised import Examples

Arrays = dict[str, Any]


def work_of(
    name: str, folder: Path, *, epochs: int | None = None, examples: int | None = None
) -> dict[str, Any] | None:
    """The task of an experiment, its arrays written to `folder`; None if nothing is trained."""
    order = Order(epochs=epochs, examples=examples)
    experiment = entry(name).load()
    if isinstance(experiment, Trained):
        arrays, settings = _trained(experiment, order)
    elif name in PROCEDURES:
        arrays, settings = PROCEDURES[name](order)
    else:
        return None
    path = folder / f"{name}.npz"
    np.savez(path, **arrays)
    steps = settings.epochs * -(-_count(arrays) // settings.batch)
    rates = None if settings.schedule == "constant" else settings.rates(steps).tolist()
    return {"name": name, "arrays": str(path), **asdict(settings), "rates": rates}


def _trained(experiment: Trained, order: Order) -> tuple[Arrays, Epochs]:
    training, validation, *_ = (order.first(part) for part in made(experiment.data))
    arrays = {**_named("", training), **_named("v", validation)}
    if experiment.judged_on is not None:
        arrays |= _named("j", order.first(made(experiment.judged_on)[1]))
    return arrays, order.settings(experiment.settings)


def _named(prefix: str, part: Examples) -> Arrays:
    pair = part.inputs if isinstance(part.inputs, tuple | list) else (part.inputs,)
    arrays = {f"{prefix}x{i + 1 if i else ''}": np.asarray(each) for i, each in enumerate(pair)}
    arrays[f"{prefix}y"] = np.asarray(part.targets)
    if part.lengths is not None and not isinstance(part.lengths, tuple | list):
        arrays[f"{prefix}lengths"] = np.asarray(part.lengths)
    return arrays


def _strategies(order: Order) -> tuple[Arrays, Epochs]:
    """Also `every`: the next 50 values at every step."""
    from unspool.chapter import strategies
    from unspool.data.synthetic import Windows

    windows = long_sine_windows(strategies.READ, strategies.AHEAD)
    training, validation = (order.first(part) for part in windows)
    every = strategies.at_every_step(Windows(training.inputs, training.targets)).targets
    arrays = {**_named("", training), **_named("v", validation), "every": every}
    return arrays, order.settings(strategies.SETTINGS)


def _cells_compared(order: Order) -> tuple[Arrays, Epochs]:
    from unspool.chapter import cells_compared

    training, validation = (order.first(part) for part in long_sine_windows())
    arrays = {**_named("", training), **_named("v", validation)}
    arrays["runs"] = np.array(cells_compared.RUNS)
    return arrays, order.settings(cells_compared.SETTINGS)


def _text_generator(order: Order) -> tuple[Arrays, Epochs]:
    """Batches in order as rows in order: batch 0 first, all its streams."""
    from unspool.chapter import text_generator

    alphabet, training, validation = text_generator.data(order)
    arrays = {
        name: part.reshape(-1, part.shape[-1])
        for name, part in zip(("x", "y", "vx", "vy"), (*training, *validation), strict=True)
    }
    arrays["characters"] = np.array(len(alphabet))
    return arrays, order.settings(text_generator.SETTINGS)


PROCEDURES = {
    "strategies": _strategies,
    "cells-compared": _cells_compared,
    "text-generator": _text_generator,
}


def _count(arrays: Arrays) -> int:
    return len(arrays["x"])
