"""The norm of a gradient against the distance in time, of new cells and of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from unspool.errors import UsageError
from unspool.plots.style import (
    ACTUAL,
    FORECAST,
    HISTORY,
    MUTED,
    TEXT_SIZE,
    TITLE_SIZE,
    caption,
    dress,
    literal,
    logarithmic,
    new_figure,
)

# What lies beyond is drawn as leaving the panel.
SMALLEST, LARGEST = 1e-9, 1e6
COLOURS = (ACTUAL, HISTORY, FORECAST)
LEGEND: dict[str, Any] = {
    "frameon": False,
    "fontsize": TEXT_SIZE - 1.5,
    "title_fontsize": TEXT_SIZE - 1.5,
    "handlelength": 2.2,
}
DASHES = ((0, (4, 1.5)), "solid", (0, (1, 1)))


@dataclass(frozen=True)
class Curve:
    """A model's norms against distance.

    name: of what, for the legend. norms: (distances,), from distance `first` on. group: curves of
    one group have one colour. new: before training, drawn dashed.
    """

    name: str
    norms: NDArray[np.floating]
    first: int
    group: int = 0
    new: bool = False


def plot_gradient_norm(
    cells: Mapping[str, NDArray[np.floating]],
    scales: Sequence[float],
    states: Sequence[Curve],
    inputs: Sequence[Curve],
    *,
    title: str = "",
    explanation: str = "",
) -> Figure:
    """A figure with a panel for every kind of cell, three in a row, and below them the model.

    cells: by name, (scales, seeds, distances), the norm of d h(T) / d s(T-d) for d = 1, 2, ...;
    the geometric mean over the seeds is a line, all of them lie in the band around it. scales: by
    what the recurrent weights were multiplied. states: the same norm of the model's own layers,
    `inputs` that of its newest output with respect to what it reads; where one is empty, its panel
    is left out. explanation: what is seen, in a few sentences below.
    Raises UsageError where shapes do not fit, or there is nothing to draw.
    """
    _check(cells, scales)
    below = [
        ("the model's layers: newest output over earlier states", states),
        ("the model: newest output over inputs", inputs),
    ]
    below = [(name, curves) for name, curves in below if curves]
    rows = -(-len(cells) // 3) + bool(below)
    if not rows:
        raise UsageError("there is no gradient to plot")
    figure = new_figure(9.0, 0.9 + 2.1 * rows)
    grid = figure.add_gridspec(rows, 6)
    first: Axes | None = None
    for place, (name, norms) in enumerate(cells.items()):
        row, column = divmod(place, 3)
        axes = figure.add_subplot(
            grid[row, 2 * column : 2 * column + 2], sharex=first, sharey=first
        )
        first = first or axes
        _draw_cell(axes, name, norms, scales)
        axes.tick_params(labelleft=column == 0)
        if place == len(cells) - 1:
            axes.legend(loc="lower left", title="recurrent weights", **LEGEND)
        if column == 0:
            axes.set_ylabel("norm of the gradient", fontsize=TEXT_SIZE - 1)
    for place, (name, curves) in enumerate(below):
        width = 6 // len(below)
        axes = figure.add_subplot(grid[rows - 1, width * place : width * (place + 1)])
        _draw_curves(axes, name, curves)
        axes.set_xlabel("distance in steps", fontsize=TEXT_SIZE - 1)
        if place == 0:
            axes.set_ylabel("norm of the gradient", fontsize=TEXT_SIZE - 1)
    if title:
        literal(figure.suptitle(title, fontsize=TITLE_SIZE, x=0.01, ha="left"))
    if explanation:
        caption(figure, explanation)
    return figure


def _check(cells: Mapping[str, NDArray[np.floating]], scales: Sequence[float]) -> None:
    for name, norms in cells.items():
        if norms.ndim != 3 or len(norms) != len(scales) or len(scales) > len(COLOURS):
            raise UsageError(
                f"{name}: norms have the shape (scales, seeds, distances) with {len(scales)} "
                f"scales, at most {len(COLOURS)}, got {norms.shape}"
            )


def _draw_cell(axes: Axes, name: str, norms: NDArray[np.floating], scales: Sequence[float]) -> None:
    _dress(axes)
    distances = np.arange(1, norms.shape[2] + 1)
    for scale, colour, dashes, of_seeds in zip(scales, COLOURS, DASHES, norms, strict=False):
        # 0 has no place on a logarithmic axis: far below its end will do.
        logs = np.log(np.maximum(of_seeds, SMALLEST**3))
        axes.fill_between(
            distances,
            np.exp(logs.min(axis=0)),
            np.exp(logs.max(axis=0)),
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        axes.plot(
            distances,
            np.exp(logs.mean(axis=0)),
            color=colour,
            linestyle=dashes,
            linewidth=1.4,
            label=f"times {scale:g}",
        )
    logarithmic(axes, SMALLEST, LARGEST)
    literal(axes.set_title(name, fontsize=TEXT_SIZE, loc="left"))


def _draw_curves(axes: Axes, name: str, curves: Sequence[Curve]) -> None:
    _dress(axes)
    lines = []
    for curve in curves:
        norms = np.asarray(curve.norms, np.float64)
        lines += axes.plot(
            np.arange(curve.first, curve.first + len(norms)),
            np.where(norms > 0, norms, np.nan),
            color=(FORECAST, ACTUAL, HISTORY, MUTED)[curve.group % 4],
            linestyle=DASHES[0] if curve.new else "solid",
            linewidth=1.4,
        )
    every = np.concatenate([curve.norms for curve in curves])
    largest = float(every.max(initial=0)) or 1.0
    smallest = float(every[every > 0].min(initial=largest))
    bottom, top = max(smallest / 2, largest * SMALLEST), largest * 2
    columns = 1 if len(curves) <= 2 else 2
    room = 0.13 * -(-len(curves) // columns)  # of the panel's height, for the legend
    logarithmic(axes, bottom, top * (top / bottom) ** (room / (1 - room)))
    names = [curve.name for curve in curves]
    axes.legend(lines, names, loc="upper right", ncols=columns, **LEGEND)
    literal(axes.set_title(name, fontsize=TEXT_SIZE, loc="left"))


def _dress(axes: Axes) -> None:
    dress(axes)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    axes.margins(x=0.02)
