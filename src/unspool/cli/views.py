"""The figures of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unspool.cli.run import Run
from unspool.data.zones import Zone
from unspool.plots.forecast import MOST_SERIES, ForecastView, plot_forecast
from unspool.plots.learning_curve import plot_learning_curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def forecast_figure(run: Run) -> Figure:
    """History, forecast and intervals of the first series."""
    panel, columns = run.panel, run.forecasts.columns
    layout = panel.layout
    shown = min(panel.n_series, MOST_SERIES)
    future = panel.select(np.arange(shown)).future_times(run.horizon)
    views = []
    for row in range(shown):
        times, values = panel.series(row)
        views.append(
            ForecastView(
                label=label(panel.ids[row]),
                times=local(times, layout.zone),
                values=values,
                future_times=local(future[row], layout.zone),
                forecast=columns["forecast"][row],
                bounds={name: made[row] for name, made in columns.items() if name != "forecast"},
                actual=None if run.actual is None else run.actual.values[row],
            )
        )
    return plot_forecast(
        views,
        title=f"{run.title}: {run.forecaster.model_name}, {run.horizon} ahead",
        value_name="" if layout.kind == "wide" else layout.target_name,
        time_name=layout.time_name or "",
        total=panel.n_series,
    )


def learning_figure(run: Run) -> Figure:
    """Losses of the first network's training."""
    histories = [history for history in run.fitted.histories if history.check_errors]
    first = histories[0]
    title = f"{run.title}: {run.forecaster.model_name}"
    if len(histories) > 1:
        title += f", the first of {len(histories)} networks"
    return plot_learning_curve(
        np.arange(1, len(first.losses) + 1),
        first.losses,
        first.check_steps,
        first.check_errors,
        first.best_step,
        loss_name="mean absolute error, in deviations of each window",
        title=title,
    )


def label(name: object) -> str:
    """A series' name as the summary writes it: `bus`, or `store 7 / milk`."""
    return " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def local(times: npt.NDArray[np.generic], zone: str | None) -> npt.NDArray[np.generic]:
    """Times as a clock on the wall shows them; without a zone, and integers, as they are."""
    if zone is None or times.dtype.kind != "M":
        return times
    return Zone(zone).to_local(times.astype(np.int64)).astype("datetime64[us]")
