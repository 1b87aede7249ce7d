"""What a program is made of: operations on rows, and the rows that they read and write.

A *buffer* is a range of rows that one operation writes, or that is there before the first. A value
is an array of row numbers, one for each of its elements, in the value's own shape: so a slice, a
transposition or a broadcast of a value is the same of its row numbers, and costs nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

BUFFER = 32  # a row number is the buffer's number shifted so far, plus the row within the buffer

# Cheaper to compute again in the backward pass than to write, keep and read.
CHEAP = frozenset(
    {"copy", "neg", "abs", "sign", "square", "add", "sub", "mul", "max", "min", "select"}
    | {"lt", "le", "gt", "ge", "eq", "ne", "and_", "or_", "not_"}
    | {"tanh_gradient", "logistic_gradient", "multiply_add", "multiply_subtract"}
    | {"multiply_tanh_gradient", "multiply_logistic_gradient"}
)
REDUCTIONS = frozenset({"reduce_sum", "reduce_max", "reduce_min", "reduce_dot"})


@dataclass(eq=False)
class Operation:
    """One operation: `rows` rows of buffer `to` from those of its operands, each flat.

    A product has one operand, and may have a second, which it starts from; `matrix` and
    `transposed` say what it multiplies by. A reduction makes one row of its operand's,
    `reduce_dot` of its two operands' products.
    """

    name: str
    to: int
    rows: int
    operands: list[Rows]
    matrix: int = -1
    transposed: bool = False


@dataclass(frozen=True)
class Source:
    """What a buffer holds before the first operation.

    kind: "literal" (`value` in its only row), "vector", "input", "state", "output gradient" or
    "state gradient", with its number.
    """

    kind: str
    number: int
    rows: int
    value: float = 0.0


@dataclass
class Operations:
    """Operations in their order, and the buffers that they begin with."""

    sources: dict[int, Source] = field(default_factory=dict)
    listed: list[Operation] = field(default_factory=list)
    # Counted so that two threads that make programs of one step never get the same.
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def new_buffer(self) -> int:
        """The number of a buffer that is not in use."""
        return next(self._numbers)

    def writers(self) -> dict[int, Operation]:
        """The operation that writes each buffer."""
        return {operation.to: operation for operation in self.listed}


def rows_of(buffer: int, rows: int, shape: Sequence[int] | None = None) -> Rows:
    """The value that is all of a buffer."""
    numbers: Rows = (np.int64(buffer) << BUFFER) + np.arange(rows, dtype=np.int64)
    return numbers.reshape(shape) if shape is not None else numbers


def buffers_of(rows: Rows) -> list[int]:
    """The buffers that a value lies in, each once."""
    return [int(buffer) for buffer in np.unique(rows >> BUFFER)]


def is_whole(rows: Rows, operation: Operation) -> bool:
    """Whether a value is all rows of what an operation writes, in their order."""
    flat = rows.reshape(-1)
    return len(flat) == operation.rows and bool(
        (flat == rows_of(operation.to, operation.rows)).all()
    )


def runs(*operands: Rows) -> list[tuple[int, int, tuple[int, ...]]]:
    """Cut flat values of one length where any stops going row by row, or staying on one row.

    -> (first, length, strides) of each piece; a stride is 1 or 0.
    """
    length = len(operands[0])
    if length == 0:
        return []
    if length == 1:
        return [(0, 1, (1,) * len(operands))]
    differences = np.stack([np.diff(operand) for operand in operands])
    pieces: list[tuple[int, int, tuple[int, ...]]] = []
    # Where the pattern of differences changes a piece may end; walk over these places only.
    change = np.flatnonzero((differences[:, 1:] != differences[:, :-1]).any(axis=0)) + 1
    first = 0
    for end in [*change.tolist(), length - 1]:
        # differences[:, first:end] are alike
        if first >= length or end <= first:
            continue
        pattern = tuple(int(d) for d in differences[:, first])
        if all(d in (0, 1) for d in pattern):
            pieces.append((first, end - first + 1, pattern))
            first = end + 1
        else:
            pieces += [(at, 1, (1,) * len(operands)) for at in range(first, end)]
            first = end
    if first == length - 1:
        pieces.append((first, 1, (1,) * len(operands)))
    return pieces


def count_reads(operations: Sequence[Operation], roots: Sequence[Rows]) -> dict[int, int]:
    """How many operations or roots read from each buffer."""
    reads: dict[int, int] = {}
    for value in [o for operation in operations for o in operation.operands] + list(roots):
        for buffer in buffers_of(value):
            reads[buffer] = reads.get(buffer, 0) + 1
    return reads


def needed(
    operations: Sequence[Operation],
    roots: Sequence[Rows],
    given: frozenset[int] | set[int] = frozenset(),
) -> list[Operation]:
    """The operations that the roots depend on, in their order; what is `given` is not computed."""
    wanted: set[int] = set()
    for root in roots:
        wanted.update(buffers_of(root))
    kept: list[Operation] = []
    for operation in reversed(operations):
        if operation.to in wanted and operation.to not in given:
            kept.append(operation)
            for operand in operation.operands:
                wanted.update(buffers_of(operand))
    return kept[::-1]
