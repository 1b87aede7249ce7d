"""Rows 1 and 8: the last value that was seen, once and ten times.

What every model has to beat. One text repeats the last *target* over ten steps, a value that a
forecast cannot know, and prints 0.2228; with the last input it is 0.2570.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unspool.chapter.experiment import Computed, mean_squared_error
from unspool.data.synthetic import one_step, ten_steps
from unspool.training.supervised import Examples

NOTHING_TO_LEARN = "it has no weights: the figure is a property of the data"


def last_value(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, time, 1) -> (n, 1)."""
    return inputs[:, -1]


def last_value_ten_times(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, time, 1) -> (n, 10)."""
    return np.repeat(inputs[:, -1], 10, axis=1)


def looking_ahead(validation: Examples) -> str:
    """What comes of a value that is not known yet."""
    error = mean_squared_error(validation.targets[:, -1:], validation.targets)
    return f"repeating the last target in its place, as one text does, gives {error:.4f}"


naive = Computed(one_step, last_value, improved=NOTHING_TO_LEARN)
naive_ten = Computed(
    ten_steps, last_value_ten_times, improved=NOTHING_TO_LEARN, remark=looking_ahead
)
