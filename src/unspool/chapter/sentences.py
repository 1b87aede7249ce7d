"""What is said of an experiment and its result, on the terminal and on the page."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from unspool.chapter.registry import Entry
from unspool.chapter.traps import TRAPS
from unspool.training.epochs import Epochs

if TYPE_CHECKING:
    from unspool.chapter.running import Result
    from unspool.training.supervised import Examples


def figure_text(figure: float | None) -> str:
    """A figure to four digits, empty where there is none."""
    if figure is None:
        return ""
    return f"{figure:.4f}" if figure > 0.99995 else f"{figure:.4g}"


def texts_figures(entry: Entry) -> str:
    """The weaker and the stronger figure of the texts: "0.0086, 0.0085"; empty without any."""
    if entry.text_figure is None:
        return ""
    both = (entry.text_figure, entry.text_figure_best)
    return ", ".join(dict.fromkeys(figure_text(figure) for figure in both))


def reached(entry: Entry, figure: float | None) -> bool | None:
    """Whether a figure is at least as good as the texts' weaker; None where that makes no sense."""
    if figure is None or entry.text_figure is None:
        return None
    return figure <= entry.text_figure if entry.better == "lower" else figure >= entry.text_figure


def heading(entry: Entry) -> str:
    """Name, row and system."""
    row = f" (row {entry.row})" if entry.row else ""
    return f"{entry.name}{row}: {entry.what}"


def story(entry: Entry) -> list[str]:
    """The paragraphs at the head of the experiment's file."""
    text = inspect.getdoc(entry.file()) or ""
    return [" ".join(part.split()) for part in text.split("\n\n")]


def of_data(training: Examples, validation: Examples) -> str:
    """How many examples there are, and their shapes."""
    import jax
    import numpy as np

    def shapes(tree: object) -> str:
        return " and ".join(str(np.shape(leaf)[1:]) for leaf in jax.tree.leaves(tree))

    counts = [len(jax.tree.leaves(part.targets)[0]) for part in (training, validation)]
    return (
        f"data: {counts[0]:,} examples to train on, {counts[1]:,} to validate on; inputs "
        f"{shapes(training.inputs)}, targets {shapes(training.targets)}"
    )


def of_settings(settings: Epochs) -> str:
    """The settings of a training."""
    name = {"adam": "Adam", "nadam": "Nadam"}[settings.optimiser]
    rate = f"learning rate {settings.learning_rate:g}"
    if settings.schedule != "constant":
        rate += f" at most, {settings.schedule}"
    epochs = f"{settings.epochs} epoch{'s' if settings.epochs > 1 else ''}"
    said = [name, rate, epochs, f"batches of {settings.batch}"]
    if settings.clip_norm is not None:
        said.append(f"gradient clipped to norm {settings.clip_norm:g}")
    if settings.clip_value is not None:
        said.append(f"gradient clipped to values of {settings.clip_value:g}")
    if settings.patience is not None:
        said.append(f"early stopping after {settings.patience} epochs")
    return f"training: {', '.join(said)}"


def lines(result: Result, *, with_trap: bool = True) -> list[str]:
    """What came of it, a sentence a line."""
    entry, made = result.entry, []
    if result.figure is not None:
        made.append(f"{entry.measure} {result.figure:.5g}{_beside(entry, result.figure)}")
    made += result.outcome.findings
    if result.improved_figure is not None:
        beside = _beside(entry, result.improved_figure)
        made.append(
            f"improved ({result.how}): {entry.measure} {result.improved_figure:.5g}{beside}"
        )
    elif result.why_not_improved:
        made.append(f"not improved: {result.why_not_improved}")
    if with_trap and entry.trap is not None:
        trap = TRAPS[entry.trap]
        made.append(
            f"trap {entry.trap}, {trap.title.lower()}. Wrong: {trap.wrong} Right: {trap.right}"
        )
    history = result.outcome.history
    compiling = f", {history.compile_seconds:.1f} of it compiling" if history else ""
    epochs = ""
    if history is not None and history.stopped != "epochs":
        epochs = f"stopped after epoch {len(history.loss)} ({history.stopped}); "
    made.append(f"{epochs}{result.seconds:.1f} s{compiling}")
    return made


def _beside(entry: Entry, figure: float) -> str:
    if entry.text_figure is None:
        return ""
    better = "at least as good" if reached(entry, figure) else "not as good"
    return f"; the texts have {texts_figures(entry)}: {better}"
