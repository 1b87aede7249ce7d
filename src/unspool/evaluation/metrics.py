"""Errors of point forecasts: MAE, RMSE, sMAPE, MASE, OWA; definitions in docs/metrics.md.

Arrays are (windows, horizon): one row a window of a backtest, one column a step ahead. Where
windows belong to several series, every series counts alike, however many windows it has: errors
are averaged over a series' windows first and over the series next, as in the M4 competition.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unspool.errors import UsageError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

METRICS = ("mae", "rmse", "smape", "mase")


class Scores(TypedDict):
    """The errors of one method on one set of windows; `mase` is None if no series has a scale."""

    mae: float
    rmse: float
    smape: float
    mase: float | None
    windows: int
    series: int
    mase_windows_left_out: int
    mase_series_left_out: int


def scores(
    actual: ArrayLike,
    forecast: ArrayLike,
    scale: ArrayLike,
    series: ArrayLike | None = None,
) -> Scores:
    """The four errors of `forecast`, as plain numbers.

    actual, forecast: (windows, horizon), finite. scale: one number or (windows,), what MASE
    divides by, from `naive_scale` or `naive_scales`; a window whose scale is 0 or NaN is left out
    of MASE and counted. series: (windows,) labels of the series the windows come from; left out,
    every window counts as a series of its own.
    Raises UsageError when shapes differ or a number is not finite.
    """
    errors = _Errors(actual, forecast, scale)
    _, membership = _members(series, errors.windows)
    weights = _weights(membership)
    scaled = errors.has_scale
    mase = None
    if scaled.any():
        mase = float(_weights(membership[scaled]) @ errors.scaled[scaled].mean(axis=1))
    n_series = int(membership.max()) + 1
    return Scores(
        mae=float(weights @ errors.absolute.mean(axis=1)),
        rmse=float(np.sqrt(weights @ (errors.absolute**2).mean(axis=1))),
        smape=float(weights @ errors.percentage.mean(axis=1)),
        mase=mase,
        windows=errors.windows,
        series=n_series,
        mase_windows_left_out=int((~scaled).sum()),
        mase_series_left_out=n_series - len(np.unique(membership[scaled])),
    )


def scores_per_step(
    actual: ArrayLike,
    forecast: ArrayLike,
    scale: ArrayLike,
    series: ArrayLike | None = None,
) -> dict[str, FloatArray]:
    """The errors at each step ahead: `METRICS` -> (horizon,); arguments as for `scores`.

    `mase` is NaN throughout where no series has a scale.
    """
    errors = _Errors(actual, forecast, scale)
    _, membership = _members(series, errors.windows)
    weights = _weights(membership)
    scaled = errors.has_scale
    mase = np.full(errors.horizon, np.nan)
    if scaled.any():
        mase = _weights(membership[scaled]) @ errors.scaled[scaled]
    return {
        "mae": weights @ errors.absolute,
        "rmse": np.sqrt(weights @ errors.absolute**2),
        "smape": weights @ errors.percentage,
        "mase": mase,
    }


def scores_per_series(
    actual: ArrayLike,
    forecast: ArrayLike,
    scale: ArrayLike,
    series: ArrayLike,
) -> dict[str, NDArray[np.generic]]:
    """The errors of each series: "series" -> its sorted labels, `METRICS` -> (number of series,).

    `mase` is NaN for a series without a scale. Arguments as for `scores`.
    """
    errors = _Errors(actual, forecast, scale)
    labels, membership = _members(series, errors.windows)
    scaled = errors.has_scale

    def mean_by_series(per_window: FloatArray, members: IntArray) -> FloatArray:
        count = np.bincount(members, minlength=len(labels))
        total = np.bincount(members, weights=per_window, minlength=len(labels))
        mean: FloatArray = np.full(len(labels), np.nan)
        return np.divide(total, count, out=mean, where=count > 0)

    return {
        "series": labels,
        "mae": mean_by_series(errors.absolute.mean(axis=1), membership),
        "rmse": np.sqrt(mean_by_series((errors.absolute**2).mean(axis=1), membership)),
        "smape": mean_by_series(errors.percentage.mean(axis=1), membership),
        "mase": mean_by_series(errors.scaled[scaled].mean(axis=1), membership[scaled]),
    }


def owa(of: Scores, reference: Scores) -> float | None:
    """Overall weighted average: the mean of sMAPE and MASE, each relative to the reference's (M4).

    None where a MASE is missing or the reference makes no error to compare with.
    """
    if of["mase"] is None or not reference["mase"] or not reference["smape"]:
        return None
    return 0.5 * (of["smape"] / reference["smape"] + of["mase"] / reference["mase"])


def naive_scale(history: ArrayLike, season: int = 1) -> float:
    """What MASE divides by: the mean of |y[t] - y[t - season]| over `history`, (time,).

    `history` must end before the forecast begins. NaN where it has no pair a season apart.
    """
    values = np.asarray(history, dtype=np.float64)
    _check_season(season)
    if values.ndim != 1:
        raise UsageError(f"history must be one series of shape (time,), got shape {values.shape}")
    if len(values) <= season:
        return float("nan")
    return float(np.abs(values[season:] - values[:-season]).mean())


def naive_scales(
    values: ArrayLike,
    offsets: ArrayLike,
    series: ArrayLike,
    origins: ArrayLike,
    season: int = 1,
) -> FloatArray:
    """`naive_scale` at many forecast origins of many series, (windows,).

    values: (rows,), the series one after the other; offsets: (series + 1,), where each begins.
    series, origins: (windows,), the series of each window and how many of that series' values
    lie before its forecast. Only those values are used; NaN where they have no pair a season apart.
    """
    flat = np.asarray(values, dtype=np.float64)
    starts = np.asarray(offsets, dtype=np.int64)
    which = np.asarray(series, dtype=np.int64)
    known = np.asarray(origins, dtype=np.int64)
    _check_season(season)
    if which.shape != known.shape or which.ndim != 1:
        raise UsageError(
            f"series and origins must have one shape (windows,), got {which.shape}, {known.shape}"
        )
    scales = np.full(len(which), np.nan)
    by_series = np.argsort(which, kind="stable")
    present, first = np.unique(which[by_series], return_index=True)
    # A running sum for each series apart: one over all would drown the small series in the large.
    for index, members in zip(present, np.split(by_series, first[1:]), strict=True):
        own = flat[starts[index] : starts[index + 1]]
        at = known[members]
        if at.max() > len(own) or at.min() < 0:
            raise UsageError(
                f"series {index} has {len(own)} values; origins {at.min()} to {at.max()} asked for"
            )
        differences = np.abs(own[season:] - own[:-season])
        running = np.concatenate([[0.0], np.cumsum(differences)])
        pairs = at - season
        usable = pairs > 0
        scales[members[usable]] = running[pairs[usable]] / pairs[usable]
    return scales


class _Errors:
    """Checked errors of (windows, horizon) forecasts; what every aggregation starts from."""

    def __init__(self, actual: ArrayLike, forecast: ArrayLike, scale: ArrayLike) -> None:
        truth = np.asarray(actual, dtype=np.float64)
        guess = np.asarray(forecast, dtype=np.float64)
        if truth.ndim != 2 or truth.shape != guess.shape or not truth.size:
            raise UsageError(
                "actual and forecast must have one shape (windows, horizon), neither 0; got "
                f"{truth.shape} and {guess.shape}"
            )
        for name, array in (("actual", truth), ("forecast", guess)):
            if not np.isfinite(array).all():
                row, step = np.argwhere(~np.isfinite(array))[0]
                raise UsageError(
                    f"{name} is {array[row, step]} in window {row}, step {step + 1}; "
                    "errors need finite numbers"
                )
        self.windows, self.horizon = truth.shape
        divisors = np.asarray(scale, dtype=np.float64)
        if divisors.shape not in ((), (self.windows,)):
            raise UsageError(
                f"scale must be one number or of shape ({self.windows},), got {divisors.shape}"
            )
        if (divisors < 0).any() or np.isinf(divisors).any():
            raise UsageError("scale must be finite and not negative (NaN or 0: no scale)")
        divisors = np.broadcast_to(divisors, (self.windows,))
        self.has_scale = divisors > 0  # False for NaN
        self.absolute = np.abs(truth - guess)
        size = np.abs(truth) + np.abs(guess)
        self.percentage = np.divide(
            200 * self.absolute, size, out=np.zeros_like(size), where=size > 0
        )
        self.scaled = self.absolute / np.where(self.has_scale, divisors, np.nan)[:, None]


def _members(series: ArrayLike | None, windows: int) -> tuple[NDArray[np.generic], IntArray]:
    """Sorted labels of the series, and the position among them of each window's, (windows,)."""
    if series is None:
        return np.arange(windows), np.arange(windows)
    labels = np.asarray(series)
    if labels.shape != (windows,):
        raise UsageError(f"series must have shape ({windows},), got {labels.shape}")
    unique, membership = np.unique(labels, return_inverse=True)
    return unique, membership.astype(np.int64)


def _weights(membership: IntArray) -> FloatArray:
    """Weights, (windows,), that sum to 1 and to the same for every series present."""
    count = np.bincount(membership)
    return 1.0 / (count[membership] * np.count_nonzero(count))


def _check_season(season: int) -> None:
    if season < 1:
        raise UsageError(f"season must be at least 1 step, got {season}")
