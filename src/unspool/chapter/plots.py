"""Pictures of an experiment: its learning curve, and forecasts of two series."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from unspool.plots.forecast import ForecastView, plot_forecast
from unspool.plots.learning_curve import plot_learning_curve
from unspool.plots.style import ACTUAL, FORECAST, HISTORY, TEXT_SIZE, dress

if TYPE_CHECKING:
    from unspool.chapter.experiment import Outcome
    from unspool.chapter.running import Result

SERIES = 2  # that a forecast plot shows
# The page's plots are small, and laid out by hand: fitting the layout took most of the time.
PAGE_SIZE = (9.0, 2.7)
PAGE_RESOLUTION = 110
# With y a title stays where it is, and Matplotlib need not lay out all ticks once more to place it.
TITLE: dict[str, Any] = {"fontsize": TEXT_SIZE, "loc": "left", "y": 1.0}


def pictures(result: Result) -> Iterator[tuple[str, Figure]]:
    """Every figure of a result, with a name for its file."""
    name = result.entry.name
    for outcome, form in ((result.outcome, ""), (result.improved, "-improved")):
        if outcome is None:
            continue
        title = f"{name}{form.replace('-', ', ')}"
        losses, forecast = learning_figure(outcome, title), forecast_figure(outcome, title)
        if losses is not None:
            yield f"{name}{form}-learning-curve", losses
        if forecast is not None:
            yield f"{name}{form}-forecast", forecast
        for other, draw in outcome.plots.items():
            yield f"{name}{form}-{other.replace(' ', '-')}", draw()


def learning_figure(outcome: Outcome, title: str) -> Figure | None:
    """The losses after each epoch, None where nothing was trained."""
    history = outcome.history
    if history is None or not history.loss:
        return None
    epochs = np.arange(1, len(history.loss) + 1)
    figure = plot_learning_curve(
        epochs,
        history.loss,
        epochs[: len(history.validation_loss)],
        history.validation_loss,
        title=title,
    )
    figure.axes[0].set_xlabel("epoch", fontsize=TEXT_SIZE)
    return figure


def forecast_figure(outcome: Outcome, title: str) -> Figure | None:
    """The first validation series and their forecasts, None where nothing is forecast."""
    views = forecasts(outcome)
    if not views:
        return None
    longest = max(len(view.values) for view in views)
    return plot_forecast(views, title=title, time_name="time step", history=longest)


def forecasts(outcome: Outcome) -> list[ForecastView]:
    """The first validation series: what was read, the forecast, what came.

    Where there is a forecast at every step it is the last one. Empty unless the inputs are series
    of one value a step, (n, time, 1), of two steps or more, and the predictions values of it,
    (n, [time,] horizon).
    """
    inputs = outcome.inputs
    if (
        isinstance(inputs, tuple)
        or np.ndim(inputs) != 3
        or inputs.shape[1] < 2
        or inputs.shape[2] != 1
        or np.ndim(outcome.predictions) not in (2, 3)
    ):
        return []
    if not np.issubdtype(inputs.dtype, np.floating):
        return []
    views = []
    for row in range(min(SERIES, len(inputs))):
        predicted, came = outcome.predictions[row], outcome.targets[row]
        if predicted.ndim == 2:
            predicted, came = predicted[-1], came[-1]
        time = inputs.shape[1]
        views.append(
            ForecastView(
                label=f"validation series {row + 1}",
                times=np.arange(time),
                values=np.asarray(inputs[row, :, 0], np.float64),
                future_times=np.arange(time, time + len(predicted)),
                forecast=np.asarray(predicted, np.float64),
                actual=np.asarray(came, np.float64),
            )
        )
    return views


def page_picture(outcome: Outcome, improved: Outcome | None) -> bytes | None:
    """Learning curve and forecasts beside each other as PNG, None where there is neither."""
    views = forecasts(outcome)
    history = outcome.history
    panels = len(views) + (history is not None)
    if not panels:
        return None
    figure = Figure(figsize=PAGE_SIZE, dpi=PAGE_RESOLUTION)
    FigureCanvasAgg(figure)
    grid = figure.subplots(1, 3)
    figure.subplots_adjust(left=0.065, right=0.99, bottom=0.27, top=0.9, wspace=0.22)
    places = list(grid)
    if history is not None:
        _draw_losses(places.pop(0), outcome, improved)
    for view in views:
        _draw_forecast(places.pop(0), view)
    for axes in places:
        axes.set_visible(False)
    return png(figure)


def png(figure: Figure) -> bytes:
    """A figure as PNG, at its own resolution."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _draw_losses(axes: Axes, outcome: Outcome, improved: Outcome | None) -> None:
    dress(axes)
    axes.set_title("loss by epoch, logarithmic", **TITLE)
    for run, style, name in ((outcome, "-", ""), (improved, ":", ", improved")):
        if run is None or run.history is None:
            continue
        epochs = np.arange(1, len(run.history.loss) + 1)
        axes.semilogy(
            epochs, run.history.loss, style, color=HISTORY, linewidth=1.1, label=f"training{name}"
        )
        validated = run.history.validation_loss
        axes.semilogy(
            epochs[: len(validated)],
            validated,
            style,
            color=FORECAST,
            linewidth=1.3,
            label=f"validation{name}",
        )
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    _explain(axes, columns=2)


def _draw_forecast(axes: Axes, view: ForecastView) -> None:
    dress(axes)
    axes.set_title(view.label, **TITLE)
    axes.plot(view.times, view.values, color=HISTORY, linewidth=1.0, label="read")
    marker = "o" if len(view.forecast) < 2 else None
    if view.actual is not None:
        axes.plot(view.future_times, view.actual, color=ACTUAL, marker=marker, label="what came")
    axes.plot(view.future_times, view.forecast, color=FORECAST, marker=marker, label="forecast")
    for line in axes.lines[1:]:
        line.set_linewidth(1.3)
        line.set_markersize(3.5)
    _explain(axes)


def _explain(axes: Axes, columns: int = 3) -> None:
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12),
        ncols=columns,
        frameon=False,
        fontsize=TEXT_SIZE - 2.5,
        handlelength=1.4,
        columnspacing=1.0,
    )
