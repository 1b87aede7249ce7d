"""The receptive field: what the newest output of convolutions is made of, and how much of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from unspool.errors import UsageError
from unspool.plots.style import (
    ACTUAL,
    FORECAST,
    GRID,
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

# Above these, lines would run into each other: what each layer sees is drawn as a bar instead.
MOST_STEPS = 80
MOST_CONNECTIONS = 1200


@dataclass(frozen=True)
class Level:
    """One convolution. name: "kernel 2, dilation 4".

    joined: pairs (above, below), how many steps back an output stands and an input that it is made
    of, of all that the newest output of the topmost level is made of.
    """

    name: str
    joined: Sequence[tuple[int, int]]


def plot_receptive_field(
    levels: Sequence[Level],
    oldest: int,
    gradient: NDArray[np.floating],
    *,
    title: str = "",
    explanation: str = "",
) -> Figure:
    """A figure with the tree of connections on top, and the gradient's norm at every step below.

    levels: the lowest first. oldest: how many steps back the field begins. gradient: (time,), the
    norm of the derivative of the newest output with respect to the input d steps back.
    explanation: what is seen, in a few sentences below.
    Raises UsageError where there is no level, or one joins nothing.
    """
    if not levels or not all(level.joined for level in levels):
        raise UsageError("a receptive field has at least one level, and each joins something")
    norms = np.asarray(gradient, np.float64)
    # A little beyond the field, where there is something: that nothing comes from there is news.
    shown = min(len(norms), oldest + 1 + max(2, oldest // 8))
    connections = sum(len(level.joined) for level in levels)
    as_tree = oldest < MOST_STEPS and connections <= MOST_CONNECTIONS
    upper = 0.5 + (0.42 if as_tree else 0.24) * len(levels)
    figure = new_figure(9.0, 3.2 + upper)
    tree, bars = figure.subplots(2, 1, sharex=True, height_ratios=[upper, 1.7])
    (_draw_tree if as_tree else _draw_spans)(tree, levels, shown)
    _label_levels(tree, levels)
    _draw_bars(bars, norms[:shown], oldest)
    bars.set_xlim(shown - 0.25, -0.75)
    bars.xaxis.set_major_locator(MaxNLocator(10, integer=True, steps=[1, 2, 5, 10]))
    bars.set_xlabel("steps before the newest", fontsize=TEXT_SIZE)
    if title:
        literal(figure.suptitle(title, fontsize=TITLE_SIZE, x=0.01, ha="left"))
    if explanation:
        caption(figure, explanation)
    return figure


def _label_levels(axes: Axes, levels: Sequence[Level]) -> None:
    dress(axes)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)
    axes.tick_params(axis="x", labelbottom=False)
    axes.set_yticks(range(len(levels) + 1), ["input", *(level.name for level in levels)])
    for label in axes.get_yticklabels():
        literal(label)
    axes.set_ylim(-0.4, len(levels) + 0.4)


def _draw_tree(axes: Axes, levels: Sequence[Level], shown: int) -> None:
    """Every unit of the tree a dot, with lines to what it is made of."""
    lines = [
        [(above, height + 1), (below, height)]
        for height, level in enumerate(levels)
        for above, below in level.joined
    ]
    axes.add_collection(LineCollection(lines, colors=FORECAST, linewidths=0.8, alpha=0.65))
    size = 30 if shown <= 40 else 12
    axes.scatter(np.arange(shown), np.zeros(shown), s=size, color=GRID, zorder=2)
    for height, steps in enumerate(_steps(levels)):
        colour = HISTORY if height == 0 else ACTUAL if height == len(levels) else FORECAST
        axes.scatter(steps, np.full(len(steps), height), s=size, color=colour, zorder=3)


def _draw_spans(axes: Axes, levels: Sequence[Level], shown: int) -> None:
    """What is needed of every level, from the oldest to the newest, as a bar."""
    for height, steps in enumerate(_steps(levels)):
        colour = HISTORY if height == 0 else ACTUAL if height == len(levels) else FORECAST
        axes.barh(height, steps[-1] - steps[0] + 1, 0.5, left=steps[0] - 0.5, color=colour)


def _steps(levels: Sequence[Level]) -> list[list[int]]:
    """What is needed of the inputs, and then of every level's outputs: steps back, sorted."""
    below = [sorted({down for _, down in level.joined}) for level in levels]
    return [*below, sorted({up for up, _ in levels[-1].joined})]


def _draw_bars(axes: Axes, norms: NDArray[np.float64], oldest: int) -> None:
    """The gradient's norm against steps back; past the field there is a line and no bar."""
    dress(axes)
    steps = np.arange(len(norms))
    there = norms > 0
    if there.any():
        logarithmic(axes, norms[there].min() / 3, norms.max() * 2)
        axes.bar(steps[there], norms[there], 0.7, color=FORECAST)
    if oldest + 1 < len(norms):
        axes.axvline(oldest + 0.5, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.annotate(
            "end of the field",
            (oldest + 0.5, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(4, -4),
            textcoords="offset points",
            va="top",
            fontsize=TEXT_SIZE - 1,
            color=HISTORY,
        )
    axes.set_title(
        "norm of the newest output's gradient with respect to each input, logarithmic axis",
        fontsize=TEXT_SIZE,
        loc="left",
    )
