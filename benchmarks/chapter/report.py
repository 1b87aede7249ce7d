"""Rows of the tables."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from unspool.chapter.registry import Entry
from unspool.chapter.running import Result


def figures_row(entry: Entry, results: Sequence[Result]) -> dict[str, Any]:
    """Median and best of the seeds beside the texts' figures, and so for the improved form.

    `reached`: the median is at least as good as the texts' weaker figure and the best seed as good
    as their stronger one. `passed`: the improved median is better than the stronger figure. None
    where there is nothing to compare.
    """
    row: dict[str, Any] = {"experiment": entry.name, "row": entry.row, "measure": entry.measure}
    row |= {"texts": entry.text_figure, "texts' best": entry.text_figure_best}
    plain = [result.figure for result in results if result.figure is not None]
    better = [result.improved_figure for result in results if result.improved_figure is not None]
    row |= {"median": _median(plain), "best": _best(entry, plain), "reached": None}
    row |= {"improved median": _median(better), "improved best": _best(entry, better)}
    row |= {"passed": None, "s": statistics.median(result.seconds for result in results)}
    if entry.text_figure is None or entry.text_figure_best is None:
        return row
    if plain:
        row["reached"] = _as_good(entry, row["median"], entry.text_figure) and _as_good(
            entry, row["best"], entry.text_figure_best
        )
    if better:
        row["passed"] = row["improved median"] != entry.text_figure_best and _as_good(
            entry, row["improved median"], entry.text_figure_best
        )
    return row


def seconds_row(
    name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Seconds of an experiment on both sides, and how many times as long the other takes."""
    row = {
        "experiment": name,
        "ours s": ours["seconds"],
        "of it compiling s": ours["compile seconds"],
        "keras s": None if theirs is None else theirs["seconds"],
        "ratio": None if theirs is None else theirs["seconds"] / ours["seconds"],
        "our figure": ours["figure"],
        "keras figure": None if theirs is None else theirs["figure"],
    }
    return row


def total_row(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The sums over the experiments that both sides have done."""
    both = [row for row in rows if row["keras s"] is not None]
    ours, theirs = (sum(row[name] for row in both) for name in ("ours s", "keras s"))
    return {
        "experiment": f"all {len(both)}, one after the other",
        "ours s": ours,
        "keras s": theirs,
        "ratio": theirs / ours if ours else None,
    }


def _median(figures: Sequence[float]) -> float | None:
    return statistics.median(figures) if figures else None


def _best(entry: Entry, figures: Sequence[float]) -> float | None:
    if not figures:
        return None
    return min(figures) if entry.better == "lower" else max(figures)


def _as_good(entry: Entry, figure: float, asked: float) -> bool:
    return figure <= asked if entry.better == "lower" else figure >= asked
