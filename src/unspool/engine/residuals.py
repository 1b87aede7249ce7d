"""What the forward pass keeps of a time step for the backward pass, and what is computed again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from unspool.engine.operations import CHEAP, Operation, Rows, buffers_of, needed


def choose(
    forward: Sequence[Operation],
    backward: Sequence[Operation],
    roots: Sequence[Rows],
    recompute: bool = False,
    free: Collection[int] = (),
) -> list[int]:
    """The buffers to keep, of those that `forward` writes and `backward` or its roots read.

    What is dear to compute (a product, a transcendental function, a reduction) is kept. What is
    cheap is computed again, unless that took more rows of other buffers than it has itself. With
    `recompute` nothing is kept: the backward pass begins each step from the state before it.

    free: what is there anyway, as it is a state of the step after.
    """
    if recompute:
        return sorted(free)
    written: Mapping[int, Operation] = {operation.to: operation for operation in forward}
    read: list[int] = []
    for value in [o for operation in backward for o in operation.operands] + list(roots):
        read += [b for b in buffers_of(value) if b in written and b not in read]
    # In the order of the forward pass: what is kept may make what follows from it cheap.
    order = {buffer: i for i, buffer in enumerate(written)}
    read.sort(key=order.__getitem__)
    kept = [b for b in written if b in free]
    kept += [b for b in read if written[b].name not in CHEAP and b not in free]
    for buffer in read:
        if buffer in kept:
            continue
        more = [b for b in _dear(buffer, written, kept) if b not in kept]
        if sum(written[b].rows for b in more) < written[buffer].rows:
            kept += more
        else:
            kept.append(buffer)
    return sorted(kept)


def _dear(buffer: int, written: Mapping[int, Operation], kept: Sequence[int]) -> list[int]:
    """The buffers that would have to be there for computing this one by cheap operations."""
    if buffer in kept or buffer not in written:
        return []
    operation = written[buffer]
    if operation.name not in CHEAP:
        return [buffer]
    found: list[int] = []
    for operand in operation.operands:
        for below in buffers_of(operand):
            found += [b for b in _dear(below, written, kept) if b not in found]
    return found


def again(
    forward: Sequence[Operation],
    backward: Sequence[Operation],
    roots: Sequence[Rows],
    kept: Sequence[int],
) -> list[Operation]:
    """The backward pass with what it computes again, in order."""
    return needed([*forward, *backward], roots, frozenset(kept))


def late(operations: Sequence[Operation], resident: set[int]) -> list[Operation]:
    """The same operations, those that read only what is `resident` moved to where they are needed.

    What is computed again is wanted late, by the derivative of what came first: computed early it
    would take up rows all the while, and the nearest cache is small. Nothing is kept longer by
    moving it, as its operands stay where they are anyway.
    """
    placed: list[Operation] = []  # the last one first
    for operation in reversed(operations):
        at = len(placed)
        if all(b in resident for operand in operation.operands for b in buffers_of(operand)):
            readers = (
                i
                for i in range(len(placed) - 1, -1, -1)
                if any(operation.to in buffers_of(o) for o in placed[i].operands)
            )
            at = next(readers, -1) + 1
        placed.insert(at, operation)
    return placed[::-1]
