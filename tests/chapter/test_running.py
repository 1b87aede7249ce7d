from __future__ import annotations

import threading

import numpy as np
import pytest

from unspool.chapter.running import run, run_all
from unspool.errors import UsageError
from unspool.training.history import Progress

FEW = {"epochs": 2, "examples": 50}


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    one, same = run("linear", **FEW), run("linear", **FEW)
    assert one.figure == same.figure
    assert run("linear", seed=1, **FEW).figure != one.figure


def test_epochs_and_examples_are_as_asked():
    seen: list[Progress] = []
    result = run("linear", epochs=3, examples=40, on_progress=seen.append)
    assert [p.step for p in seen] == [1, 2, 3]
    assert {p.phase for p in seen} == {"linear"}
    assert result.outcome.predictions.shape == (40, 1)
    assert 0 < result.seconds < 60


def test_improved_is_run_where_it_was_asked_for_and_exists():
    plain = run("linear", **FEW)
    assert plain.improved is None
    assert plain.improved_figure is None
    phases = []
    both = run("linear", improved=True, on_progress=lambda p: phases.append(p.phase), **FEW)
    assert both.improved_figure not in (None, both.figure)
    assert both.improved_seconds > 0
    assert "cosine" in both.how
    assert phases == ["linear"] * 2 + ["linear, improved"] * 2
    naive = run("naive", improved=True)
    assert naive.improved is None
    assert naive.why_not_improved


def test_what_it_is_about_is_said_before_the_training():
    said: list[str] = []
    run("linear", say=said.append, **FEW)
    data, table, training = said
    assert data == (
        "data: 50 examples to train on, 50 to validate on; inputs (50, 1), targets (1,)"
    )
    assert table.splitlines()[-1].split() == ["total", "51"]
    assert training == "training: Adam, learning rate 0.001, 2 epochs, batches of 32"


def test_several_run_to_the_same_results_as_one_by_one():
    names = ["linear", "naive", "linear-ten", "simple-rnn"]
    started = []
    results = {r.entry.name: r for r in run_all(names, on_start=started.append, **FEW)}
    assert sorted(started) == sorted(results) == sorted(names)
    for name in names:
        alone = run(name, **FEW)
        assert results[name].figure == alone.figure
        np.testing.assert_array_equal(results[name].outcome.predictions, alone.outcome.predictions)


def test_whoever_stops_listening_stops_the_experiments():
    begun = threading.Event()
    epochs = []

    def seen(progress):
        epochs.append(progress.step)
        begun.set()

    results = run_all(["naive", "linear"], on_progress=seen, epochs=100_000, examples=50)
    assert next(results).entry.name == "naive"
    assert begun.wait(60)
    results.close()
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join(60)
            assert not thread.is_alive()
    assert len(epochs) < 100_000


def test_a_light_result_has_its_numbers_and_no_arrays():
    result = run("linear", improved=True, **FEW)
    light = result.light()
    assert light.to_dict() == result.to_dict()
    assert light.outcome.predictions is None
    assert light.improved.model is None


def test_as_numbers_and_words():
    made = run("linear", **FEW).to_dict()
    assert made["name"] == "linear"
    assert made["text_figure"] == made["text_figure_best"] == 0.00417
    assert made["better"] == "lower"
    assert made["improved"] is None
    assert made["training"]["epochs"] == 2
    assert not made["interrupted"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "lstn"}, "unknown experiment 'lstn'; the nearest is 'lstm'"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"examples": 1.5}, "examples must be a whole number of at least 1, got 1.5"),
        ({"scale": "large"}, "scale must be text or paper, got 'large'"),
    ],
)
def test_what_cannot_be_run_is_refused(given, message):
    with pytest.raises(UsageError, match=message):
        run(**{"name": "linear", **given})
    names = [given.pop("name", "linear")]
    with pytest.raises(UsageError, match=message):
        next(iter(run_all(names, **given)))


def test_the_papers_size_is_for_those_that_have_it():
    with pytest.raises(UsageError, match="scale 'paper': linear has no form of the paper's size"):
        run("linear", scale="paper", **FEW)
    (of_several,) = run_all(["linear"], scale="paper", **FEW)
    assert of_several.scale == "text"
    assert of_several.figure == run("linear", **FEW).figure


def test_a_failure_names_the_experiment(monkeypatch):
    def fails(name, **given):
        raise UsageError("no")

    monkeypatch.setattr("unspool.chapter.running.run", fails)
    with pytest.raises(UsageError, match="linear: no"):
        list(run_all(["linear"]))
