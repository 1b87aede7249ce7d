"""Which rows train, which stop the training, which are kept for the backtest: by time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

# A network needs this many rows of history before the first target that it learns from.
LEAST_HISTORY = 8
# Held-out rows for each series: enough windows for a 95 % interval and for a check of it.
MOST_TEST_WINDOWS = 120


@dataclass(frozen=True)
class Split:
    """For each series, how many rows from its beginning lie before each part's end.

    Rows up to `train_end` train; those up to `validation_end` say when to stop; those up to
    `length` are the backtest's. Targets of a part lie in it wholly, windows may reach back. Where
    a series is too short for all of it, validation_end == train_end (it only trains) or
    length == validation_end, and `checked` says which series have all three.
    """

    train_end: IntArray  # (series,)
    validation_end: IntArray
    length: IntArray
    checked: NDArray[np.bool_]


def shortest(horizon: int) -> int:
    """The fewest rows with which a series can train, stop and check a network."""
    return 4 * horizon + LEAST_HISTORY


def split(lengths: IntArray, horizon: int) -> Split:
    """Cut each series of `lengths` rows; test and validation take at most a fifth and 15 % of it.

    The test part has 4 horizons or `MOST_TEST_WINDOWS` windows, whichever is more, and the
    validation part half of that, but neither less than one horizon. A series with fewer rows than
    `shortest(horizon)` keeps nothing back.
    """
    wanted = max(4 * horizon, horizon + MOST_TEST_WINDOWS - 1)
    checked = lengths >= shortest(horizon)
    test = np.clip(np.minimum(wanted, lengths // 5), horizon, None)
    validation = np.clip(np.minimum(wanted // 2, lengths * 3 // 20), horizon, None)
    validation_end = np.where(checked, lengths - test, lengths)
    return Split(
        train_end=np.where(checked, validation_end - validation, lengths),
        validation_end=validation_end,
        length=lengths,
        checked=checked,
    )


def first_origins(end: IntArray, look_back: int, horizon: int) -> IntArray:
    """The earliest origins to learn from: a full window, if that leaves half the rows."""
    return np.clip(np.minimum(look_back, (end - horizon) // 2), LEAST_HISTORY, None)


def origins_between(
    begin: IntArray, end: IntArray, horizon: int, most_each: int, most: int
) -> tuple[IntArray, IntArray]:
    """Forecast origins whose `horizon` targets lie in rows begin .. end of each series.

    At most `most_each` for a series and `most` in all, evenly strided backwards from the newest,
    which is always among them. With more series than `most`, evenly spread ones of them give one
    window each. Returns positions of the series and origins, each (windows,).
    """
    available = np.maximum(end - horizon - begin + 1, 0)
    able = np.flatnonzero(available)
    if len(able) > most:
        chosen = able[np.arange(most) * len(able) // most]
        available[np.setdiff1d(able, chosen)] = 0
    share = max(1, min(most_each, most // max(1, len(able))))
    stride = np.maximum(1, -(-available // share))
    counts = np.where(available > 0, (available - 1) // stride + 1, 0)
    series = np.repeat(np.arange(len(begin)), counts)
    back = np.arange(len(series)) - np.repeat(np.cumsum(counts) - counts, counts)
    origins = (end - horizon)[series] - back * stride[series]
    order = np.lexsort((origins, series))
    return series[order], origins[order]
