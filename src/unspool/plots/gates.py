"""The inside of a recurrent layer: what it read, and its gates and states, unit by unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from unspool.errors import UsageError
from unspool.plots.style import (
    HISTORY,
    TEXT_SIZE,
    TITLE_SIZE,
    caption,
    dress,
    literal,
    new_figure,
)

# From nothing to all in one hue; from negative to positive in two, with white for 0.
SHARE = "Blues"
SIGNED = "PuOr_r"
MOST_LINES = 6


@dataclass(frozen=True)
class Part:
    """What a layer computed at every step.

    name: "forget gate"; meaning: what a high value does, in a few words. values: (time, units).
    share: they are 0 to 1; else they are of both signs and drawn on a scale of their own.
    """

    name: str
    meaning: str
    values: NDArray[np.floating]
    share: bool


def plot_gates(
    series: NDArray[np.floating],
    parts: Sequence[Part],
    *,
    series_name: str = "what the layer reads",
    title: str = "",
    explanation: str = "",
) -> Figure:
    """A figure with the series on top and a map of each part below, all on one axis of time.

    series: (time,) or (time, features), of which the first `MOST_LINES` are drawn. In a map every
    unit is a line of its own, in the order of `values`, and colour is its value. explanation: what
    is seen, in a few sentences below.
    Raises UsageError where there is no part, or one has another number of steps than the series.
    """
    drawn = np.asarray(series, np.float64)
    drawn = drawn.reshape(len(drawn), -1)
    if not parts:
        raise UsageError("there is no gate or state to plot")
    for part in parts:
        if part.values.ndim != 2 or len(part.values) != len(drawn):
            raise UsageError(
                f"{part.name} must have the shape ({len(drawn)}, units), got {part.values.shape}"
            )
    heights = [1.0] + [_height(part) for part in parts]
    figure = new_figure(7.5, 0.9 + 1.25 * sum(heights))
    grid = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    top, *maps = grid
    dress(top)
    steps = np.arange(1, len(drawn) + 1)
    for feature in drawn.T[:MOST_LINES]:
        top.plot(steps, feature, color=HISTORY, linewidth=1.1)
    more = f" (the first {MOST_LINES} of {drawn.shape[1]})" if drawn.shape[1] > MOST_LINES else ""
    literal(top.set_title(series_name + more, fontsize=TEXT_SIZE, loc="left"))
    for axes, part in zip(maps, parts, strict=True):
        image = _draw(axes, part)
        bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=12, fraction=0.05)
        bar.ax.tick_params(labelsize=TEXT_SIZE - 2, length=2)
        bar.locator = MaxNLocator(3)
        bar.outline.set_visible(False)
        bar.update_ticks()
    maps[-1].set_xlabel("step", fontsize=TEXT_SIZE)
    maps[-1].xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
    top.margins(x=0)
    top.set_xlim(0.5, len(drawn) + 0.5)
    if title:
        literal(figure.suptitle(title, fontsize=TITLE_SIZE, x=0.01, ha="left"))
    if explanation:
        caption(figure, explanation)
    return figure


def _height(part: Part) -> float:
    """Room for the units to be told apart, as long as they are few."""
    return float(np.clip(part.values.shape[1] / 20, 0.6, 1.4))


def _draw(axes: Axes, part: Part) -> AxesImage:
    time, units = part.values.shape
    furthest = float(np.abs(part.values).max()) or 1.0
    low, high = (0.0, 1.0) if part.share else (-furthest, furthest)
    image = axes.imshow(
        part.values.T,
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, time + 0.5, units + 0.5, 0.5),
        cmap=SHARE if part.share else SIGNED,
        vmin=low,
        vmax=high,
    )
    dress(axes)
    axes.grid(visible=False)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.set_ylabel("unit", fontsize=TEXT_SIZE - 1)
    literal(axes.set_title(f"{part.name}: {part.meaning}", fontsize=TEXT_SIZE, loc="left"))
    return image
