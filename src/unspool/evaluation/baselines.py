"""Forecasts that need no network: naive, seasonal naive, drift, one linear model for all series.

Each takes windows (n, length) of float64, the newest value last, and returns (n, horizon). A
window that is shorter than the others is padded on the left with NaN. Naive, seasonal naive and
drift: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.2.
"""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unspool.data.windows import deviation, newest_columns
from unspool.errors import NotFittedError, UsageError

FloatArray = NDArray[np.float64]

BASELINES = ("naive", "seasonal-naive", "drift", "linear")
PENALTIES = tuple(10.0**exponent for exponent in range(-8, 3))
HELD_OUT = 0.2
FEWEST_HELD_OUT = 10
FURTHEST = 8.0
MOST_VALUES = 10_000_000


class Baseline(Protocol):
    """Whatever forecasts from windows alone."""

    def forecast(self, windows: FloatArray, horizon: int) -> FloatArray:
        """The next `horizon` values of each window, (n, length) -> (n, horizon)."""
        ...


class Naive:
    """The last value, for every step ahead."""

    def forecast(self, windows: FloatArray, horizon: int) -> FloatArray:
        """(n, length) -> (n, horizon)."""
        windows, _ = _checked(windows, horizon)
        return np.repeat(windows[:, -1:], horizon, axis=1)


class SeasonalNaive:
    """The value one season before; the last value where a window is shorter than a season."""

    def __init__(self, season: int) -> None:
        if season < 1:
            raise UsageError(f"season must be at least 1 step, got {season}")
        self.season = season

    def forecast(self, windows: FloatArray, horizon: int) -> FloatArray:
        """(n, length) -> (n, horizon); `too_short` tells which rows got the last value."""
        windows, lengths = _checked(windows, horizon)
        naive = np.repeat(windows[:, -1:], horizon, axis=1)
        if windows.shape[1] < self.season:
            return naive
        last_season = windows[:, -self.season :]
        seasonal = last_season[:, np.arange(horizon) % self.season]
        forecast: FloatArray = np.where((lengths >= self.season)[:, None], seasonal, naive)
        return forecast

    def too_short(self, windows: FloatArray) -> NDArray[np.bool_]:
        """Which windows are shorter than a season, (n, length) -> (n,), for the caller to say."""
        _, lengths = _checked(windows, 1)
        return lengths < self.season


class Drift:
    """The line through the first and the last value of the window, continued.

    A window of one value is continued flat.
    """

    def forecast(self, windows: FloatArray, horizon: int) -> FloatArray:
        """(n, length) -> (n, horizon)."""
        windows, lengths = _checked(windows, horizon)
        last = windows[:, -1]
        first = windows[np.arange(len(windows)), windows.shape[1] - lengths]
        slope = (last - first) / np.maximum(lengths - 1, 1)
        forecast: FloatArray = last[:, None] + slope[:, None] * np.arange(1, horizon + 1)
        return forecast


class Linear:
    """Ridge regression from a window to the values after it, one model for all series.

    A window is read as its differences from its last value, divided by their standard deviation,
    so that series of every level and size share one model; the forecast is put back the same
    way. Places before the beginning of a short window are read as its last value (0). A window
    that does not vary is continued flat and teaches nothing. One that hardly varied before it
    moved would outweigh all others in squared error: where the values ahead lie further than
    `FURTHEST` deviations away (root mean square), the window counts as if they lay there.

    Solved in closed form (Cholesky, float64), the intercept free of penalty (Hastie, Tibshirani &
    Friedman 2009, section 3.4.1). The penalty is a multiple of the mean of the Gram matrix's
    diagonal: the one of `PENALTIES` with the least mean absolute error, in scaled units, on the
    latest fifth of the windows when fitted on those whose targets end before; then all are used.

    look_back: steps read. max_windows: fitted on at most so many, evenly strided, and on fewer
    where together they would hold more than `MOST_VALUES` values; `windows_used_` tells.
    """

    def __init__(self, look_back: int, max_windows: int = 50_000) -> None:
        if look_back < 1:
            raise UsageError(f"look_back must be at least 1 step, got {look_back}")
        if max_windows < 1:
            raise UsageError(f"max_windows must be at least 1, got {max_windows}")
        self.look_back = look_back
        self.max_windows = max_windows
        self.weight_: FloatArray | None = None  # (look_back, horizon)
        self.bias_: FloatArray | None = None  # (horizon,)
        self.penalty_: float | None = None
        self.penalty_was_chosen_ = False  # False: too few windows to hold any out
        self.windows_used_ = 0
        self.windows_given_ = 0

    def fit(
        self, windows: FloatArray, targets: FloatArray, origins: ArrayLike | None = None
    ) -> Self:
        """Learn from windows (n, length) and the values after them, targets (n, horizon).

        origins: (n,), the step of the time grid at which each window's forecast begins, so that
        the latest windows can be held out; left out, the rows are one series in order of time.
        Raises UsageError where no window varies or shapes differ.
        """
        horizon = targets.shape[1] if targets.ndim == 2 else 0
        if windows.ndim != 2 or len(windows) != len(targets) or not horizon or not len(windows):
            raise UsageError(
                "linear needs windows (n, length) and targets (n, horizon), none of them 0; got "
                f"{windows.shape} and {targets.shape}"
            )
        when = np.arange(len(windows)) if origins is None else np.asarray(origins, dtype=np.int64)
        if when.shape != (len(windows),):
            raise UsageError(f"origins must have shape ({len(windows)},), got {when.shape}")
        self.windows_given_ = len(windows)
        rows = _strided(len(windows), min(self.max_windows, -(-MOST_VALUES // self.look_back)))
        windows, _ = _checked(newest_columns(windows[rows], self.look_back), horizon)
        targets = np.asarray(targets[rows], dtype=np.float64)
        if not np.isfinite(targets).all():
            raise UsageError("linear needs finite targets: leave out windows whose future is cut")
        scale = deviation(windows)
        varies = scale > 0
        if not varies.any():
            raise UsageError("linear cannot be fitted: no window varies; use --model naive")
        ahead = (targets - windows[:, -1:])[varies] / scale[varies, None]
        distance = np.sqrt((ahead**2).mean(axis=1, keepdims=True))
        # Least squares with weight w**2 is least squares on rows multiplied by w.
        weight = FURTHEST / np.maximum(distance, FURTHEST)
        inputs = _filled(windows - windows[:, -1:])[varies] / scale[varies, None]
        inputs = np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1) * weight
        outputs = ahead * weight
        when = when[rows][varies]
        self.windows_used_ = len(inputs)

        earlier, later = _split(when, horizon)
        self.penalty_was_chosen_ = len(later) > 0
        self.penalty_ = 1.0
        if self.penalty_was_chosen_:
            self.penalty_ = _best_penalty(inputs, outputs, earlier, later)
        solution = _ridge(*_gram(inputs, outputs), self.penalty_)
        self.weight_, self.bias_ = solution[:-1], solution[-1]
        return self

    def forecast(self, windows: FloatArray, horizon: int) -> FloatArray:
        """(n, length) -> (n, horizon); beyond the fitted horizon it continues on its forecasts."""
        if self.weight_ is None or self.bias_ is None:
            raise NotFittedError("linear has not been fitted: call fit(windows, targets) first")
        windows, _ = _checked(windows, horizon)
        windows = newest_columns(windows, self.look_back)
        scale = deviation(windows)
        # In units of the window from here on; its scale is kept while it continues, since its
        # forecasts vary less than it did.
        path = (windows - windows[:, -1:]) / np.where(scale > 0, scale, 1.0)[:, None]
        made = np.empty((len(windows), 0))
        while made.shape[1] < horizon:
            newest = path[:, -1:]
            ahead = newest + _filled(path - newest) @ self.weight_ + self.bias_
            made = np.concatenate([made, ahead], axis=1)
            path = np.concatenate([path, ahead], axis=1)[:, -self.look_back :]
        forecast: FloatArray = windows[:, -1:] + scale[:, None] * made[:, :horizon]
        return forecast


def make_baseline(name: str, season: int, look_back: int) -> Baseline:
    """The baseline of that name in `BASELINES`; "linear" still has to be fitted."""
    if name == "naive":
        return Naive()
    if name == "seasonal-naive":
        return SeasonalNaive(season)
    if name == "drift":
        return Drift()
    if name == "linear":
        return Linear(look_back)
    raise UsageError(f"no baseline is called {name!r}; there are {', '.join(BASELINES)}")


def _checked(windows: FloatArray, horizon: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """The windows as float64, and how many values each has after its padding, (n,)."""
    array = np.asarray(windows, dtype=np.float64)
    if array.ndim != 2 or not array.shape[1]:
        raise UsageError(f"windows must have shape (n, length), got {array.shape}")
    if horizon < 1:
        raise UsageError(f"horizon must be at least 1 step, got {horizon}")
    known = ~np.isnan(array)
    lengths = known.sum(axis=1)
    first = np.where(known.any(axis=1), known.argmax(axis=1), array.shape[1])
    broken = (lengths == 0) | (lengths != array.shape[1] - first) | np.isinf(array).any(axis=1)
    if broken.any():
        raise UsageError(
            f"window {int(broken.argmax())} is empty, infinite or has NaN after its first value; "
            "only padding on the left may be NaN"
        )
    return array, lengths.astype(np.int64)


def _strided(count: int, cap: int) -> NDArray[np.int64]:
    """At most `cap` positions of `count`, evenly strided, the newest (last) one among them."""
    stride = -(-count // cap)
    return np.arange(count - 1, -1, -stride, dtype=np.int64)[::-1]


def _filled(differences: FloatArray) -> FloatArray:
    """The same with 0 in the padding: no difference."""
    return np.where(np.isnan(differences), 0.0, differences)


def _split(origins: NDArray[np.int64], horizon: int) -> tuple[NDArray[np.int64], ...]:
    """Positions of earlier and later windows; no step is a target on both sides. Or none later."""
    cut = np.quantile(origins, 1 - HELD_OUT, method="higher")
    later = np.flatnonzero(origins >= cut)
    earlier = np.flatnonzero(origins + horizon <= cut)
    if len(later) < FEWEST_HELD_OUT or len(earlier) < FEWEST_HELD_OUT:
        nothing = np.empty(0, dtype=np.int64)
        return np.arange(len(origins)), nothing
    return earlier, later


def _best_penalty(
    inputs: FloatArray,
    outputs: FloatArray,
    earlier: NDArray[np.int64],
    later: NDArray[np.int64],
) -> float:
    gram, cross = _gram(inputs[earlier], outputs[earlier])

    def held_out_error(penalty: float) -> float:
        return float(np.abs(inputs[later] @ _ridge(gram, cross, penalty) - outputs[later]).mean())

    return min(PENALTIES, key=held_out_error)


def _gram(inputs: FloatArray, outputs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """X'X, (inputs, inputs), and X'Y, (inputs, horizon)."""
    return inputs.T @ inputs, inputs.T @ outputs


def _ridge(gram: FloatArray, cross: FloatArray, penalty: float) -> FloatArray:
    """Least penalised squared error, (inputs, horizon); the last input, the intercept, is free."""
    added = np.full(len(gram), penalty * float(np.diag(gram)[:-1].mean()))
    added[-1] = 0.0
    lower = np.linalg.cholesky(gram + np.diag(added))
    # numpy has no triangular solver; two general ones on (look_back + 1) rows cost nothing.
    return np.linalg.solve(lower.T, np.linalg.solve(lower, cross))
