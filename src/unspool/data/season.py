"""How many rows make a season: what the calendar suggests, checked on the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
# Of integer times: the least autocorrelation of a season, what it must fall below before, and the
# share of the highest peak that a shorter lag must reach to be taken for it. With these a random
# walk, an autoregression or noise of 60 to 4,000 rows has a season in about 1 of 100 cases.
_LEAST_CORRELATION = 0.5
_TROUGH = -0.2
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
        # Errors are in mean differences of rows; less than a billionth of one is rounding.
        if error[candidate] < (1 - _BETTER) * error[best] - 1e-9:
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
    """The lag at which series repeat, for rows without a calendar.

    The autocorrelation is that of the series without their straight line, or of the differences of
    rows, whichever peaks higher, averaged over series. A peak is the highest within a fifth of its
    lag on either side, at least 0.5 and four standard errors (1 / sqrt of the rows), after a lag
    at which it is below -0.2. Of the peaks within 90 % of the highest, for the multiples of a
    season peak as well, the one with the best seasonal naive forecast is the season; a longer one
    must be 5 % better. Lags go up to a third of the usual series.
    """
    longest = int(min(np.median(np.diff(offsets)), _ROWS)) // 3
    if longest < 3:
        return Season(1, "too few rows to see one")
    best: tuple[float, Ints, Floats] | None = None
    for prepare in (_without_line, np.diff):
        correlation, rows = _autocorrelation(values, offsets, longest, prepare)
        peaks = _peaks(correlation, max(_LEAST_CORRELATION, 4 / np.sqrt(max(rows, 1))))
        highest = float(correlation[peaks].max(initial=0.0))
        if len(peaks) and (best is None or highest > best[0]):
            best = (highest, peaks, correlation)
    if best is None:
        return Season(1, "no autocorrelation that repeats")
    highest, peaks, correlation = best
    candidates = peaks[correlation[peaks] >= _AS_HIGH * highest].tolist()
    return _best(_errors(values, offsets, candidates), candidates)


def _autocorrelation(
    values: Floats, offsets: Ints, longest: int, prepare: Callable[[Floats], Floats]
) -> tuple[Floats, int]:
    """The mean autocorrelation of prepared series at lags 0 to `longest`, and the rows it is of."""
    total, rows = np.zeros(longest + 1), 0
    for series in _sample(values, offsets, 3 * longest):
        prepared = prepare(series)
        prepared = prepared - prepared.mean()
        power = float(np.sqrt(prepared @ prepared))
        # What is left of a straight line is rounding, which repeats by chance.
        if power <= 1e-9 * np.sqrt(len(series)):
            continue
        n_rows = len(prepared)
        size = 1 << (2 * n_rows - 1).bit_length()
        products = np.fft.irfft(np.abs(np.fft.rfft(prepared / power, size)) ** 2, size)
        # The sum at a long lag has fewer terms: compare means.
        terms = n_rows - np.arange(longest + 1)
        total += n_rows**2 * products[: longest + 1] / terms
        rows += n_rows
    return total / max(rows, 1), rows


def _without_line(series: Floats) -> Floats:
    """A series without its straight line of least squares."""
    step = np.arange(len(series)) - (len(series) - 1) / 2
    slope = float(step @ series) / max(float(step @ step), 1.0)
    rest: Floats = series - series.mean() - slope * step
    return rest


def _peaks(correlation: Floats, least: float) -> Ints:
    """Lags from 2 on at which an autocorrelation has a peak of at least `least`, ascending."""
    longest = len(correlation) - 1
    inner = correlation[1:-1]
    local = (inner > correlation[:-2]) & (inner >= correlation[2:]) & (inner >= least)
    below = np.minimum.accumulate(correlation)[:-2] <= _TROUGH
    lags = np.flatnonzero(local & below) + 1
    highest = [
        lag
        for lag in lags.tolist()
        if correlation[lag]
        >= correlation[lag - max(1, lag // 5) : min(longest, lag + max(1, lag // 5)) + 1].max()
    ]
    return np.array(highest, np.int64)


def _sample(values: Floats, offsets: Ints, least: int) -> Iterator[Floats]:
    """The newest rows of series that have at least `least`, evenly chosen, scaled to 1 at most."""
    long = np.flatnonzero(np.diff(offsets) >= least)
    for index in long[:: max(1, len(long) // _SERIES)][:_SERIES].tolist():
        start, end = int(offsets[index]), int(offsets[index + 1])
        newest = values[max(start, end - _ROWS) : end]
        # Differences of values near 1e308 would overflow.
        yield newest / (np.abs(newest).max() or 1.0)
