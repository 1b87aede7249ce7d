"""Distances between sequences, Euclid's and that of dynamic time warping, and the nearest one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# Pairs of sequences that are compared at once.
PAIRS = 50_000


def of_one_length(sequences: Sequence[Floats], steps: int) -> Floats:
    """Sequences (time, channels) as one array (n, steps, channels).

    Missing values are interpolated between their neighbours, a channel without any value is zero;
    a sequence of another length is stretched or shrunk linearly.
    """
    made = np.empty((len(sequences), steps, sequences[0].shape[1]))
    for row, sequence in enumerate(sequences):
        place = np.linspace(0, len(sequence) - 1, steps)
        for channel, values in enumerate(sequence.T):
            seen = np.flatnonzero(~np.isnan(values))
            made[row, :, channel] = np.interp(place, seen, values[seen]) if len(seen) else 0.0
    return made


def euclid(ones: Floats, others: Floats) -> Floats:
    """Squared distances, (n, steps, channels), (m, steps, channels) -> (n, m)."""
    left, right = ones.reshape(len(ones), -1), others.reshape(len(others), -1)
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)
    return np.asarray(np.maximum(squares - 2 * left @ right.T, 0))


def warped(ones: Floats, others: Floats, band: int) -> Floats:
    """Squared distances along the best warping path, (n, steps, channels), (m, ...) -> (n, m).

    A path pairs steps that are at most `band` apart; a pair costs the squared difference of all
    channels (Sakoe and Chiba 1978; Ratanamahatana and Keogh 2005). Band 0 is `euclid`.
    """
    block = max(1, PAIRS // len(others))
    parts = [_warped(ones[at : at + block], others, band) for at in range(0, len(ones), block)]
    return np.concatenate(parts)


def nearest(distances: Floats) -> Indices:
    """The column of the least distance in each row, the first of several."""
    return np.asarray(distances.argmin(axis=1))


def _warped(ones: Floats, others: Floats, band: int) -> Floats:
    """The recurrence D(i, j) = cost(i, j) + min(D(i-1, j), D(i, j-1), D(i-1, j-1)), row by row."""
    steps = ones.shape[1]
    shape = (steps + 1, len(ones), len(others))
    before = np.full(shape, np.inf)
    before[0] = 0
    for i in range(steps):
        low, high = max(0, i - band), min(steps, i + band + 1)
        differences = ones[None, :, None, i] - np.moveaxis(others, 1, 0)[low:high, None]
        cost = (differences**2).sum(axis=-1)  # (high - low, n, m)
        least = np.minimum(before[low + 1 : high + 1], before[low:high])
        row = np.full(shape, np.inf)
        for j in range(low, high):
            row[j + 1] = cost[j - low] + np.minimum(least[j - low], row[j])
        before = row
    return before[steps]
