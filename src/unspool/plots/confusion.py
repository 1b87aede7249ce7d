"""Which classes are taken for which: a matrix of counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from unspool.errors import UsageError
from unspool.plots.style import (
    HISTORY,
    TEXT_SIZE,
    TITLE_SIZE,
    caption,
    literal,
    new_figure,
)

COLOURS = "Blues"
# From this share of a row on, a number is white on dark.
DARK = 0.55
# With more classes the numbers would not fit, with more still the names would not.
MOST_NUMBERS, MOST_NAMES = 30, 60
LONGEST_NAME = 24


def plot_confusion(
    matrix: NDArray[np.integer],
    labels: Sequence[str],
    *,
    title: str = "",
    explanation: str = "",
) -> Figure:
    """A figure of how many of each class (row) are taken for each (column).

    matrix: counts (classes, classes). Colour is the share of a row, so that small classes show as
    well as large ones. Raises UsageError where matrix and labels do not fit.
    """
    counts = np.asarray(matrix)
    size = len(labels)
    if not size or counts.shape != (size, size):
        raise UsageError(
            f"a confusion matrix of {size} classes must be ({size}, {size}), got {counts.shape}"
        )
    side = float(np.clip(1.6 + 0.42 * size, 3.6, 11.0))
    figure = new_figure(side + 1.2, side)
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, cmap=COLOURS, vmin=0, vmax=1)
    bar = figure.colorbar(image, ax=axes, shrink=0.7, aspect=25)
    bar.ax.tick_params(labelsize=TEXT_SIZE - 2, length=2)
    bar.outline.set_visible(False)
    bar.set_label("share of the row", fontsize=TEXT_SIZE - 1)
    for side_name in ("top", "right", "left", "bottom"):
        axes.spines[side_name].set_visible(False)
    if size <= MOST_NAMES:
        names = [_short(label) for label in labels]
        axes.set_xticks(range(size), names, rotation=90 if size > 4 else 0)
        axes.set_yticks(range(size), names)
        for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            literal(text)
    axes.tick_params(labelsize=TEXT_SIZE - 1, length=0, labelcolor=HISTORY)
    axes.set_xlabel("told", fontsize=TEXT_SIZE)
    axes.set_ylabel("is", fontsize=TEXT_SIZE)
    if size <= MOST_NUMBERS:
        for row, column in np.argwhere(counts):
            axes.text(
                column,
                row,
                f"{counts[row, column]:,}",
                ha="center",
                va="center",
                fontsize=TEXT_SIZE - 2,
                color="white" if shares[row, column] > DARK else HISTORY,
            )
    if title:
        literal(figure.suptitle(title, fontsize=TITLE_SIZE, x=0.01, ha="left"))
    if explanation:
        caption(figure, explanation)
    return figure


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_NAME else label[: LONGEST_NAME - 1] + "…"
