"""What a translator looked at: the weights of attention as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from unspool.errors import UsageError
from unspool.plots.style import MUTED, TEXT_SIZE, TITLE_SIZE, caption, literal, new_figure

# Inches that a symbol takes along either axis, and the longest side of a picture.
CELL = 0.27
LONGEST = 14.0
# Longer words are cut in the labels.
WIDEST_LABEL = 16


def plot_attention(
    weights: NDArray[Any],
    source: Sequence[str],
    target: Sequence[str],
    *,
    title: str = "",
    explanation: str = "",
) -> Figure:
    """A figure with the source along x, the target down along y, and a cell for each pair of steps.

    weights: (target steps, source steps), those of a target step sum to 1; the darker, the larger.
    Raises UsageError where the shapes do not fit or there is nothing.
    """
    shown = np.asarray(weights, np.float64)
    if shown.shape != (len(target), len(source)) or not shown.size:
        raise UsageError(
            f"weights must be of shape (target steps, source steps), here ({len(target)}, "
            f"{len(source)}) and not empty, got {shown.shape}"
        )
    x_names, y_names = [_label(name) for name in source], [_label(name) for name in target]
    wide, high = max(map(len, x_names)), max(map(len, y_names))
    figure = new_figure(
        min(LONGEST, 2.2 + 0.08 * high + CELL * len(source)),
        min(LONGEST, 1.6 + 0.08 * wide + CELL * len(target) + (0.5 if explanation else 0)),
    )
    axes = figure.subplots()
    picture = axes.imshow(shown, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for axis, names in ((axes.xaxis, x_names), (axes.yaxis, y_names)):
        every = max(1, -(-len(names) // 60))  # more labels than that would run into each other
        axis.set_ticks(range(0, len(names), every), names[::every])
    if wide > 1:
        axes.tick_params(axis="x", labelrotation=90)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0, labelsize=TEXT_SIZE, labelcolor="black")
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        literal(label)
    for side in axes.spines.values():
        side.set_color(MUTED)
        side.set_linewidth(0.7)
    axes.set_xlabel("source", fontsize=TEXT_SIZE)
    axes.set_ylabel("target", fontsize=TEXT_SIZE)
    bar = figure.colorbar(picture, ax=axes, fraction=0.04, pad=0.02)
    bar.set_label("weight", fontsize=TEXT_SIZE)
    bar.ax.tick_params(labelsize=TEXT_SIZE - 1, length=0)
    bar.outline.set_visible(False)
    if title:
        literal(figure.suptitle(title, fontsize=TITLE_SIZE, x=0.01, ha="left"))
    if explanation:
        caption(figure, explanation)
    return figure


def _label(symbol: str) -> str:
    """A symbol as it is written beside an axis; a space would not be seen."""
    if symbol == " ":
        return "␣"
    return symbol if len(symbol) <= WIDEST_LABEL else symbol[: WIDEST_LABEL - 1] + "…"
