"""Seeds: NumPy's legacy generator, whose stream of numbers never changes between versions."""

from __future__ import annotations

import numpy as np

from unspool import arguments
from unspool.errors import UsageError

# An integer begins a new stream; a RandomState goes on where its last draw ended.
Seed = int | np.random.RandomState


def draws(seed: Seed) -> np.random.RandomState:
    """The generator of a seed: MT19937 as `np.random.seed(seed)` sets it, or the one given.

    Raises UsageError for a seed below 0 or of more than 32 bits.
    """
    if isinstance(seed, np.random.RandomState):
        return seed
    arguments.seed(seed)
    return np.random.RandomState(seed)


def check_count(name: str, count: int, least: int = 1) -> None:
    """Raise UsageError if a number of things is below `least`."""
    if count < least:
        raise UsageError(f"{name} must be at least {least}, got {count}")
