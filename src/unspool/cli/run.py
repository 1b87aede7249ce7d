"""Everything that came of one `unspool forecast`: what the report, the plot and the JSON show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from unspool.cli.actual import Actual
from unspool.data.faults import Report
from unspool.data.panel import Panel
from unspool.evaluation.backtest import Backtest
from unspool.evaluation.verdict import Verdict
from unspool.tasks.fitted import Fitted
from unspool.tasks.forecaster import Forecaster
from unspool.tasks.outcome import Forecasts


@dataclass(frozen=True)
class Run:
    """A finished forecast.

    report: None where a saved model forecast from the rows it keeps. panel: the rows that the
    forecast follows. backtest: None where no series is long enough for one. actual: what came,
    where a table of it was given.
    """

    source: str
    report: Report | None
    panel: Panel
    forecaster: Forecaster
    horizon: int
    forecasts: Forecasts
    columns: pa.Table
    backtest: Backtest | None
    actual: Actual | None
    loaded: bool
    seconds: dict[str, float]

    @property
    def title(self) -> str:
        """What the table is called above a plot."""
        return "standard input" if self.source == "-" else Path(self.source).name

    @property
    def fitted(self) -> Fitted:
        """What fitting made."""
        return self.forecaster.fitted

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended this training."""
        return not self.loaded and self.fitted.interrupted

    @property
    def verdict(self) -> Verdict | None:
        """Whether the model won."""
        return None if self.backtest is None else self.backtest.verdict()
