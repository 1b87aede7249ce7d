"""What a network reads and what it is asked for, in three parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unspool.data.synthetic.seeds import check_count

Float32 = NDArray[np.float32]


class Windows(NamedTuple):
    """Inputs and targets, one example a row."""

    inputs: Float32  # (examples, time, features)
    targets: Float32  # (examples, ...)


class Splits(NamedTuple):
    """Examples to learn from, to choose by, and to judge by once."""

    training: Windows
    validation: Windows
    test: Windows


def sliding_windows(values: Float32, steps: int, horizon: int = 1) -> Windows:
    """Every run of `steps` values, (n, steps, 1), with the `horizon` values after it, (n, horizon).

    values: (time,). n = time - steps - horizon + 1. Raises UsageError if that is below 1.
    """
    check_count("steps", steps)
    check_count("horizon", horizon)
    check_count("values", len(values), steps + horizon)
    runs = np.lib.stride_tricks.sliding_window_view(values, steps + horizon)
    return Windows(np.array(runs[:, :steps, None]), np.array(runs[:, steps:]))
