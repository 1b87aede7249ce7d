"""How many rows make a season: what the calendar suggests, checked on the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unspool.data.frequency import Frequency

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Series looked at, evenly chosen, and the newest rows of each: more would only take longer.
_SERIES, _ROWS = 100, 20_000
# A longer season must beat a shorter one by this share of the error, or it only costs data.
_BETTER = 0.05
# Of integer times: the least autocorrelation of a season, and the share of the highest peak that
# a shorter lag must reach to be taken for it (multiples of a season peak as well).
_LEAST_CORRELATION = 0.3
_AS_HIGH = 0.9


@dataclass(frozen=True)
class Season:
    """Rows in a season (1 for none) and why, in words."""

    rows: int
    why: str


def infer_season(values: Floats, offsets: Ints, frequency: Frequency) -> Season:
    """The season of series values[offsets[i]:offsets[i + 1]].

    The calendar suggests candidates, of which at least half of the series must have two seasons of
    rows. One candidate (a week for days, a year for months) is taken. Of several (a day or a week
    for hours), those stay that show: the seasonal naive forecast, which repeats the value one
    season before, has an error 5 % smaller than the forecasts that repeat the value half a season
    earlier and later have on average. The one with the smallest error is the season; a longer one
    must be 5 % better than a shorter. Errors are mean absolute errors, scaled by the mean absolute
    difference of rows and averaged over series. Integer times go by autocorrelation instead.
    """
    if frequency.unit == "step":
        if frequency.years:
            return Season(1, "years have none")
        return _by_autocorrelation(values, offsets)
    suggested = frequency.season_candidates()
    lengths = np.diff(offsets)
    candidates = [rows for rows in suggested if 2 * rows <= np.median(lengths)]
    if not candidates:
        few = f"fewer than two of {suggested[0]} rows" if suggested else "the calendar has none"
        return Season(1, few)
    if len(suggested) == 1:
        return Season(candidates[0], "of the calendar")
    error = _errors(values, offsets, [lag for rows in candidates for lag in _around(rows)])
    seen = []
    for rows in candidates:
        early, lag, late = (error[lag] for lag in _around(rows))
        if lag < (1 - _BETTER) * (early + late) / 2:
            seen.append(rows)
    if not seen:
        return Season(1, f"{' and '.join(map(str, candidates))} do not show in the data")
    return _best(error, seen)


def _around(rows: int) -> tuple[int, int, int]:
    return rows - rows // 2, rows, rows + rows // 2


def _best(error: dict[int, float], candidates: list[int]) -> Season:
    """The candidate (ascending) with the smallest error, by 5 % if it is longer."""
    best = candidates[0]
    for candidate in candidates[1:]:
        if error[candidate] < (1 - _BETTER) * error[best]:
            best = candidate
    return Season(best, "the best seasonal naive forecast")


def _errors(values: Floats, offsets: Ints, lags: list[int]) -> dict[int, float]:
    """Scaled mean absolute error of repeating the value so many rows before, on the same rows."""
    longest = max(lags)
    totals = dict.fromkeys(lags, 0.0)
    for series in _sample(values, offsets, longest + 1):
        scale = np.abs(np.diff(series)).mean()
        if scale == 0.0:
            continue
        for lag in totals:
            errors = np.abs(series[longest:] - series[longest - lag : -lag])
            totals[lag] += float(errors.mean() / scale)
    return totals


def _by_autocorrelation(values: Floats, offsets: Ints) -> Season:
    """The lag at which the differences of rows repeat.

    It is a local peak of the autocorrelation, averaged over series, of at least 0.3 and three of
    its standard errors (1 / sqrt of the number of rows). The shortest peak within 90 % of the
    highest is the season, unless the seasonal naive forecast of the highest is 5 % better: the
    multiples of a season peak as well. Lags go up to a third of the usual series.
    """
    lengths = np.diff(offsets)
    longest = int(min(np.median(lengths), _ROWS)) // 3
    if longest < 3:
        return Season(1, "too few rows to see one")
    total, rows = np.zeros(longest + 1), 0
    for series in _sample(values, offsets, 3 * longest):
        steps = np.diff(series)
        steps = steps - steps.mean()
        power = float(steps @ steps)
        if power == 0.0:
            continue
        size = 1 << int(2 * len(steps) - 1).bit_length()
        spectrum = np.fft.rfft(steps / np.sqrt(power), size)
        products = np.fft.irfft(np.abs(spectrum) ** 2, size)[: longest + 1]
        # The sum at a long lag has fewer terms: compare means.
        terms = len(steps) - np.arange(longest + 1)
        total += len(steps) ** 2 * products / terms
        rows += len(steps)
    if rows == 0:
        return Season(1, "constant")
    correlation = total / rows
    inner = correlation[1:-1]
    peaks = np.flatnonzero((inner > correlation[:-2]) & (inner >= correlation[2:])) + 1
    peaks = peaks[peaks >= 2]
    least = max(_LEAST_CORRELATION, 3 / np.sqrt(rows))
    if len(peaks) == 0 or correlation[peaks].max() < least:
        return Season(1, "no autocorrelation that repeats")
    high = max(least, _AS_HIGH * correlation[peaks].max())
    lag, highest = (
        int(peaks[correlation[peaks] >= high][0]),
        int(peaks[correlation[peaks].argmax()]),
    )
    if highest > lag:
        return _best(_errors(values, offsets, [lag, highest]), [lag, highest])
    return Season(lag, f"autocorrelation {correlation[lag]:.2f} of the differences")


def _sample(values: Floats, offsets: Ints, least: int) -> Iterator[Floats]:
    """The newest rows of series that have at least `least`, evenly chosen, scaled to 1 at most."""
    long = np.flatnonzero(np.diff(offsets) >= least)
    for index in long[:: max(1, len(long) // _SERIES)][:_SERIES].tolist():
        start, end = int(offsets[index]), int(offsets[index + 1])
        newest = values[max(start, end - _ROWS) : end]
        # Differences of values near 1e308 would overflow.
        yield newest / (np.abs(newest).max() or 1.0)
