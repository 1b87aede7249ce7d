"""Prediction intervals by split conformal prediction from a backtest's errors, step by step ahead.

A forecast's interval is its value plus and minus the error that a given share of the backtest's
windows stayed within, at the same step ahead, in units of the window's own scale (Vovk, Gammerman
& Shafer 2005, Algorithmic Learning in a Random World; Papadopoulos 2002 for the held-out form;
Stankevičiūtė, Alaa & van der Schaar 2021, Conformal Time-series Forecasting, for the use at each
step ahead). Each step's interval holds its share by itself: all steps at once hold less often, as
there is no Bonferroni correction. The promise is exact for exchangeable errors; a series' errors
are not quite that, so the coverage is measured too, on windows later than those it was fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unspool.errors import UsageError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEVELS = (80, 95)
# With 39 windows the 95 % radius is a series' second largest error; with fewer, its largest.
FEWEST_OWN_WINDOWS = 39


@dataclass(frozen=True)
class Calibration:
    """How far forecasts go wrong, in units of scale: radii at each level and step ahead.

    pooled: (levels, horizon), from the windows of all series. own: (own series, levels, horizon),
    for the series in own_series, (own series,) int64 ascending, which have enough windows of their
    own. windows: how many the pooled radii rest on; windows_left_out: without a scale above 0.
    """

    levels: tuple[int, ...]
    pooled: FloatArray
    own_series: IntArray
    own: FloatArray
    windows: int
    windows_left_out: int

    @property
    def horizon(self) -> int:
        """The number of steps ahead that errors were seen for."""
        return int(self.pooled.shape[1])

    @property
    def too_few(self) -> tuple[int, ...]:
        """Levels that so few windows cannot support: their interval is the largest error seen."""
        return tuple(level for level in self.levels if _rank(self.windows, level) > self.windows)

    def intervals(
        self, forecast: ArrayLike, scale: ArrayLike, series: ArrayLike | None = None
    ) -> dict[str, FloatArray]:
        """Bounds around forecast (n, horizon): "lower_80", "upper_80", ... -> (n, horizon).

        scale: (n,), in the same meaning as when calibrated; 0 gives an interval of no width.
        series: (n,) positions of the series; left out, the pooled radii serve all. Bounds of a
        higher level enclose those of a lower one. Beyond the calibrated horizon H the radius at
        step s is r * sqrt(s / H), with r the largest radius of the last quarter of the calibrated
        steps: the growth of a random walk's error, an assumption that no window has tested.
        Raises UsageError when shapes differ or a number is not finite.
        """
        centre = np.asarray(forecast, dtype=np.float64)
        if centre.ndim != 2 or not centre.shape[1]:
            raise UsageError(f"forecast must have shape (n, horizon), got {centre.shape}")
        unit = np.asarray(scale, dtype=np.float64)
        if unit.shape != (len(centre),) or not (np.isfinite(unit) & (unit >= 0)).all():
            raise UsageError(f"scale must be ({len(centre)},) finite numbers, none negative")
        if not np.isfinite(centre).all():
            raise UsageError("forecast must be finite to have an interval")
        radii = self._radii_of(series, len(centre), centre.shape[1])
        bounds = {}
        for position, level in enumerate(self.levels):
            width = radii[:, position] * unit[:, None]
            bounds[f"lower_{level}"] = centre - width
            bounds[f"upper_{level}"] = centre + width
        return bounds

    def _radii_of(self, series: ArrayLike | None, count: int, horizon: int) -> FloatArray:
        """(n, levels, horizon), or (1, levels, horizon) where all share the pooled radii."""
        pooled = _continued(self.pooled, horizon)
        if series is None or not len(self.own_series):
            return pooled[None]
        which = np.asarray(series, dtype=np.int64)
        if which.shape != (count,):
            raise UsageError(f"series must have shape ({count},), got {which.shape}")
        place = np.minimum(np.searchsorted(self.own_series, which), len(self.own_series) - 1)
        has_own = self.own_series[place] == which
        own = _continued(self.own, horizon)[place]
        return np.where(has_own[:, None, None], own, pooled)


@dataclass(frozen=True)
class Coverage:
    """What share of values lay within the intervals, level -> share of all windows and steps.

    later: measured on `later_windows`, calibrated on the `earlier_windows` only, no value being a
    target of both; None where the windows are too few to part them. fitted: of the calibration on
    all `windows`, on those same windows, so a little flattering. later_per_step: (horizon,).
    """

    later: Mapping[int, float] | None
    later_per_step: Mapping[int, FloatArray] | None
    fitted: Mapping[int, float]
    earlier_windows: int
    later_windows: int
    windows: int
    too_few: tuple[int, ...]

    def sentences(self) -> list[str]:
        """The figures in words, for a person."""
        said = []
        if self.later is None:
            said.append(
                f"Intervals rest on {_windows(self.windows)}; too few to measure their coverage "
                "on later ones."
            )
        else:
            shares = ", ".join(
                f"the {level} % interval held {100 * share:.0f} %"
                for level, share in self.later.items()
            )
            said.append(
                f"Of the values in {_windows(self.later_windows, 'later')}, {shares}, fitted on "
                f"{_windows(self.earlier_windows, 'earlier')}; those given are fitted on all "
                f"{self.windows:,}."
            )
            narrow = [level for level, share in self.later.items() if share < level / 100 - 0.05]
            if narrow:
                said.append(f"Take the {_percents(narrow)} as too narrow.")
        if self.too_few:
            said.append(
                f"{_windows(self.windows)} cannot support the {_percents(self.too_few)}: "
                "it is the largest error seen."
            )
        return said


def calibrate(
    errors: ArrayLike,
    scale: ArrayLike,
    series: ArrayLike | None = None,
    levels: tuple[int, ...] = LEVELS,
) -> Calibration:
    """Radii from backtest errors (windows, horizon), each divided by its window's scale (windows,).

    The radius is the ceil((n + 1) level)-th smallest absolute error of n windows, so that a new
    error, exchangeable with them, stays within it with at least the level's probability; where n
    is too small for that rank (19 windows for 95 %) it is the largest, and `too_few` says so.
    series: (windows,) positions of the series; one with `FEWEST_OWN_WINDOWS` windows or more gets
    radii of its own, the others share the pooled ones. A window whose scale is 0 or NaN is left
    out. Raises UsageError where no window is left, shapes differ or an error is not finite.
    """
    if not levels or any(not 0 < level < 100 for level in levels) or list(levels) != sorted(levels):
        raise UsageError(f"levels must be ascending per cents between 1 and 99, got {levels}")
    relative, usable = _relative(errors, scale)
    if not usable.any():
        raise UsageError("no window of the backtest has a scale above 0: intervals need one")
    relative = relative[usable]
    labels = np.zeros(len(relative), dtype=np.int64)
    if series is not None:
        labels = np.asarray(series, dtype=np.int64)
        if labels.shape != usable.shape:
            raise UsageError(f"series must have shape {usable.shape}, got {labels.shape}")
        labels = labels[usable]
    present, counts = np.unique(labels, return_counts=True)
    own_series = present[counts >= FEWEST_OWN_WINDOWS]
    if len(present) == 1:  # its own radii are the pooled ones
        own_series = own_series[:0]
    horizon = relative.shape[1]
    own = np.empty((len(own_series), len(levels), horizon))
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], own_series, side="left")
    ends = np.searchsorted(labels[order], own_series, side="right")
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        own[place] = _radii(relative[order[start:end]], levels)
    return Calibration(
        levels=tuple(levels),
        pooled=_radii(relative, levels),
        own_series=own_series,
        own=own,
        windows=len(relative),
        windows_left_out=int((~usable).sum()),
    )


def measure_coverage(
    errors: ArrayLike,
    scale: ArrayLike,
    origins: ArrayLike,
    series: ArrayLike | None = None,
    levels: tuple[int, ...] = LEVELS,
) -> Coverage:
    """Calibrate on earlier windows and count on later ones how often the intervals held.

    origins: (windows,), the step of the time grid at which each window's forecast begins. The
    later windows are the half with the latest origins; the earlier ones are those whose last
    target lies before the first of the later ones' origins, so that windows between are left out.
    Other arguments as for `calibrate`, whose calibration on all windows gives `fitted`.
    """
    relative, usable = _relative(errors, scale)
    when = np.asarray(origins, dtype=np.int64)
    if when.shape != usable.shape:
        raise UsageError(f"origins must have shape {usable.shape}, got {when.shape}")
    which = None if series is None else np.asarray(series, dtype=np.int64)
    final = calibrate(errors, scale, which, levels)
    fitted = _held(final, relative[usable], None if which is None else which[usable])

    # The lower of the two middles, so that with two origins there is one on each side.
    cut = np.quantile(when[usable], 0.5, method="higher")
    if cut == when[usable].min():
        cut = when[usable].max()
    later = usable & (when >= cut)
    earlier = usable & (when + relative.shape[1] <= cut)
    measured = None
    if earlier.any() and later.any():
        ones = np.ones(int(earlier.sum()))
        before = calibrate(
            relative[earlier], ones, None if which is None else which[earlier], levels
        )
        measured = _held(before, relative[later], None if which is None else which[later])
    return Coverage(
        later=None if measured is None else {k: float(v.mean()) for k, v in measured.items()},
        later_per_step=measured,
        fitted={level: float(share.mean()) for level, share in fitted.items()},
        earlier_windows=int(earlier.sum()) if measured is not None else 0,
        later_windows=int(later.sum()) if measured is not None else 0,
        windows=final.windows,
        too_few=final.too_few,
    )


def interval_scale(windows: ArrayLike, naive: ArrayLike) -> FloatArray:
    """A window's scale for its intervals, (n,): how much the series moves now.

    The mean absolute difference of neighbours in windows (n, length), padded on the left with NaN,
    but at least half of `naive`, (n,), the same over the whole history (`metrics.naive_scales`
    with season 1), as a series that rests for a while will move again. 0 if it never moved.
    """
    steps = np.abs(np.diff(np.asarray(windows, dtype=np.float64), axis=1))
    known = ~np.isnan(steps)
    mean = np.where(known, steps, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    scale: FloatArray = np.fmax(mean, 0.5 * np.asarray(naive, dtype=np.float64))
    return scale


def _relative(errors: ArrayLike, scale: ArrayLike) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Absolute errors in units of scale, (windows, horizon), and which windows have a scale."""
    array = np.asarray(errors, dtype=np.float64)
    unit = np.asarray(scale, dtype=np.float64)
    if array.ndim != 2 or not array.shape[1] or unit.shape != (len(array),):
        raise UsageError(
            "errors must have shape (windows, horizon) and scale (windows,), got "
            f"{array.shape} and {unit.shape}"
        )
    if not np.isfinite(array).all() or np.isinf(unit).any() or (unit < 0).any():
        raise UsageError("errors must be finite, and scale finite and not negative (NaN: none)")
    usable = unit > 0
    return np.abs(array) / np.where(usable, unit, 1.0)[:, None], usable


def _rank(count: int, level: int) -> int:
    """Which of `count` errors in ascending order, from 1, bounds a new one at level per cent."""
    return -(-(count + 1) * level // 100)


def _radii(relative: FloatArray, levels: tuple[int, ...]) -> FloatArray:
    """(windows, horizon) -> (levels, horizon)."""
    ascending = np.sort(relative, axis=0)
    count = len(relative)
    return np.stack([ascending[min(_rank(count, level), count) - 1] for level in levels])


def _continued(radii: FloatArray, horizon: int) -> FloatArray:
    """Radii (..., calibrated horizon) cut or continued to (..., horizon)."""
    known = radii.shape[-1]
    if horizon <= known:
        return radii[..., :horizon]
    base = radii[..., -max(1, known // 4) :].max(axis=-1, keepdims=True)
    growth = np.sqrt(np.arange(known + 1, horizon + 1) / known)
    return np.concatenate([radii, base * growth], axis=-1)


def _held(
    calibration: Calibration, relative: FloatArray, series: IntArray | None
) -> dict[int, FloatArray]:
    """The share of absolute errors within the radius: level -> (horizon,)."""
    radii = calibration._radii_of(series, len(relative), relative.shape[1])
    return {
        level: (relative <= radii[:, position]).mean(axis=0)
        for position, level in enumerate(calibration.levels)
    }


def _windows(count: int, which: str = "") -> str:
    return f"{count:,} {which}{' ' if which else ''}window{'' if count == 1 else 's'}"


def _percents(levels: tuple[int, ...] | list[int]) -> str:
    return f"{' and '.join(f'{level} %' for level in levels)} interval"
