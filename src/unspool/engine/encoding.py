"""A program as the words that the native part reads (native/program.h)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from unspool.engine.layout import LINE, SLOT, Layout
from unspool.engine.operations import REDUCTIONS, Operation, Rows, runs

VERSION = 7
IN_LINE = 1 << 30


class Words:
    """Words in the order of native/program.h: a head, then lists with their lengths before them."""

    def __init__(self, head: Sequence[int]) -> None:
        self._words = [VERSION, *head]

    def list(self, items: Sequence[Sequence[int]]) -> None:
        """A list of records."""
        self._words.append(len(items))
        for item in items:
            self._words += [int(word) for word in item]

    def array(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """All words so far."""
        return np.array(self._words, np.int64).astype(np.int32)


def address(physical: int) -> int:
    """A physical row as an address: of the workspace >= 0, of a slot or a line below."""
    row = int(physical)
    if row < SLOT:
        return row
    return -1 - (int(row - SLOT) if row < LINE else int(row - LINE) | IN_LINE)


def literal(row: int, value: float) -> tuple[int, int, int]:
    """A number to be spread over a row, as the halves of a double."""
    low, high = struct.unpack("<ii", struct.pack("<d", value))
    return row, low, high


def instructions(
    layout: Layout, numbers: Mapping[str, int], packed: Mapping[tuple[int, bool], int]
) -> list[tuple[int, ...]]:
    """The instructions of a program: of an operation, one for each run of its operands' rows."""
    listed: list[tuple[int, ...]] = []
    ahead = 0
    for operation in layout.operations:
        to = layout.physical(np.array([operation.to], np.int64) << 32)[0]
        operands = [layout.physical(operand) for operand in operation.operands]
        if operation.name == "product":
            listed.append(_product(operation, to, operands, numbers, packed))
        elif operation.name == "ahead":
            listed.append((numbers["ahead"], operation.rows, address(to), ahead, 0, 0, 1, 1, 1))
            ahead += 1
        elif operation.name in REDUCTIONS:
            places = [*(address(operand[0]) for operand in operands), 0]
            rows = len(operands[0])
            listed.append((numbers[operation.name], rows, address(to), *places[:2], 0, 1, 1, 1))
        elif operation.rows:
            for first, rows, strides in runs(*operands):
                places = [address(operand[first]) for operand in operands] + [0, 0]
                steps = [*strides, 1, 1]
                listed.append(
                    (
                        numbers[operation.name],
                        rows,
                        address(to + first),
                        *places[:3],
                        *steps[:3],
                    )
                )
    return listed


def _product(
    operation: Operation,
    to: int,
    operands: Sequence[Rows],
    numbers: Mapping[str, int],
    packed: Mapping[tuple[int, bool], int],
) -> tuple[int, ...]:
    start, stride = _start(operands[1:])
    which = packed[operation.matrix, operation.transposed]
    source = address(operands[0][0]) if len(operands[0]) else 0
    return (
        numbers["product"],
        operation.rows,
        address(to),
        source,
        start,
        which,
        1,
        stride,
        1,
    )


def ahead(
    layout: Layout, inputs: Mapping[int, int], packed: Mapping[tuple[int, bool], int]
) -> list[tuple[int, ...]]:
    """The products that are computed ahead; inputs: the number of each one's, by its buffer."""
    return [
        (
            inputs[operation.to],
            packed[operation.matrix, operation.transposed],
            *_start([layout.physical(operand) for operand in operation.operands]),
        )
        for operation in layout.operations
        if operation.name == "ahead"
    ]


def _start(operands: Sequence[Rows]) -> tuple[int, int]:
    """What a product begins from: address and stride, which is -1 for zero."""
    if not operands:
        return 0, -1
    (rows,) = operands
    return address(rows[0]), 0 if len(rows) > 1 and np.ptp(rows) == 0 else 1


def copies(layout: Layout, value: Rows, to: int) -> list[tuple[int, int, int]]:
    """Copies of a value's rows, run by run, to physical rows that follow each other from `to` on.

    (physical row, rows, physical row to copy to) each. A run that stays on one row becomes single
    copies: a copy has no stride.
    """
    physical = layout.physical(value)
    listed: list[tuple[int, int, int]] = []
    for first, rows, (stride,) in runs(physical):
        if stride or rows == 1:
            listed.append((int(physical[first]), rows, to + first))
        else:
            listed += [(int(physical[first]), 1, to + first + i) for i in range(rows)]
    return listed


def addresses(listed: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Copies between physical rows as copies between addresses."""
    return [(address(source), rows, address(to)) for source, rows, to in listed]
