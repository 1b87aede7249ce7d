"""Products with inputs, which wait for no other step: they are computed for several at once.

Forward that is W x, before its steps (`ahead`); backward the gradient of x, the transposed W times
the gradient of W x, behind them (`behind`). What a step does with the state cannot be had so. A
sequence alone, which uses every weight that it fetches once, then uses those several times. Many
sequences side by side do so anyway: for them nothing was gained, measured up to 256 units.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from unspool.engine.operations import (
    Operation,
    Operations,
    Rows,
    buffers_of,
    count_reads,
    is_whole,
    rows_of,
)

LARGE = 1 << 12  # numbers in a matrix from which on it pays


def ahead(
    operations: Operations,
    listed: Sequence[Operation],
    sizes: Sequence[tuple[int, int]],
    roots: Sequence[Rows],
    lanes: int,
) -> tuple[list[Operation], dict[int, int]]:
    """The operations, large products with a whole input as "ahead", and which input each reads.

    Such an operation has no operand but what the product begins from, which may only be there
    before the first step. sizes: of the matrices. roots: all that is read after a step.
    """
    if not any(pays(size, lanes) for size in sizes):
        return list(listed), {}
    listed = _inputs_first(operations, list(listed), roots)
    inputs = {
        rows_of(buffer, source.rows).tobytes(): source.number
        for buffer, source in operations.sources.items()
        if source.kind == "input" and source.rows
    }
    lasting = _lasting(operations)
    found: dict[int, int] = {}
    for place, operation in enumerate(listed):
        if operation.name != "product" or not pays(sizes[operation.matrix], lanes):
            continue
        number = inputs.get(np.ascontiguousarray(operation.operands[0]).tobytes())
        if number is None or not _is_there(operation.operands[1:], lasting):
            continue
        found[operation.to] = number
        listed[place] = replace(operation, name="ahead", operands=operation.operands[1:])
    return listed, found


def behind(
    listed: Sequence[Operation],
    gradients: Sequence[Rows | None],
    sizes: Sequence[tuple[int, int]],
    roots: Sequence[Rows],
    lanes: int,
) -> tuple[list[Operation], dict[int, Operation]]:
    """The operations without the large products that give an input's gradient and nothing else.

    gradients: of the inputs, None where it is not wanted.
    -> the operations, and by the number of the input the product that is left for later.
    """
    reads = count_reads(listed, roots)
    by_buffer = {operation.to: operation for operation in listed}
    found: dict[int, Operation] = {}
    for number, rows in enumerate(gradients):
        if rows is None or not rows.size:
            continue
        writer = by_buffer.get(int(rows.reshape(-1)[0]) >> 32)
        if (
            writer is not None
            and writer.name == "product"
            and len(writer.operands) == 1
            and reads[writer.to] == 1
            and is_whole(rows, writer)
            and pays(sizes[writer.matrix], lanes)
        ):
            found[number] = writer
    left = {product.to for product in found.values()}
    return [operation for operation in listed if operation.to not in left], found


def pays(size: tuple[int, int], lanes: int) -> bool:
    """Whether products with a matrix of this size are computed for several steps at once."""
    return lanes == 1 and size[0] * size[1] >= LARGE


def _inputs_first(
    operations: Operations, listed: list[Operation], roots: Sequence[Rows]
) -> list[Operation]:
    """U h, and W x that begins from it, change places: now U h begins from W x."""
    reads = count_reads(listed, roots)
    inputs = {b for b, source in operations.sources.items() if source.kind == "input"}
    lasting = _lasting(operations)
    writers = {operation.to: place for place, operation in enumerate(listed)}
    for place, second in enumerate(listed):
        if second.name != "product" or len(second.operands) == 1:
            continue
        if not set(buffers_of(second.operands[0])) <= inputs:
            continue
        before = writers.get(int(second.operands[1].reshape(-1)[0]) >> 32)
        if before is None:
            continue
        first = listed[before]
        if (
            first.name == "product"
            and reads[first.to] == 1
            and is_whole(second.operands[1], first)
            and _is_there(first.operands[1:], lasting)
            and not set(buffers_of(first.operands[0])) <= inputs
        ):
            between = rows_of(first.to, first.rows)
            listed[before] = replace(
                second, to=first.to, operands=[second.operands[0], *first.operands[1:]]
            )
            listed[place] = replace(first, to=second.to, operands=[first.operands[0], between])
    return listed


def _lasting(operations: Operations) -> set[int]:
    return {b for b, s in operations.sources.items() if s.kind in ("literal", "vector")}


def _is_there(start: Sequence[Rows], lasting: Collection[int]) -> bool:
    """Whether what a product begins from is there before the first step, row by row or one row."""
    return all(
        set(buffers_of(rows)) <= set(lasting) and set(np.diff(rows).tolist()) in ({0}, {1}, set())
        for rows in start
    )
