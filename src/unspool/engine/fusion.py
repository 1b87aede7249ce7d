"""Fewer operations for the same result: additions that other operations do on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unspool.engine.operations import (
    Operation,
    Rows,
    buffers_of,
    count_reads,
    is_whole,
    needed,
    rows_of,
)


def fuse(operations: Sequence[Operation], roots: Sequence[Rows]) -> list[Operation]:
    """The operations that the roots need, with sums folded into what they sum.

    A product begins from what is added to it; a b + c is one operation, and so is a b times the
    derivative of tanh or logistic; -a + b is b - a; a sum of products is one, and one of negatives
    is negated once. Only an intermediate result that nothing else reads disappears.
    """
    listed = [
        Operation(o.name, o.to, o.rows, list(o.operands), o.matrix, o.transposed)
        for o in needed(operations, roots)
    ]
    reads = count_reads(listed, roots)
    position = {operation.to: i for i, operation in enumerate(listed)}
    kept: list[Operation | None] = list(listed)

    def writer(rows: Rows, name: str) -> Operation | None:
        """The operation of this name that wrote all of a value which is read once."""
        index = position.get(int(rows[0]) >> 32)
        found = kept[index] if index is not None else None
        if found is None or found.name != name or reads.get(found.to) != 1:
            return None
        return found if is_whole(rows, found) else None

    def known_before(rows: Rows, operation: Operation) -> bool:
        return all(position.get(b, -1) < position[operation.to] for b in buffers_of(rows))

    def start_from(product: Operation, added: Rows) -> bool:
        """Let a product begin from `added`, itself or by way of the product it begins from."""
        if len(product.operands) == 1:
            if not known_before(added, product) or not _row_by_row(added):
                return False
            product.operands.append(added)
            return True
        earlier = writer(product.operands[1], "product")
        return earlier is not None and start_from(earlier, added)

    def sum_up(i: int, total: Operation) -> None:
        """Leave out what is written only to be summed: negatives, and products row by row."""
        (summed,) = total.operands
        if (negated := writer(summed, "neg")) is not None:
            # What was negated is summed in the negation's place, and the sum negated in the sum's.
            earlier = position[negated.to]
            first = Operation("reduce_sum", negated.to, 1, negated.operands)
            kept[i] = Operation("neg", total.to, 1, [rows_of(negated.to, 1)])
            kept[earlier] = first
            sum_up(earlier, first)
        elif (factors := writer(summed, "mul")) is not None and all(
            bool((np.diff(factor) == 1).all()) for factor in factors.operands
        ):
            kept[position[factors.to]] = None
            total.name, total.operands = "reduce_dot", factors.operands

    for i, operation in enumerate(listed):
        if operation.name == "reduce_sum" and operation.operands[0].size:
            sum_up(i, operation)
        if operation.name in ("tanh_gradient", "logistic_gradient") and operation.rows:
            given, value = operation.operands
            if (factors := writer(given, "mul")) is not None:
                kept[position[factors.to]] = None
                operation.name = f"multiply_{operation.name}"
                operation.operands = [*factors.operands, value]
        if operation.name not in ("add", "sub") or not operation.rows:
            continue
        left, right = operation.operands
        if operation.name == "add":
            done = False
            for value, added in ((left, right), (right, left)):
                product = writer(value, "product")
                if product is not None and start_from(product, added):
                    # The product takes the sum's place: it writes to the sum's buffer.
                    kept[i] = None
                    at = position.pop(product.to)
                    product.to = operation.to
                    position[operation.to] = at
                    done = True
                    break
            if done:
                continue
        for value, other in ((left, right), (right, left)):
            if operation.name == "sub" and value is right:
                break
            if (factors := writer(value, "mul")) is not None:
                kept[position[factors.to]] = None
                name = "multiply_add" if operation.name == "add" else "multiply_subtract"
                operation.name, operation.operands = name, [*factors.operands, other]
                break
            if operation.name == "add" and (negated := writer(value, "neg")) is not None:
                kept[position[negated.to]] = None
                operation.name, operation.operands = "sub", [other, negated.operands[0]]
                break
    return [operation for operation in kept if operation is not None]


def _row_by_row(rows: Rows) -> bool:
    """Whether a product can begin from these rows as they are: one after the other, or one."""
    steps = np.diff(rows)
    return bool((steps == 1).all() or (steps == 0).all())
