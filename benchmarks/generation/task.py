"""What is timed: stateful training of a character GRU, the same for every library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SYMBOLS, EMBEDDING, LEARNING_RATE, CLIP = 65, 64, 1e-3, 1.0
UPDATES = 12  # of one run, with the state handed on


@dataclass(frozen=True)
class Size:
    """Units of the layer, streams side by side, characters in a piece."""

    units: int
    batch: int
    steps: int

    @property
    def characters(self) -> int:
        """That one run reads."""
        return UPDATES * self.batch * self.steps


def size_of(task: dict[str, Any]) -> Size:
    """The size that a worker's task names."""
    return Size(task["units"], task["batch"], task["steps"])


def codes(size: Size) -> NDArray[np.int32]:
    """A text of random characters, as long as one run needs: what it says takes no time."""
    drawn = np.random.default_rng(0).integers(0, SYMBOLS, size.characters + 1)
    return drawn.astype(np.int32)
