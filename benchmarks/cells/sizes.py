"""What is trained: the cells, the sizes, the data, the arithmetic that a step takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

OUTPUTS = 10
LEARNING_RATE = 1e-3
EPSILON = 1e-8  # Adam's; the libraries differ in what they take by themselves
CHECKED_RATE = 0.1  # of plain gradient descent, by which the losses are compared
CHECKED = 3  # training steps whose losses are compared among the libraries
# Parts of the sequence, at least and at most, that lengths are drawn from.
LENGTHS = (0.2, 1.0)


@dataclass(frozen=True)
class Size:
    """Units of a layer, sequences of a batch, time steps, features; batches of the data."""

    units: int
    batch: int
    time: int
    inputs: int
    batches: int


SIZES = {
    "20": Size(20, 32, 50, 1, 100),
    "128": Size(128, 64, 100, 128, 8),
    "256": Size(256, 64, 100, 256, 4),
}

# Rows of the weight matrices for each unit.
ROWS = {
    "simple_rnn": 1,
    "lstm": 4,
    "gru": 3,
    "ln_rnn": 1,
    "ln_lstm": 4,
    "ln_gru": 3,
    "gru_lengths": 3,
    "minimal_gated": 2,
    "coupled_lstm": 3,
    "two_speed": 3,
}
CELLS = (*ROWS, "convolution")
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
KERNEL = 2

# How many times faster than the fastest peer is asked for, by cell and size.
ASKED: dict[str, dict[str, float]] = {
    "simple_rnn": {"20": 4, "128": 1.6, "256": 1.3},
    "lstm": {"20": 5, "128": 2, "256": 1.4},
    "gru": {"20": 5, "128": 2, "256": 1.5},
    "ln_rnn": {"20": 5, "128": 2, "256": 1.4},
    "ln_lstm": {"20": 5, "128": 2, "256": 1.5},
    "ln_gru": {"20": 5, "128": 2, "256": 1.5},
    "gru_lengths": {"20": 5, "128": 2, "256": 1.5},
    "minimal_gated": {"20": 4, "128": 1.7, "256": 1.3},
    "coupled_lstm": {"20": 4, "128": 1.7, "256": 1.3},
    "two_speed": {"20": 4, "128": 1.7, "256": 1.3},
    "convolution": {"20": 3},
}
ASKED_OF_KERAS_TENSORFLOW = 20.0  # times, at the first size
ASKED_COMPILE_SECONDS = 1.0
ASKED_SHARE = 0.85  # of the machine's matrix products, at 256 units


@dataclass(frozen=True)
class Data:
    """Batches in memory: x (rows, time, inputs), y (rows, time, outputs), lengths (rows,).

    `lengths` are the steps of each row that count; x is zero past them. None where all count.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    lengths: NDArray[np.int32] | None


def data(cell: str, size: Size) -> Data:
    """The same random numbers for every library."""
    random = np.random.default_rng(0)
    rows = size.batch * size.batches
    x = random.standard_normal((rows, size.time, size.inputs), dtype=np.float32)
    y = random.standard_normal((rows, size.time, OUTPUTS), dtype=np.float32)
    if cell != "gru_lengths":
        return Data(x, y, None)
    lowest, highest = (round(part * size.time) for part in LENGTHS)
    lengths = random.integers(lowest, highest + 1, rows, dtype=np.int32)
    x[np.arange(size.time) >= lengths[:, None]] = 0
    return Data(x, y, lengths)


def shuffled(random: np.random.Generator, size: Size) -> NDArray[np.int32]:
    """The rows of each batch of an epoch, (batches, batch)."""
    order = random.permutation(size.batch * size.batches).astype(np.int32)
    return order.reshape(size.batches, size.batch)


def in_order(size: Size, batches: int) -> NDArray[np.int32]:
    """The rows of the first batches as they lie, (batches, batch)."""
    return np.arange(batches * size.batch, dtype=np.int32).reshape(batches, size.batch)


def product_operations(cell: str, size: Size, steps: float | None = None) -> float:
    """Floating-point operations of the matrix products that one training step needs.

    steps: that a sequence has on average; all of them where it is not said.

    A product with weights (n, m) for each step of each sequence is 2 n m operations forward, as
    many for the gradient of the weights, and as many for that of what it was multiplied with, which
    the first layer's input does not need. Additions, activations and the optimiser do not count,
    nor do steps past the end of a sequence.
    """
    rows = ROWS[cell] * size.units
    below, above = rows * size.inputs, rows * size.units
    state, head = rows * size.units, size.units * OUTPUTS
    each = 2 * below + 3 * state + 3 * (above + state) + 3 * head
    return 2.0 * size.batch * (size.time if steps is None else steps) * each


def size_of(task: dict[str, Any]) -> Size:
    """The size that a worker's task names; `batches` in the task replaces its own number."""
    size = SIZES[task["size"]]
    batches = int(task.get("batches") or size.batches)
    return Size(size.units, size.batch, size.time, size.inputs, batches)
