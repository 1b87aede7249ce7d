"""Forecasts with intervals for every series of a panel, by the model or by a fallback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unspool.data.panel import Panel
from unspool.data.windows import values_before
from unspool.evaluation.backtest import backtest
from unspool.evaluation.baselines import Baseline, Naive, SeasonalNaive
from unspool.evaluation.conformal import LEVELS, Calibration, interval_scale
from unspool.evaluation.splits import origins_between, shortest

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# A fallback's intervals come from its errors on at most so many windows of each series.
FALLBACK_WINDOWS = 60
FALLBACK_REACH = 20


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of every series of a panel: columns "forecast", "lower_80" … -> (series, horizon).

    A bound is NaN where nothing tells how far a forecast goes wrong: the series is too short, or
    moved only after its last backtest.
    fallbacks: position of the series -> (method, why), where the model itself did not forecast.
    """

    columns: dict[str, FloatArray]
    fallbacks: dict[int, tuple[str, str]]


def modelled(panel: Panel, horizon: int) -> IntArray:
    """Positions of the series that vary and are long enough to train and to check a model."""
    long_enough = panel.lengths >= shortest(horizon)
    long_enough[list(panel.baseline_only)] = False
    return np.flatnonzero(long_enough)


def _for_the_model(
    panel: Panel, trained_horizon: int, look_back: int, trained: Mapping[object, int]
) -> IntArray:
    """Positions of the series that a fitted model forecasts.

    One that it was trained on need not be long enough to train again: a full window will do.
    """
    known = np.array([name in trained for name in panel.ids], bool) & (panel.lengths >= look_back)
    known[list(panel.baseline_only)] = False
    return np.union1d(np.flatnonzero(known), modelled(panel, trained_horizon))


def forecast_panel(
    panel: Panel,
    model: Baseline | None,
    calibration: Calibration | None,
    look_back: int,
    trained_horizon: int,
    horizon: int,
    calibrated_series: Mapping[object, int],
    movement: FloatArray,
) -> Forecasts:
    """`horizon` steps after the end of every series, with intervals.

    model: None where none could be fitted. calibrated_series: id -> the position under which
    `calibration` knows a series; others get the pooled intervals. movement: (series,), how much
    each series moves from row to row in all of its history, of which the panel may be the end.
    """
    names = ["forecast"] + [f"{side}_{level}" for level in LEVELS for side in ("lower", "upper")]
    columns = {name: np.full((panel.n_series, horizon), np.nan) for name in names}
    rows = np.empty(0, np.int64)
    if model is not None:
        rows = _for_the_model(panel, trained_horizon, look_back, calibrated_series)
    if model is not None and len(rows):
        windows = values_before(panel, rows, panel.lengths[rows], look_back)
        made = model.forecast(windows, horizon)
        columns["forecast"][rows] = made
        if calibration is not None:
            known_as = np.array([calibrated_series.get(panel.ids[row], -1) for row in rows])
            scale = interval_scale(windows, movement[rows])
            bounds = calibration.intervals(made, scale, known_as)
            for name, bound in bounds.items():
                columns[name][rows] = bound
    fallbacks: dict[int, tuple[str, str]] = {}
    rest = np.setdiff1d(np.arange(panel.n_series), rows)
    seasonal = (panel.season > 1) & (panel.lengths[rest] >= 2 * panel.season)
    for name, group in (("seasonal-naive", rest[seasonal]), ("naive", rest[~seasonal])):
        if not len(group):
            continue
        method = SeasonalNaive(panel.season) if name == "seasonal-naive" else Naive()
        _fall_back(panel, group, name, method, trained_horizon, horizon, movement, columns)
        for row in group.tolist():
            why = panel.baseline_only.get(row) or (
                f"too short: {panel.lengths[row]} rows, a horizon of {trained_horizon} needs "
                f"{shortest(trained_horizon)}"
            )
            fallbacks[row] = (name, why)
    return Forecasts(columns, dict(sorted(fallbacks.items())))


def _fall_back(
    panel: Panel,
    rows: IntArray,
    name: str,
    method: Baseline,
    checked_horizon: int,
    horizon: int,
    movement: FloatArray,
    columns: dict[str, FloatArray],
) -> None:
    """Fill in a baseline's forecast, and intervals from its own errors in the series' past.

    The errors are of `checked_horizon` steps whatever is asked for, so that a step's interval does
    not depend on how many steps follow it.
    """
    reach = max(2 * panel.season, FALLBACK_REACH)
    lengths = panel.lengths[rows]
    windows = values_before(panel, rows, lengths, reach)
    made = method.forecast(windows, horizon)
    columns["forecast"][rows] = made
    begin = np.full(len(rows), panel.season if name == "seasonal-naive" else 2, np.int64)
    most = FALLBACK_WINDOWS * len(rows)
    series, origins = origins_between(begin, lengths, checked_horizon, FALLBACK_WINDOWS, most)
    # A series that never moved is expected not to, unless it had hardly the time.
    constant = np.array([panel.baseline_only.get(row) == "constant" for row in rows.tolist()])
    for bound in columns.keys() - {"forecast"}:
        columns[bound][rows[constant]] = made[constant]
    moves = movement[rows] > 0
    if not len(series) or not moves.any():
        return
    past = backtest(panel, rows[series], origins, checked_horizon, reach, name, {name: method})
    calibration = past.calibration()
    if calibration is not None:
        scale = interval_scale(windows[moves], movement[rows[moves]])
        for bound, values in calibration.intervals(made[moves], scale).items():
            columns[bound][rows[moves]] = values
