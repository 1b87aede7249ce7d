"""The forecast plot: the end of each series, its forecast, the intervals, what really came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from unspool.errors import UsageError
from unspool.plots.dates import DateLabels
from unspool.plots.style import (
    ACTUAL,
    FORECAST,
    HISTORY,
    TEXT_SIZE,
    TITLE_SIZE,
    dress,
    explain,
    literal,
    new_figure,
)

MOST_SERIES = 12
FEWEST_HISTORY = 40
SHADES = (0.34, 0.17)  # of the inner and the outer interval
LONGEST_LABEL = 40


@dataclass(frozen=True)
class ForecastView:
    """What is drawn of one series.

    label: the series' name. times, values: (history,), the history, int64 or datetime64 times as
    a person should read them (local time). future_times, forecast: (horizon,). bounds:
    "lower_80", "upper_80", ... -> (horizon,), any levels or none. actual: (horizon,), what came,
    NaN where it is not known; None if nothing is.
    """

    label: str
    times: NDArray[np.generic]
    values: NDArray[np.float64]
    future_times: NDArray[np.generic]
    forecast: NDArray[np.float64]
    bounds: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    actual: NDArray[np.float64] | None = None


def plot_forecast(
    views: Sequence[ForecastView],
    *,
    title: str = "",
    value_name: str = "",
    time_name: str = "",
    history: int | None = None,
    total: int | None = None,
) -> Figure:
    """A figure with a small plot for each of the first `MOST_SERIES` views.

    value_name, time_name: what the axes measure, as the columns are called. history: how many
    steps of history are shown (left out: four times the horizon, at least `FEWEST_HISTORY`).
    total: how many series there are, when not all are in `views`; what is not shown is said.
    Every series has a vertical axis of its own, and none is made to begin at 0.
    Raises UsageError where there is no view or the lengths in one differ.
    """
    if not views:
        raise UsageError("there is no series to plot")
    shown = list(views[:MOST_SERIES])
    for view in shown:
        _check(view)
    columns = 1 if len(shown) == 1 else 2 if len(shown) <= 4 else 3
    rows = -(-len(shown) // columns)
    width, height = (9.0, 4.2) if columns == 1 else (10.5, 1.2 + 2.5 * rows)
    figure = new_figure(width, height)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, view in zip(grid.flat, shown, strict=False):
        _draw(axes, view, history)
        if len(shown) > 1:
            literal(axes.set_title(_short(view.label), fontsize=TEXT_SIZE, loc="left"))
    for axes in list(grid.flat)[len(shown) :]:
        axes.set_visible(False)

    every = len(views) if total is None else total
    heading = title or (shown[0].label if len(shown) == 1 else "")
    if every > len(shown):
        heading = f"{heading}{', ' if heading else ''}{len(shown)} of {every:,} series"
    if heading:
        heading = _short(heading, 110)
        literal(figure.suptitle(heading, fontsize=TITLE_SIZE, x=0.01, ha="left"))
    if value_name:
        literal(figure.supylabel(_short(value_name), fontsize=TEXT_SIZE, color=HISTORY))
    if time_name:
        for axes in list(grid.flat)[max(0, len(shown) - columns) : len(shown)]:
            literal(axes.set_xlabel(_short(time_name), fontsize=TEXT_SIZE, color=HISTORY))
    explain(figure)
    return figure


def _draw(axes: Axes, view: ForecastView, history: int | None) -> None:
    horizon = len(view.forecast)
    count = max(4 * horizon, FEWEST_HISTORY) if history is None else history
    times, values = view.times[-count:], view.values[-count:]
    dress(axes)
    lone = horizon == 1
    axes.plot(times, values, color=HISTORY, linewidth=1.1, label="history")
    for level, shade in zip(_levels(view.bounds), SHADES, strict=False):
        lower, upper = view.bounds[f"lower_{level}"], view.bounds[f"upper_{level}"]
        name = f"{level} % interval"
        if lone:  # a band over one step would have no width
            axes.vlines(
                view.future_times, lower, upper, FORECAST, alpha=shade, linewidth=5.0, label=name
            )
        else:
            axes.fill_between(
                view.future_times,
                lower,
                upper,
                color=FORECAST,
                alpha=shade,
                linewidth=0,
                label=name,
            )
    if not lone and len(times):
        joined = (
            np.concatenate([times[-1:], view.future_times[:1]]),
            np.concatenate([values[-1:], view.forecast[:1]]),
        )
        axes.plot(*joined, color=FORECAST, linewidth=0.9, linestyle=(0, (1, 1.5)))
    marker = "o" if horizon <= 2 else None
    axes.plot(
        view.future_times,
        view.forecast,
        color=FORECAST,
        linewidth=1.5,
        marker=marker,
        markersize=4,
        label="forecast",
    )
    if view.actual is not None and np.isfinite(view.actual).any():
        axes.plot(
            view.future_times,
            view.actual,
            color=ACTUAL,
            linewidth=1.0,
            marker="o",
            markersize=4 if lone else 2.2 if horizon <= 60 else 0,
            label="actual",
        )
    axes.margins(x=0.01, y=0.08)
    _label_times(axes, view.times)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(_number))


def _label_times(axes: Axes, times: NDArray[np.generic]) -> None:
    if np.issubdtype(times.dtype, np.datetime64):
        locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(DateLabels())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:.0f}"))


def _number(value: float, _: int | None = None) -> str:
    """A tick's number, thousands parted, without zeros behind."""
    size = abs(value)
    if size and (size >= 1e9 or size < 1e-4):
        return f"{value:.3g}"
    return f"{value:,.10f}".rstrip("0").rstrip(".") if size < 1e6 else f"{value:,.0f}"


def _levels(bounds: Mapping[str, NDArray[np.float64]]) -> list[int]:
    return sorted(int(name.removeprefix("lower_")) for name in bounds if name.startswith("lower_"))


def _short(text: str, longest: int = LONGEST_LABEL) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _check(view: ForecastView) -> None:
    horizon = len(view.forecast)
    lengths = {name: len(bound) for name, bound in view.bounds.items()}
    lengths["future_times"] = len(view.future_times)
    if view.actual is not None:
        lengths["actual"] = len(view.actual)
    wrong = [f"{name} {length}" for name, length in lengths.items() if length != horizon]
    if len(view.times) != len(view.values):
        wrong.append(f"times {len(view.times)} for {len(view.values)} values")
    if not horizon or wrong:
        raise UsageError(
            f"series {view.label!r}: a forecast of {horizon} steps cannot be plotted with "
            f"{', '.join(wrong) or 'nothing in it'}"
        )
