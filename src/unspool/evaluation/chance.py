"""Whether two forecasters differ, on the same windows, by more than chance could do.

A difference counts as clear when the mean over groups of windows is further from nothing than
their scatter allows: Student's t on the means of a few large groups, 5 % two-sided, which stays
valid when windows overlap and resemble their neighbours, as long as the groups do not (Ibragimov &
Müller 2010, t-statistic based correlation and heterogeneity robust inference). docs/metrics.md
tells how the groups are made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_STRETCHES = 10
FEWEST_STRETCHES = 4
FEWEST_SERIES = 10


def is_clear(
    difference: FloatArray, series: NDArray[np.generic], origins: IntArray, horizon: int
) -> bool | None:
    """Whether the mean difference is beyond chance by every grouping that can be made.

    difference, series (labels), origins (the step of the time grid at which each forecast begins):
    each (windows,). By stretches of time, and by series where there are `FEWEST_SERIES`; every
    series weighs the same. None where neither grouping can be made, unless there is no difference.
    """
    if not difference.any():
        return False
    _, membership = np.unique(series, return_inverse=True)
    weight = 1.0 / np.bincount(membership)[membership]
    groupings = []
    stretches = _stretches(origins, horizon)
    if stretches is not None:
        groupings.append(stretches)
    if membership.max() + 1 >= FEWEST_SERIES:
        groupings.append(membership)
    if not groupings:
        return None
    overall = np.sign(weight @ difference)
    return all(
        _beyond_chance(_group_means(difference, weight, group)) == overall for group in groupings
    )


def _stretches(origins: IntArray, horizon: int) -> IntArray | None:
    """The stretch of time each window lies in, (windows,), -1 where it reaches into the next.

    As many equally long stretches, up to `MOST_STRETCHES`, as leave at least half of the windows
    in one; else the fewest; None where that leaves a stretch without a window.
    """
    start = int(origins.min())
    span = int(origins.max()) + horizon - start
    for count in range(MOST_STRETCHES, FEWEST_STRETCHES - 1, -1):
        stretch = (origins - start) * count // span
        last = (origins + horizon - 1 - start) * count // span
        inside = stretch == last
        if inside.mean() >= 0.5 and len(np.unique(stretch[inside])) == count:
            break
    if len(np.unique(stretch[inside])) < count:
        return None
    return np.where(inside, stretch, -1)


def _group_means(difference: FloatArray, weight: FloatArray, group: IntArray) -> FloatArray:
    """Weighted mean of the differences in each group but -1, (groups,)."""
    member = group >= 0
    total = np.bincount(group[member], weights=weight[member])
    summed = np.bincount(group[member], weights=(weight * difference)[member])
    mean: FloatArray = summed / total
    return mean


def _beyond_chance(means: FloatArray) -> int:
    """Student's t of the group means against 0, 5 % two-sided: 1 above, -1 below, 0 neither."""
    middle = float(means.mean())
    error = float(means.std(ddof=1)) / np.sqrt(len(means))
    return int(np.sign(middle)) if abs(middle) > _t_quantile(len(means) - 1) * error else 0


def _t_quantile(degrees: int) -> float:
    """The 97.5 % quantile of Student's t (Abramowitz & Stegun 1964, 26.7.5), from 3 degrees on."""
    z = 1.959963984540054
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(degrees) ** power for power, term in enumerate(terms, 1))
