"""A rolling backtest: every method forecasts from the same origins, beside what came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.data.panel import Panel
from unspool.data.windows import values_after, values_before
from unspool.evaluation.baselines import Baseline
from unspool.evaluation.conformal import (
    Calibration,
    Coverage,
    calibrate,
    interval_scale,
    measure_coverage,
)
from unspool.evaluation.metrics import Scores, naive_scales, scores, scores_per_step
from unspool.evaluation.verdict import Verdict, judge

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Windows are forecast in blocks, so that memory stays bounded whatever their number.
BLOCK = 4096


@dataclass(frozen=True)
class Backtest:
    """Forecasts of several methods at the same origins, and what came.

    series, origins: (windows,); actual and each of forecasts: (windows, horizon); scale:
    (windows,), how much each window moves, which intervals are measured in; mase_scale: (windows,),
    the seasonal naive error before each origin. model: the method whose forecasts people get.
    """

    model: str
    season: int
    series: IntArray
    origins: IntArray
    from_end: IntArray
    actual: FloatArray
    forecasts: Mapping[str, FloatArray]
    scale: FloatArray
    mase_scale: FloatArray

    @property
    def windows(self) -> int:
        """How many forecasts each method made."""
        return len(self.series)

    def scores(self) -> dict[str, Scores]:
        """MAE, RMSE, sMAPE and MASE of every method."""
        return {
            name: scores(self.actual, made, self.mase_scale, self.series)
            for name, made in self.forecasts.items()
        }

    def mae_per_step(self) -> dict[str, list[float]]:
        """Mean absolute error of every method at each step ahead."""
        return {
            name: scores_per_step(self.actual, made, self.mase_scale, self.series)["mae"].tolist()
            for name, made in self.forecasts.items()
        }

    def verdict(self, advice: str = "--model {}") -> Verdict:
        """Whether the model beat the best of the others, in words."""
        return judge(
            self.model,
            self.actual,
            self.forecasts,
            self.mase_scale,
            self.from_end,
            self.series,
            advice,
        )

    def errors(self) -> FloatArray:
        """Of the model: what came less what it forecast, (windows, horizon)."""
        return self.actual - self.forecasts[self.model]

    def calibration(self) -> Calibration | None:
        """Intervals from the model's errors; None where no window has a scale."""
        if not (self.scale > 0).any():
            return None
        return calibrate(self.errors(), self.scale, self.series)

    def coverage(self) -> Coverage | None:
        """What those intervals held on windows not used to fit them."""
        if not (self.scale > 0).any():
            return None
        return measure_coverage(self.errors(), self.scale, self.from_end, self.series)


def backtest(
    panel: Panel,
    series: IntArray,
    origins: IntArray,
    horizon: int,
    look_back: int,
    model: str,
    methods: Mapping[str, Baseline],
) -> Backtest:
    """Let every method forecast `horizon` steps at each of the origins, (windows,), of a panel.

    Each sees the `look_back` values before the origin and nothing else.
    """
    forecasts = {name: np.empty((len(series), horizon)) for name in methods}
    scale = np.empty(len(series))
    movement = naive_scales(panel.values, panel.offsets, series, origins)
    for begin in range(0, len(series), BLOCK):
        block = slice(begin, begin + BLOCK)
        windows = values_before(panel, series[block], origins[block], look_back)
        scale[block] = interval_scale(windows, movement[block])
        for name, method in methods.items():
            forecasts[name][block] = method.forecast(windows, horizon)
    return Backtest(
        model=model,
        season=panel.season,
        series=series,
        origins=origins,
        from_end=origins - panel.lengths[series],
        actual=values_after(panel, series, origins, horizon),
        forecasts=forecasts,
        scale=scale,
        mase_scale=naive_scales(panel.values, panel.offsets, series, origins, panel.season),
    )


def window_rows(backtest: Backtest, panel: Panel) -> dict[str, Any]:
    """Every forecast of a backtest as columns: series, origin time, step, actual, each method."""
    windows, horizon = backtest.actual.shape
    starts = panel.offsets[backtest.series]
    rows = (starts + backtest.origins)[:, None] + np.arange(horizon)
    return {
        "series": np.repeat(backtest.series, horizon),
        "origin": np.repeat(panel.times[starts + backtest.origins - 1], horizon),
        "time": panel.times[rows].ravel(),
        "step": np.tile(np.arange(1, horizon + 1), windows),
        "actual": backtest.actual.ravel(),
        **{name: made.ravel() for name, made in backtest.forecasts.items()},
    }
