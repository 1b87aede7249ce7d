"""Two sine waves and noise: short series that differ in frequency and phase.

    x(t) = 0.5 sin((t - o1)(10 f1 + 10)) + 0.2 sin((t - o2)(20 f2 + 20)) + 0.1 (u - 0.5)

with t from 0 to 1, and f1, f2, o1, o2 drawn once a series, u once a value, uniformly from [0, 1).
The order of the draws is part of the definition (f1 of all series, f2, o1, o2, then u series by
series), as is the order of the arithmetic: seed 42 then gives the series that the figures of the
notebooks beside Géron's "Hands-On Machine Learning" (2nd edition, chapter 15) were printed for,
bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unspool.data.synthetic.seeds import Seed, check_count, draws
from unspool.data.synthetic.windows import Float32, Splits, Windows

Float64 = NDArray[np.float64]

STEPS = 50  # read before the forecast
HORIZON = 10
TRAINING, VALIDATION, TEST = 7_000, 2_000, 1_000


def two_sines(count: int, steps: int, seed: Seed = 42) -> Float32:
    """`count` series of two sine waves and noise, (count, steps, 1).

    seed: an integer, or a RandomState that goes on from its last draw. Raises UsageError for a
    count or a number of steps below 1.
    """
    check_count("count", count)
    check_count("steps", steps)
    random = draws(seed)
    # One call for the four: a row of draws for all series each.
    frequency1, frequency2, offset1, offset2 = random.random_sample((4, count, 1))
    time = np.linspace(0, 1, steps)
    series: Float64 = 0.5 * np.sin((time - offset1) * (frequency1 * 10 + 10))
    series += 0.2 * np.sin((time - offset2) * (frequency2 * 20 + 20))
    series += 0.1 * (random.random_sample((count, steps)) - 0.5)
    return series[..., np.newaxis].astype(np.float32)


def one_step(seed: Seed = 42) -> Splits:
    """10,000 series of 51: 50 steps, (n, 50, 1), and the one after them, (n, 1).

    7,000 to train, 2,000 to validate, 1,000 to test.
    """
    series = two_sines(TRAINING + VALIDATION + TEST, STEPS + 1, seed)
    return _split(series[:, :STEPS], series[:, -1])


def ten_steps(seed: Seed = 42) -> Splits:
    """10,000 series of 60: 50 steps, (n, 50, 1), and the ten after them, (n, 10)."""
    series = two_sines(TRAINING + VALIDATION + TEST, STEPS + HORIZON, seed)
    return _split(series[:, :STEPS], series[:, STEPS:, 0])


def ten_at_every_step(seed: Seed = 42) -> Splits:
    """The series of `ten_steps`, with the next ten values after every step, (n, 50, 10).

    The targets of step t are the values at t + 1 to t + 10; those of the last step are the targets
    of `ten_steps`.
    """
    series = two_sines(TRAINING + VALIDATION + TEST, STEPS + HORIZON, seed)
    following = np.lib.stride_tricks.sliding_window_view(series[:, 1:, 0], HORIZON, axis=1)
    return _split(series[:, :STEPS], np.array(following))


def _split(inputs: Float32, targets: Float32) -> Splits:
    """Three parts in the order of the series."""
    first, second = TRAINING, TRAINING + VALIDATION
    return Splits(
        Windows(inputs[:first], targets[:first]),
        Windows(inputs[first:second], targets[first:second]),
        Windows(inputs[second:], targets[second:]),
    )
