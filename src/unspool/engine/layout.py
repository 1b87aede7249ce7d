"""Where every buffer of a program lies: rows that are used again once their value is dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from unspool.engine.operations import (
    BUFFER,
    REDUCTIONS,
    Operation,
    Operations,
    Rows,
    buffers_of,
    rows_of,
    runs,
)

SLOT = np.int64(1) << 40  # physical rows from here on lie in the slot of the time step
LINE = np.int64(1) << 41  # and from here on where the gradients of lines are kept (delay.py)
MASK = (np.int64(1) << BUFFER) - 1


@dataclass
class Layout:
    """A program whose values lie where its operations need them, and the rows they lie on."""

    operations: list[Operation]
    base: dict[int, int]  # buffer -> its first physical row
    inside: dict[int, tuple[int, int]]  # a buffer that is a part of another: that, and where
    work_rows: int

    def physical(self, rows: Rows) -> Rows:
        """The physical row of each row of a value."""
        flat = rows.reshape(-1)
        buffers, where = np.unique(flat >> BUFFER, return_inverse=True)
        bases = np.array([self._base(int(b)) for b in buffers], np.int64)
        placed: Rows = bases[where.reshape(-1)] + (flat & MASK)
        return placed

    def _base(self, buffer: int) -> int:
        offset = 0
        while buffer in self.inside:
            buffer, at = self.inside[buffer]
            offset += at
        return self.base[buffer] + offset


@dataclass
class _Placing:
    """Makes values contiguous where an operation wants them so."""

    operations: Operations
    fixed: set[int]  # buffers with a place of their own
    listed: list[Operation] = field(default_factory=list)
    inside: dict[int, tuple[int, int]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    made: dict[bytes, Rows] = field(default_factory=dict)

    def contiguous(self, value: Rows) -> Rows:
        """The same value in rows that follow each other."""
        flat = np.ascontiguousarray(value).reshape(-1)
        if len(flat) == 0 or bool((np.diff(flat) == 1).all()):
            return flat
        key = flat.tobytes()
        if key not in self.made:
            whole = self.operations.new_buffer()
            self.sizes[whole] = len(flat)
            writers = {operation.to: operation for operation in self.listed}
            for first, length, strides in runs(flat):
                piece = flat[first : first + length]
                buffer = int(piece[0]) >> BUFFER
                writer = writers.get(buffer)
                fits = writer is not None and length == writer.rows and strides == (1,)
                if fits and buffer not in self.fixed and buffer not in self.inside:
                    self.inside[buffer] = (whole, first)
                    continue
                part = self.operations.new_buffer()
                self.inside[part] = (whole, first)
                self.listed.append(Operation("copy", part, length, [piece]))
            self.made[key] = rows_of(whole, len(flat))
        return self.made[key]

    def add(self, operation: Operation) -> None:
        operands = list(operation.operands)
        if operation.name in REDUCTIONS:
            operands = [self.contiguous(operand) for operand in operands]
        elif operation.name == "product":
            operands[0] = self.contiguous(operands[0])
        if len(operands) > 1 and operation.name == "product" and np.ptp(operands[1]):
            operands[1] = self.contiguous(operands[1])
        self.listed.append(
            Operation(
                operation.name,
                operation.to,
                operation.rows,
                operands,
                operation.matrix,
                operation.transposed,
            )
        )


def lay_out(
    operations: Operations,
    listed: Sequence[Operation],
    contiguous_roots: Sequence[Rows],
    other_roots: Sequence[Rows],
    fixed: dict[int, int],
    lasting: Sequence[int],
    successors: Mapping[int, int] | None = None,
) -> tuple[Layout, list[Rows]]:
    """Rows for every buffer, and the contiguous roots where they now are.

    fixed: buffers that lie in the slot, with their physical row. lasting: sources that are written
    once, before the first step, or carried from step to step; the other sources are written anew
    before each step. successors: buffers that had best lie on the rows of another, carried one,
    which is done where nothing reads that one any more.
    """
    placing = _Placing(operations, set(fixed))
    for operation in listed:
        placing.add(operation)
    roots = [placing.contiguous(root) for root in contiguous_roots]
    inside = placing.inside

    def owner(buffer: int) -> int:
        while buffer in inside:
            buffer = inside[buffer][0]
        return buffer

    end = len(placing.listed)
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    sizes = dict(placing.sizes)
    for i, operation in enumerate(placing.listed):
        own = owner(operation.to)
        sizes.setdefault(own, operation.rows)
        begins.setdefault(own, i)
        ends[own] = max(ends.get(own, i), i)
        for operand in operation.operands:
            for buffer in buffers_of(operand):
                ends[owner(buffer)] = i
    for root in [*roots, *other_roots]:
        for buffer in buffers_of(root):
            ends[owner(buffer)] = end
    heirs = {
        new: old
        for new, old in (successors or {}).items()
        if new in begins and new not in inside and sizes[new] == operations.sources[old].rows
        # Strictly before: not every operation reads a row before it writes the same.
        if ends.get(old, -1) < begins[new]
    }
    for buffer in lasting:
        ends[buffer] = end
    for buffer, source in operations.sources.items():
        if buffer in ends:
            begins[buffer] = -1
            sizes[buffer] = source.rows
    base = dict(fixed)
    active: list[tuple[int, int, int]] = []  # (first row, rows, last operation)
    work_rows = 0
    for buffer in sorted(begins, key=lambda b: (begins[b], b)):
        if buffer in base:
            continue
        if buffer in heirs:
            base[buffer] = base[heirs[buffer]]
            continue
        active = [one for one in active if one[2] >= begins[buffer]]
        first = 0
        for taken, rows, _ in sorted(active):
            if taken - first >= sizes[buffer]:
                break
            first = max(first, taken + rows)
        base[buffer] = first
        active.append((first, sizes[buffer], ends[buffer]))
        work_rows = max(work_rows, first + sizes[buffer])
    return Layout(placing.listed, base, inside, work_rows), roots
