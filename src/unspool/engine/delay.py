"""States that are the newest values of something, which stay where they are from step to step.

A causal convolution's state holds its last inputs: at each step all move up by one place and a new
one comes last. Moving them would cost more than the convolution. Their rows already lie in the
slots of earlier steps, so a *line* of n entries is one entry in each slot, and entry j is read
n - 1 - j slots back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspool.engine.lowering import Lowering
from unspool.engine.step import Step

DELAY = 20  # a physical row's delay in steps is written above so many bits
MOST_STEPS = 1000  # as an address has room for, and the rows of a slot too
MOST_ROWS = 1 << 19
AFTER = 1023 << DELAY  # what is added for the same row of the step after


@dataclass(frozen=True)
class Line:
    """A state (depth, width): entries, the oldest first, of so many rows."""

    width: int
    depth: int


def delayed(steps: int) -> int:
    """What is added to a physical row for the same row so many steps before."""
    return steps << DELAY


def find_lines(step: Step) -> list[Line | None]:
    """For each state of a step: whether it is a line.

    It is where the step makes it of itself, without the oldest entry, and one new entry.
    """
    if not any(_may_be(state.shape) for state in step.state):
        return [None] * len(step.state)
    lowering = Lowering(step.dtype)
    vectors = [lowering.source("vector", i, v.shape) for i, v in enumerate(step.vectors)]
    inputs = [lowering.source("input", i, x.shape) for i, x in enumerate(step.inputs)]
    state = [lowering.source("state", i, s.shape) for i, s in enumerate(step.state)]
    _, *following = lowering.run(step.primal, [*vectors, *inputs, *state])
    found: list[Line | None] = []
    for before, after in zip(state, following, strict=True):
        same = _may_be(before.shape) and bool(np.all(after[:-1] == before[1:]))
        width = int(np.prod(before.shape[1:], dtype=np.int64))
        found.append(Line(width, before.shape[0]) if same else None)
    return found


def _may_be(shape: tuple[int, ...]) -> bool:
    if len(shape) < 2 or not 2 <= shape[0] <= MOST_STEPS:
        return False
    return 0 < int(np.prod(shape[1:], dtype=np.int64)) < MOST_ROWS
