"""The chapter's benchmark: its arithmetic, and that the other side gets the same work."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest


def results(figures: list[float], improved: list[float | None]) -> list[Any]:
    return [
        SimpleNamespace(figure=figure, improved_figure=better, seconds=2.0)
        for figure, better in zip(figures, improved, strict=True)
    ]


@pytest.mark.parametrize(
    ("figures", "improved", "reached", "passed"),
    [
        ([0.0084, 0.0086, 0.0099], [0.004, 0.009, 0.005], True, True),
        ([0.0084, 0.0087, 0.0087], [0.0085, 0.0085, 0.004], False, False),  # the median
        ([0.00855, 0.0086, 0.0086], [None, None, None], False, None),  # the best seed
    ],
)
def test_the_median_meets_the_weaker_figure_and_the_best_seed_the_stronger(
    figures: list[float], improved: list[float | None], reached: bool, passed: bool | None
) -> None:
    from benchmarks.chapter.report import figures_row

    from unspool.chapter.registry import Entry

    entry = Entry("lstm", 16, "", (0.0085, 0.0086))
    row = figures_row(entry, results(figures, improved))
    assert (row["reached"], row["passed"]) == (reached, passed)
    assert row["median"] == figures[1]
    assert row["best"] == min(figures)


def test_where_more_is_better_the_best_is_the_highest() -> None:
    from benchmarks.chapter.report import figures_row

    from unspool.chapter.registry import Entry

    row = figures_row(Entry("reber", 23, "", (1.0,), "accuracy", "higher"), results([1.0], [None]))
    assert row["reached"]
    row = figures_row(
        Entry("reber", 23, "", (1.0,), "accuracy", "higher"), results([0.9, 1.0, 0.99], [None] * 3)
    )
    assert not row["reached"]
    assert row["best"] == 1.0


def test_without_a_figure_of_the_texts_nothing_is_said() -> None:
    from benchmarks.chapter.report import figures_row

    from unspool.chapter.registry import Entry

    row = figures_row(Entry("residual", None, ""), results([0.5], [None]))
    assert row["reached"] is None
    assert row["passed"] is None


def test_the_total_counts_what_both_sides_have_done() -> None:
    from benchmarks.chapter.report import seconds_row, total_row

    ours = {"seconds": 2.0, "compile seconds": 1.0, "figure": 0.5}
    rows = [
        seconds_row("a", ours, {"seconds": 6.0, "figure": 0.5}),
        seconds_row("b", ours, None),
    ]
    assert rows[0]["ratio"] == 3
    total = total_row(rows)
    assert (total["ours s"], total["keras s"], total["ratio"]) == (2, 6, 3)


def test_names_are_read_and_wrong_ones_refused() -> None:
    import typer
    from benchmarks.chapter.__main__ import chosen

    assert chosen("reber, linear") == ["linear", "reber"]
    with pytest.raises(typer.BadParameter, match="got 'liner'"):
        chosen("liner")


def test_everything_that_trains_is_there_in_keras() -> None:
    from benchmarks.chapter.networks import NETWORKS
    from benchmarks.chapter.work import PROCEDURES, work_of

    from unspool.chapter.experiment import Trained
    from unspool.chapter.registry import ENTRIES

    trained = {found.name for found in ENTRIES if isinstance(found.load(), Trained)}
    assert trained | set(PROCEDURES) == set(NETWORKS) | {"strategies", "cells-compared"}
    left_out = {found.name for found in ENTRIES} - trained - set(PROCEDURES)
    assert left_out == {"naive", "sine-naive", "naive-ten", "reber-strings", "attention"}
    assert all(work_of(name, Path()) is None for name in left_out)


def test_the_other_side_gets_the_experiments_arrays_and_settings(tmp_path: Path) -> None:
    from benchmarks.chapter.work import work_of

    from unspool.chapter import reber

    task = work_of("reber", tmp_path, examples=100)
    assert task is not None
    arrays = np.load(task["arrays"])
    training, validation = reber.data()
    np.testing.assert_array_equal(arrays["x"], training.inputs[:100])
    np.testing.assert_array_equal(arrays["y"], training.targets[:100])
    np.testing.assert_array_equal(arrays["lengths"], training.lengths[:100])
    np.testing.assert_array_equal(arrays["vlengths"], validation.lengths[:100])
    settings = reber.experiment.settings
    assert (task["epochs"], task["batch"]) == (settings.epochs, settings.batch)
    assert task["clip_norm"] == settings.clip_norm
    # One rate an update; Keras has one more update an epoch where a batch is not full.
    assert len(task["rates"]) == settings.epochs * 4
    assert task["rates"][0] == pytest.approx(settings.learning_rate)


def test_text_in_pieces_keeps_its_order(tmp_path: Path) -> None:
    from benchmarks.chapter.work import work_of

    from unspool.chapter import text_generator
    from unspool.chapter.experiment import Order

    task = work_of("text-generator", tmp_path, examples=64)
    assert task is not None
    arrays = np.load(task["arrays"])
    _, training, _ = text_generator.data(Order(examples=64))
    second = arrays["x"][task["batch"] : 2 * task["batch"]]
    np.testing.assert_array_equal(second, training.inputs[1])
    assert task["rates"][-1] < task["rates"][0]


def test_small_figures_keep_three_digits_in_a_table() -> None:
    from benchmarks.common import as_table

    cells = as_table([{"a": 0.000037441, "b": 0.0202, "c": 0.0}]).split()
    assert cells == ["a", "b", "c", "3.74e-05", "0.020", "0.000"]
