"""Random programs of the engine, and what operations mean, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unspool.engine.operations import (
    BUFFER,
    Operation,
    Operations,
    Rows,
    Source,
    rows_of,
)

POINTWISE: dict[str, Callable[..., Any]] = {
    "copy": lambda a: a,
    "neg": np.negative,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "logistic": lambda a: 1 / (1 + np.exp(-a)),
    "sqrt": np.sqrt,
    "rsqrt": lambda a: 1 / np.sqrt(a),
    "abs": np.abs,
    "sign": np.sign,
    "square": np.square,
    "not_": lambda a: 1 - a,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "min": np.minimum,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and_": np.multiply,
    "or_": np.maximum,
    "tanh_gradient": lambda g, t: g * (1 - t * t),
    "logistic_gradient": lambda g, s: g * (s * (1 - s)),
    "select": lambda a, b, c: np.where(a != 0, b, c),
    "multiply_add": lambda a, b, c: a * b + c,
    "multiply_subtract": lambda a, b, c: a * b - c,
    "multiply_tanh_gradient": lambda a, b, t: a * b * (1 - t * t),
    "multiply_logistic_gradient": lambda a, b, s: a * b * (s * (1 - s)),
}
REDUCTIONS = {"reduce_sum": np.sum, "reduce_max": np.max, "reduce_min": np.min}
REDUCTIONS["reduce_dot"] = np.dot
MATRICES = [np.random.default_rng(1).normal(size=shape) for shape in ((4, 4), (4, 3), (2, 4))]

Values = dict[int, float]  # of each row number


def apply(operation: Operation, operands: Sequence[np.ndarray]) -> np.ndarray:
    """What one operation makes of its operands."""
    if operation.name == "product":
        matrix = MATRICES[operation.matrix]
        result = (matrix.T if operation.transposed else matrix) @ operands[0]
        return result + operands[1] if len(operands) > 1 else result
    if operation.name in REDUCTIONS:
        return np.array([REDUCTIONS[operation.name](*operands)])
    return POINTWISE[operation.name](*operands) * 1.0


def read(values: Values, rows: Rows) -> np.ndarray:
    """The numbers on some rows."""
    return np.array([values[int(row)] for row in rows.reshape(-1)])


def interpret(listed: Sequence[Operation], values: Values) -> Values:
    """All rows after a program, each written once."""
    values = dict(values)
    for operation in listed:
        result = apply(operation, [read(values, operand) for operand in operation.operands])
        assert len(result) == operation.rows
        for row, number in zip(rows_of(operation.to, operation.rows), result, strict=True):
            assert int(row) not in values, "a row is written twice"
            values[int(row)] = float(number)
    return values


def source_values(operations: Operations, seed: int) -> Values:
    """Random numbers on the rows of the sources; a literal's own on its row."""
    random = np.random.default_rng(seed)
    return {
        int(row): source.value if source.kind == "literal" else float(random.normal())
        for buffer, source in operations.sources.items()
        for row in rows_of(buffer, source.rows)
    }


class RandomProgram:
    """Operations on rows gathered from anywhere, with some of the values as roots."""

    def __init__(self, seed: int, length: int = 25) -> None:
        self._random = random = np.random.default_rng(seed)
        self.operations = Operations()
        self._buffers: list[tuple[int, int]] = []  # with their rows
        kinds = ["literal", "vector", "input", "input", "state", "output gradient"]
        for number, kind in enumerate(kinds):
            rows = 1 if kind == "literal" else int(random.integers(1, 6))
            buffer = self.operations.new_buffer()
            self.operations.sources[buffer] = Source(kind, number, rows, 2.0)
            self._buffers.append((buffer, rows))
        for _ in range(length):
            self._add()
        self.listed = self.operations.listed
        count = int(random.integers(1, 4))
        self.roots = [self._value(int(random.integers(1, 6))) for _ in range(count)]

    def values(self, seed: int = 0) -> Values:
        """Numbers on the rows of the sources."""
        return source_values(self.operations, seed)

    def _add(self) -> None:
        random = self._random
        names = ["add", "add", "add", "sub", "mul", "mul", "neg", "square", "tanh", "max", "select"]
        name = str(random.choice([*names, "product", "product", "product", "reduce_sum"]))
        more: dict[str, Any] = {}
        if name == "product":
            matrix, transposed = int(random.integers(len(MATRICES))), bool(random.integers(2))
            shape = MATRICES[matrix].shape
            rows, size = shape[::-1] if transposed else shape
            operands = [self._value(size)]
            more = {"matrix": matrix, "transposed": transposed}
        elif name == "reduce_sum":
            rows, operands = 1, [self._value(int(random.integers(2, 10)))]
        else:
            rows = int(random.choice([1, 2, 4, 4, 4]))
            arguments = {"neg": 1, "square": 1, "tanh": 1, "select": 3}.get(name, 2)
            operands = [self._value(rows) for _ in range(arguments)]
        operation = Operation(name, self.operations.new_buffer(), rows, operands, **more)
        self.operations.listed.append(operation)
        self._buffers.append((operation.to, rows))

    def _value(self, rows: int) -> Rows:
        """Rows as slices, broadcasts and concatenations leave them."""
        random = self._random
        fitting = [buffer for buffer, size in self._buffers[-8:] if size == rows]
        kind = random.integers(6)
        if fitting and kind < 4:
            return rows_of(fitting[-1 if kind < 2 else int(random.integers(len(fitting)))], rows)
        if kind == 4:
            buffer, size = self._buffers[int(random.integers(len(self._buffers)))]
            return np.full(rows, rows_of(buffer, size)[int(random.integers(size))])
        parts: list[Rows] = []
        while sum(map(len, parts)) < rows:
            buffer, size = self._buffers[int(random.integers(len(self._buffers)))]
            first = int(random.integers(size))
            parts.append(rows_of(buffer, size)[first:][:: int(random.choice([1, 1, -1]))])
        return np.concatenate(parts)[:rows]


def buffer_of(row: int) -> int:
    """The buffer that a row lies in."""
    return row >> BUFFER
