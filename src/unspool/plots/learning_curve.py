"""The learning curve: training and validation loss by step, and the step that was kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray

from unspool.errors import UsageError
from unspool.plots.style import (
    ACTUAL,
    FORECAST,
    HISTORY,
    MUTED,
    TEXT_SIZE,
    TITLE_SIZE,
    dress,
    explain,
    literal,
    new_figure,
)

# Above this many steps single losses are drawn faintly and their running mean on top.
MOST_PLAIN_STEPS = 200
# Losses that span more than this are shown on a logarithmic axis, which says so.
WIDEST_LINEAR = 20.0


def plot_learning_curve(
    steps: ArrayLike,
    training_loss: ArrayLike,
    validation_steps: ArrayLike,
    validation_loss: ArrayLike,
    kept_step: int | None = None,
    *,
    loss_name: str = "loss",
    title: str = "",
) -> Figure:
    """A figure of the losses.

    steps, training_loss: (steps,); validation_steps, validation_loss: (measurements,), which may
    be empty. kept_step: the step whose weights were kept, marked; None marks nothing. loss_name:
    what the loss is, with its unit. Raises UsageError where lengths differ or there is no loss.
    """
    at, training = _pair("training", steps, training_loss)
    measured_at, validation = _pair("validation", validation_steps, validation_loss)
    if not len(at):
        raise UsageError("there is no training loss to plot")
    figure = new_figure(7.5, 4.0)
    axes = figure.subplots()
    dress(axes)
    window = len(at) // 100
    if len(at) > MOST_PLAIN_STEPS:
        axes.plot(at, training, color=MUTED, linewidth=0.5, alpha=0.45)
        axes.plot(
            at[window - 1 :],
            np.convolve(training, np.ones(window) / window, mode="valid"),
            color=HISTORY,
            linewidth=1.2,
            label=f"training, mean of the last {window} steps" if window > 1 else "training",
        )
    else:
        # A single loss would be a line of no length.
        single: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(at) == 1 else {}
        axes.plot(at, training, color=HISTORY, linewidth=1.2, label="training", **single)
    if len(measured_at):
        marker = "o" if len(measured_at) <= 60 else None
        axes.plot(
            measured_at,
            validation,
            color=FORECAST,
            linewidth=1.4,
            marker=marker,
            markersize=2.5,
            label="validation",
        )
    if kept_step is not None:
        axes.axvline(kept_step, color=ACTUAL, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.plot(
            [], [], color=ACTUAL, linewidth=0.9, linestyle=(0, (4, 2)), label=_kept(kept_step)
        )
        at_kept = validation[measured_at == kept_step]
        if len(at_kept):
            axes.plot([kept_step], at_kept[:1], "o", color=ACTUAL, markersize=5)

    losses = np.concatenate([training, validation])
    name = loss_name
    if losses.min() > 0 and losses.max() > WIDEST_LINEAR * losses.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        name = f"{loss_name}, logarithmic axis"
    every = np.unique(np.concatenate([at, measured_at]))
    axes.xaxis.set_major_locator(
        MaxNLocator(8, integer=True) if len(every) > 1 else FixedLocator(every.tolist())
    )
    axes.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))
    axes.margins(x=0.02)
    axes.set_xlabel("training step", fontsize=TEXT_SIZE)
    literal(axes.set_ylabel(name, fontsize=TEXT_SIZE))
    if title:
        literal(axes.set_title(title, fontsize=TITLE_SIZE, loc="left"))
    explain(figure)
    return figure


def _kept(step: int) -> str:
    return f"kept: step {step:,}"


def _pair(
    which: str, steps: ArrayLike, losses: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    at, values = np.asarray(steps, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if at.ndim != 1 or at.shape != values.shape or not np.isfinite(values).all():
        raise UsageError(
            f"{which}: steps and losses must be finite and of one shape (steps,), got {at.shape} "
            f"and {values.shape}"
        )
    return at, values
