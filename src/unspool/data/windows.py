"""Windows of a panel: the values before a forecast origin, and those after it.

An origin is the number of a series' values that are known when the forecast is made: the window
ends at value origin - 1, and the first target is value `origin`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unspool.data.panel import Panel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def values_before(panel: Panel, series: IntArray, origins: IntArray, length: int) -> FloatArray:
    """The `length` values before each origin, (n, length), the newest last.

    series, origins: (n,). Where a series begins later than its window, NaN stands on the left.
    """
    starts = panel.offsets[series]
    rows = (starts + origins)[:, None] + np.arange(-length, 0)
    inside = rows >= starts[:, None]
    return np.where(inside, panel.values[np.where(inside, rows, 0)], np.nan)


def values_after(panel: Panel, series: IntArray, origins: IntArray, horizon: int) -> FloatArray:
    """The `horizon` values from each origin on, (n, horizon); NaN where a series has ended."""
    rows = (panel.offsets[series] + origins)[:, None] + np.arange(horizon)
    inside = rows < panel.offsets[series + 1][:, None]
    return np.where(inside, panel.values[np.where(inside, rows, 0)], np.nan)


def newest_columns(windows: FloatArray, length: int) -> FloatArray:
    """Windows (n, any) as (n, length): the newest columns, NaN on the left where too few."""
    missing = length - windows.shape[1]
    if missing <= 0:
        return windows[:, -length:]
    return np.concatenate([np.full((len(windows), missing), np.nan), windows], axis=1)


class Scaled(NamedTuple):
    """Windows as a network reads them: differences from the newest value, over a scale.

    value = newest + scale * level. A window that does not vary has scale 0 and levels of 0, so
    that whatever is forecast from it comes back as its newest value.
    """

    levels: NDArray[np.float32]  # (n, length), 0 in the newest place and in the padding
    known: NDArray[np.int32]  # (n,), how many values are not padding
    newest: FloatArray  # (n,)
    scale: FloatArray  # (n,), in the units of the series

    def restore(self, forecasts: NDArray[np.floating]) -> FloatArray:
        """Forecasts in scaled units, (n, horizon), in the units of the series."""
        return self.newest[:, None] + self.scale[:, None] * forecasts.astype(np.float64)


def scaled(windows: FloatArray) -> Scaled:
    """Windows (n, length), padded on the left with NaN, by their own standard deviation.

    Worked out in float64, since differences of large values would be lost in the float32 that a
    network reads.
    """
    known = (~np.isnan(windows)).sum(axis=1)
    newest = windows[:, -1]
    differences = windows - newest[:, None]
    scale = _spread(differences, known)
    divisor = np.where(scale > 0, scale, 1.0)
    levels = np.where(np.isnan(differences), 0.0, differences / divisor[:, None])
    return Scaled(levels.astype(np.float32), known.astype(np.int32), newest, scale)


def centre_and_scale(values: FloatArray) -> tuple[float, float]:
    """Mean and standard deviation of some values, (rows,); the deviation of equal values is 0."""
    differences = values - values[0]  # whose mean is exactly 0 where all are equal
    spread = float(_spread(differences[None], np.array([len(values)]))[0])
    return float(values[0] + differences.mean()), spread


def deviation(windows: FloatArray) -> FloatArray:
    """Standard deviation of each window (n, length), padding apart; 0 where it does not vary."""
    return _spread(windows - windows[:, -1:], (~np.isnan(windows)).sum(axis=1))


def _spread(differences: FloatArray, known: NDArray[np.int64]) -> FloatArray:
    """Standard deviation of each row, NaN apart; exactly 0 where every difference is 0."""
    # In units of the largest difference, whose square can be represented whatever the series' unit.
    peak = np.fmax.reduce(np.abs(differences), axis=1)
    relative = differences / np.where(peak > 0, peak, 1.0)[:, None]
    mean = np.nansum(relative, axis=1) / known
    variance = np.nansum((relative - mean[:, None]) ** 2, axis=1) / known
    spread: FloatArray = peak * np.sqrt(variance)
    return spread
