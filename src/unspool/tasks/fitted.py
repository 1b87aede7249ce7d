"""What fitting a forecaster makes, and how: split, train, backtest, calibrate, train on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unspool.data.panel import Panel
from unspool.data.windows import deviation, values_after, values_before
from unspool.errors import DataError
from unspool.evaluation.backtest import Backtest, backtest
from unspool.evaluation.baselines import Baseline, Linear, make_baseline
from unspool.evaluation.conformal import Calibration, Coverage
from unspool.evaluation.metrics import naive_scales
from unspool.evaluation.splits import first_origins, origins_between, shortest, split
from unspool.evaluation.verdict import Verdict
from unspool.models.look_back import choose_look_back
from unspool.models.specs import Network
from unspool.tasks.outcome import modelled
from unspool.training.history import History, OnProgress
from unspool.training.settings import Training

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# What every forecast is compared with, on the same windows.
COMPARED = ("naive", "seasonal-naive", "linear")
BACKTEST_WINDOWS_EACH = 120
BACKTEST_WINDOWS = 20_000
LINEAR_WINDOWS = 50_000
LARGEST_VALUE = 1e150


@dataclass(frozen=True)
class Fitted:
    """What `fit` learned; a forecast needs nothing else. `save` keeps exactly this."""

    panel: Panel  # the newest rows of every series
    rows: IntArray  # how many rows each series had
    movement: FloatArray  # (series,), the mean step from row to row in all of them
    trained: IntArray  # positions of the series that the model was fitted to
    look_back: int
    model: Baseline | None  # None where no series was long enough
    linear: Linear | None  # the baseline, fitted to all rows
    backtest: Backtest | None
    calibration: Calibration | None
    coverage: Coverage | None
    verdict: Verdict | None
    histories: tuple[History, ...]

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the training; the model is the best until then."""
        return any(history.stopped == "interrupted" for history in self.histories)


def fit(
    panel: Panel,
    spec: str | Network,
    horizon: int,
    training: Training,
    seed: int,
    on_progress: OnProgress,
) -> Fitted:
    """Fit a baseline, by name, or a network to the series of a panel that are long enough."""
    check_size(panel)
    rows = modelled(panel, horizon)
    movement = movement_of(panel)
    look_back = choose_look_back(panel.season, horizon, panel.lengths[rows]) if len(rows) else 2
    if isinstance(spec, Network) and spec.look_back is not None:
        look_back = spec.look_back
    kept = panel.newest(max(look_back, 2 * panel.season, shortest(horizon)))
    if not len(rows):
        return compose(kept, panel.lengths, movement, rows, look_back, None, None, None, ())

    name = spec.name if isinstance(spec, Network) else spec
    parts = split(panel.lengths[rows], horizon)
    seen_linear = fit_linear(panel, rows, parts.train_end, look_back, horizon)
    linear = fit_linear(panel, rows, parts.length, look_back, horizon)
    histories: tuple[History, ...] = ()
    held_back: Baseline
    final: Baseline
    if isinstance(spec, Network):
        # Here and not above: a baseline's forecast does without JAX.
        from unspool.models.predictor import NetworkForecast
        from unspool.tasks.networks import fit_networks

        networks = fit_networks(
            panel, rows, parts, spec, training, look_back, horizon, seed, seen_linear, on_progress
        )
        held_back, final = NetworkForecast(networks.held_back), NetworkForecast(networks.final)
        histories = networks.histories
    elif spec == "linear":
        held_back, final = seen_linear, linear
    else:
        held_back = final = make_baseline(spec, panel.season, look_back)

    series, origins = origins_between(
        parts.validation_end,
        parts.length,
        horizon,
        BACKTEST_WINDOWS_EACH,
        BACKTEST_WINDOWS,
    )
    made = backtest(
        panel,
        rows[series],
        origins,
        horizon,
        look_back,
        name,
        compared(name, held_back, seen_linear, panel, look_back),
    )
    return compose(kept, panel.lengths, movement, rows, look_back, final, linear, made, histories)


def compose(
    panel: Panel,
    rows: IntArray,
    movement: FloatArray,
    trained: IntArray,
    look_back: int,
    model: Baseline | None,
    linear: Linear | None,
    made: Backtest | None,
    histories: tuple[History, ...],
) -> Fitted:
    """All that is fitted, with what follows from the backtest: intervals, coverage, verdict."""
    return Fitted(
        panel=panel,
        rows=rows,
        movement=movement,
        trained=trained,
        look_back=look_back,
        model=model,
        linear=linear,
        backtest=made,
        calibration=None if made is None else made.calibration(),
        coverage=None if made is None else made.coverage(),
        verdict=None if made is None else made.verdict(),
        histories=histories,
    )


def check_size(panel: Panel) -> None:
    """Raise DataError for a value whose square, in a mean of squares, would be infinite."""
    large = np.flatnonzero(np.abs(panel.values) > LARGEST_VALUE)
    if len(large):
        row = int(np.searchsorted(panel.offsets, large[0], side="right")) - 1
        raise DataError(
            f"series {panel.ids[row]!r}: the value {panel.values[large[0]]:g} is too large to "
            f"compute with; values must lie within {LARGEST_VALUE:g}: give them in a larger unit"
        )


def movement_of(panel: Panel) -> FloatArray:
    """The mean step from row to row of each series, (series,); NaN for a single row."""
    return naive_scales(panel.values, panel.offsets, np.arange(panel.n_series), panel.lengths)


def fit_linear(
    panel: Panel, series: IntArray, end: IntArray, look_back: int, horizon: int
) -> Linear:
    """The linear baseline on windows whose targets lie before row `end`, (series,), of each.

    Where nothing varies before that row, it continues every window flat.
    """
    begin = first_origins(end, look_back, horizon)
    chosen, origins = origins_between(begin, end, horizon, LINEAR_WINDOWS, LINEAR_WINDOWS)
    windows = values_before(panel, series[chosen], origins, look_back)
    varies = deviation(windows) > 0
    linear = Linear(look_back)
    if not varies.any():
        linear.weight_, linear.bias_ = np.zeros((look_back, horizon)), np.zeros(horizon)
        return linear
    chosen, origins = chosen[varies], origins[varies]
    ahead = values_after(panel, series[chosen], origins, horizon)
    return linear.fit(windows[varies], ahead, origins - end[chosen])


def compared(
    name: str, model: Baseline, linear: Linear, panel: Panel, look_back: int
) -> Mapping[str, Baseline]:
    """The model first, then what it is compared with."""
    methods: dict[str, Baseline] = {name: model}
    for other in COMPARED:
        if other not in methods:
            methods[other] = (
                linear if other == "linear" else make_baseline(other, panel.season, look_back)
            )
    return methods


def unseen_rows(panel: Panel, fitted: Fitted) -> tuple[IntArray, NDArray[np.bool_]]:
    """For each series, the first row that fitting did not see, and whether there is one.

    A series is known by its id. No row counts as unseen that has less than a full window before it
    (or half of the series, if that is less), as there is little to forecast it from.
    """
    lengths = panel.lengths
    begin = np.minimum(fitted.look_back, lengths // 2)
    known = {name: row for row, name in enumerate(fitted.panel.ids)}
    for row, name in enumerate(panel.ids):
        if name in known:
            last = fitted.panel.series(known[name])[0][-1]
            newer = np.searchsorted(panel.series(row)[0], last, side="right")
            begin[row] = max(begin[row], newer)
    return begin, begin < lengths
