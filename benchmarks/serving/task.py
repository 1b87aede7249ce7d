"""What is predicted: two layers over whole sequences, a dense one on the newest output."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cells.sizes import Size

CELLS = ("lstm", "gru")
BATCHES = (1, 32, 1024)
UNITS, TIME, INPUTS = 128, 50, 1

Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def size_of(task: dict[str, Any]) -> Size:
    """The size that a worker's task names."""
    return Size(UNITS, task["batch"], TIME, INPUTS, 1)


class Prediction:
    """From a NumPy array to a NumPy array. A `Job` of the workers."""

    def __init__(self, predict: Predict, size: Size) -> None:
        self.predict, self.facts = predict, dict[str, Any]()
        shape = (size.batch, size.time, size.inputs)
        self.x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)

    def run(self) -> float:
        """Seconds of one call."""
        began = time.perf_counter()
        self.predict(self.x)
        return time.perf_counter() - began

    def result(self) -> list[list[float]]:
        """The predictions of the first sequences, (sequences, outputs)."""
        rows: list[list[float]] = self.predict(self.x)[:4].tolist()
        return rows
