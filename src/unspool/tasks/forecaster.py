"""The forecaster: from a table of series to their future, with what to think of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from unspool import arguments
from unspool.data.faults import Spelling
from unspool.data.loading import load_panel, open_table
from unspool.data.options import TableOptions
from unspool.data.panel import Panel
from unspool.data.panel_output import forecast_columns
from unspool.data.writing import to_frame
from unspool.errors import DataError, NotFittedError, UsageError
from unspool.evaluation.backtest import Backtest, backtest
from unspool.evaluation.baselines import BASELINES
from unspool.evaluation.splits import origins_between, shortest
from unspool.models.specs import NETWORKS, Network
from unspool.tasks.conventions import Estimator
from unspool.tasks.fitted import (
    BACKTEST_WINDOWS,
    Fitted,
    check_size,
    compared,
    fit,
    movement_of,
    unseen_rows,
)
from unspool.tasks.outcome import Forecasts, forecast_panel, modelled
from unspool.training.history import OnProgress, unseen
from unspool.training.settings import Training

MODELS = (*NETWORKS, *BASELINES)


class Forecaster(Estimator):
    """Forecasts the series of a table `horizon` steps ahead, with intervals and a comparison.

    model: a network ("gru", "lstm", "simple-rnn", "bidirectional", "conv-gru", "conv-lstm",
    "wavenet-simple", "wavenet", "tcn", "segment-gru"), a baseline ("naive", "seasonal-naive",
    "drift", "linear"), or settings such as `unspool.Gru(hidden=32, strategy="sequence")`.
    training: `unspool.Training(...)`. table: `unspool.TableOptions(...)`, what is not to be
    inferred and what to do about faults.
    seed: the same seed, data and machine give the same bits.

        forecaster = unspool.Forecaster(model="gru", horizon=24).fit(frame)
        forecaster.predict()             # a frame of the kind that went in
        print(forecaster.backtest().verdict().sentence)

    A table is a path (CSV, TSV, Parquet, Feather; "-" is standard input) or a pandas, polars or
    pyarrow frame. Raises UsageError on a wrong argument, DataError on data that would make the
    answer wrong, DivergedError when training meets NaN or infinity.
    """

    parameters = ("model", "horizon", "training", "table", "seed")

    def __init__(
        self,
        model: str | Network = "gru",
        horizon: int = 24,
        *,
        training: Training | None = None,
        table: TableOptions | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.horizon = horizon
        self.training = training
        self.table = table
        self.seed = seed
        self.fitted_: Fitted | None = None
        self.frame_kind_ = "pyarrow"
        self._check()

    def _check(self) -> None:
        check_horizon(self.horizon)
        arguments.seed(self.seed)
        if not isinstance(self.model, Network):
            arguments.one_of("model", self.model, MODELS)
        for name, kind in (("training", Training), ("table", TableOptions)):
            given = getattr(self, name)
            if given is not None and not isinstance(given, kind):
                raise UsageError(f"{name} must be unspool.{kind.__name__}(...), got {given!r}")

    @property
    def model_name(self) -> str:
        """What the model is called in tables and sentences."""
        return self.model if isinstance(self.model, str) else self.model.name

    @property
    def network_spec(self) -> Network | None:
        """The network's settings, None for a baseline."""
        if isinstance(self.model, Network):
            return self.model
        return NETWORKS[self.model]() if self.model in NETWORKS else None

    def fit(self, frame: Any, *, on_progress: OnProgress = unseen) -> Self:
        """Read, check, train, backtest; returns self. What came of it is in `fitted_`."""
        panel, kind = self._load(frame)
        self.fit_panel(panel, on_progress=on_progress)
        self.frame_kind_ = kind
        return self

    def fit_panel(self, panel: Panel, *, on_progress: OnProgress = unseen) -> Self:
        """`fit` for a table that has been read and checked already."""
        self._check()
        self.fitted_ = fit(
            panel,
            self.network_spec or self.model_name,
            self.horizon,
            self.training or Training(),
            self.seed,
            on_progress,
        )
        return self

    def predict(self, frame: Any = None, horizon: int | None = None) -> Any:
        """The future of every series, as a frame of the kind that went in.

        frame: other or newer rows to forecast from; left out, those of `fit`. horizon: any number
        of steps, shorter or longer than trained; left out, the trained one. Columns: id and time
        as they came, then forecast, lower_80, upper_80, lower_95, upper_95.
        """
        fitted = self.fitted
        panel, kind = (fitted.panel, self.frame_kind_)
        if frame is not None:
            panel, kind = self._load(frame, fitted)
        forecasts = self.forecast_panel(panel, horizon)
        return to_frame(forecast_columns(panel, horizon or self.horizon, forecasts.columns), kind)

    def forecast_panel(self, panel: Panel | None = None, horizon: int | None = None) -> Forecasts:
        """`predict` as arrays, (series, horizon); left out, the fitted panel."""
        fitted = self.fitted
        panel = fitted.panel if panel is None else _checked(panel, fitted)
        horizon = self.horizon if horizon is None else horizon
        check_horizon(horizon)
        return forecast_panel(
            panel,
            fitted.model,
            fitted.calibration,
            fitted.look_back,
            self.horizon,
            horizon,
            {fitted.panel.ids[row]: row for row in fitted.trained.tolist()},
            fitted.movement if panel is fitted.panel else movement_of(panel),
        )

    def backtest(self, frame: Any = None) -> Backtest:
        """A rolling backtest beside naive, seasonal naive and linear, on the same windows.

        Without a frame, or with one that has no horizon of newer rows, the one made in `fit`, by a
        model that never saw its rows. With newer rows or other series: the final model on those
        alone.
        """
        made = self.fitted.backtest
        if frame is not None:
            made = self.backtest_panel(self._load(frame, self.fitted)[0])
        if made is None:
            raise DataError(
                f"no series is long enough for a backtest: a horizon of {self.horizon} needs "
                f"{shortest(self.horizon)} rows"
            )
        return made

    def backtest_panel(self, panel: Panel) -> Backtest | None:
        """`backtest` for a table that was read already; None where no series is long enough."""
        fitted = self.fitted
        if fitted.model is None or fitted.linear is None:
            return fitted.backtest
        panel = _checked(panel, fitted)
        begin, fresh = unseen_rows(panel, fitted)
        rows = np.intersect1d(modelled(panel, self.horizon), np.flatnonzero(fresh))
        series, origins = origins_between(
            begin[rows],
            panel.lengths[rows],
            self.horizon,
            BACKTEST_WINDOWS,
            BACKTEST_WINDOWS,
        )
        if not len(series):
            return fitted.backtest
        methods = compared(self.model_name, fitted.model, fitted.linear, panel, fitted.look_back)
        return backtest(
            panel, rows[series], origins, self.horizon, fitted.look_back, self.model_name, methods
        )

    def save(self, path: str | Path) -> None:
        """Write the fitted model as a folder of JSON and safetensors, whole or not at all."""
        from unspool.tasks.saving import save

        save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Forecaster:
        """What `save` wrote. Reads numbers and settings only: nothing in it can run."""
        from unspool.tasks.saving import load

        return load(Path(path))

    def _load(self, frame: Any, fitted: Fitted | None = None) -> tuple[Panel, str]:
        """The panel of a path or a frame, and what kind it was.

        fitted: whose frequency the table has, which a few rows would not show by themselves.
        """
        options = self.table or TableOptions()
        if fitted is not None and options.frequency is None:
            options = replace(options, frequency=fitted.panel.frequency.code)
        table = open_table(frame, options)
        panel, _ = load_panel(table, options)
        if fitted is not None:
            check_frequency(panel, fitted, table.source)
        return panel, table.kind

    @property
    def fitted(self) -> Fitted:
        """`fitted_`; raises NotFittedError where there is none."""
        if self.fitted_ is None:
            raise NotFittedError("this Forecaster has not been fitted: call fit(frame) first")
        return self.fitted_


def _checked(panel: Panel, fitted: Fitted) -> Panel:
    """The panel with the season of the fitted one; raises DataError if their steps differ."""
    check_size(panel)
    check_frequency(panel, fitted)
    return panel if panel is fitted.panel else replace(panel, season=fitted.panel.season)


def check_frequency(
    panel: Panel, fitted: Fitted, source: str = "the table", spelling: Spelling = "python"
) -> None:
    """Raise DataError if a panel's step is not the one that was fitted.

    source: what the error calls the table. spelling: how it spells the options that would mend it.
    """
    own, expected = panel.frequency, fitted.panel.frequency
    if own.label == expected.label:
        return
    cure = f"frequency={expected.code!r}, resample='mean'"
    if spelling == "cli":
        cure = f"--frequency {expected.code} --resample mean"
    raise DataError(
        f"{source}: its rows are {own.label}, those that the model was fitted to {expected.label}; "
        f"bring them to that step ({cure}), or fit a model to them"
    )


def check_horizon(horizon: object) -> None:
    """Raise UsageError unless a horizon is a whole number of at least 1."""
    arguments.whole("horizon", horizon)
