"""Every experiment of the chapter, run on a few examples; some on all of them, for the figure."""

from __future__ import annotations

import functools
import math

import jax
import numpy as np
import pytest

from unspool.chapter.experiment import Order, Trained, made, mean_squared_error
from unspool.chapter.linear_models import least_squares, other_draws
from unspool.chapter.look import gradient_picture, look
from unspool.chapter.naive_forecasts import last_value
from unspool.chapter.plots import page_picture
from unspool.chapter.registry import ENTRIES, entry
from unspool.chapter.running import run
from unspool.chapter.sentences import lines, story
from unspool.training.supervised import predict

FEW = Order(epochs=1, examples=40)
TRAINED = [found.name for found in ENTRIES if isinstance(found.load(), Trained)]


@functools.cache
def outcome_of(name):
    return entry(name).load().run(FEW)


@pytest.mark.parametrize("found", ENTRIES, ids=lambda found: found.name)
def test_every_experiment_runs(found):
    outcome = outcome_of(found.name)
    if found.figures:
        assert outcome.figure is not None
    if outcome.figure is not None:
        assert math.isfinite(outcome.figure)
    else:
        assert outcome.findings
    if outcome.history is not None:
        assert len(outcome.history.loss) == 1
    assert story(found)[0].endswith(".") or story(found)[0].endswith("?")
    page_picture(outcome, None)


@pytest.mark.parametrize("name", [*TRAINED, "strategies", "cells-compared"])
def test_an_outcome_holds_the_model_that_made_its_predictions(name):
    outcome = outcome_of(name)
    forecast = entry(name).load().forecast if name in TRAINED else predict
    again = forecast(outcome.model, outcome.inputs, outcome.lengths)
    np.testing.assert_array_equal(again, outcome.predictions)


def test_the_longest_series_is_looked_into_without_its_padding(tmp_path, monkeypatch):
    monkeypatch.setattr(gradient_picture, "new_cells", lambda x, hidden: few_cells(len(x)))
    outcome = outcome_of("reber")
    string = outcome.longest()
    assert len(string) == max(outcome.lengths)
    written = look(outcome.model, string, tmp_path, untrained=outcome.untrained)
    assert [path.name for path in written] == ["layer-1.png", "gradient-norm.png"]
    for part in outcome_of("encoder-decoder").longest():
        assert len(part) == 6
        assert part[0].shape in ((10,), (8,))
    assert outcome_of("cells-compared").longest().shape == (20, 1)


def few_cells(steps):
    norms = 0.5 ** np.arange(1, steps + 1) * np.ones((3, 2, 1))
    return dict.fromkeys(("SimpleRNN", "GRU", "LSTM"), norms)


@pytest.mark.parametrize("found", ENTRIES, ids=lambda found: found.name)
def test_the_other_forms_have_as_many_weights_as_the_first(found):
    experiment = found.load()
    assert bool(experiment.why_not_improved()) != ("improved" in experiment.variants())
    if not isinstance(experiment, Trained) or isinstance(experiment.improved, str):
        return
    if experiment.improved.model is not None:
        assert weights(experiment.improved.model) == weights(experiment.model)
    settings = experiment.improved.settings
    if settings is not None:
        assert settings.epochs <= experiment.settings.epochs


def weights(model):
    shapes = jax.eval_shape(lambda key: jax.tree.leaves(model(key)), jax.random.key(0))
    return sum(math.prod(leaf.shape) for leaf in shapes)


def test_naive_forecasts_have_the_texts_figures_to_the_last_digit():
    assert run("naive").figure == pytest.approx(0.020211367, abs=5e-9)
    assert run("naive-ten").figure == pytest.approx(0.2570, abs=5e-5)
    assert run("naive-ten").outcome.findings == (
        "repeating the last target in its place, as one text does, gives 0.2228",
    )
    # The series of the text that draws its own.
    validation = made(other_draws)[1]
    error = mean_squared_error(last_value(validation.inputs), validation.targets)
    assert error == pytest.approx(0.021185566, abs=5e-9)


def test_no_training_of_the_linear_model_gets_below_least_squares():
    result = run("linear", improved=True)
    floor = float(result.outcome.findings[0].rpartition(" ")[2])
    assert floor < result.improved_figure < floor * 1.02
    assert result.improved_figure < result.figure < result.entry.text_figure


def test_least_squares_is_the_best_linear_function():
    training, validation = (FEW.first(part) for part in other_draws()[:2])
    x = np.hstack([training.inputs[..., 0], np.ones((40, 1))])
    weights = np.linalg.pinv(x.astype(float)) @ training.targets
    forecast = np.hstack([validation.inputs[..., 0], np.ones((40, 1))]) @ weights
    said = float(least_squares(training, validation).rpartition(" ")[2])
    assert said == pytest.approx(mean_squared_error(forecast, validation.targets), rel=1e-3)


def test_iterated_forecasts_are_those_of_ever_longer_series():
    outcome = outcome_of("iterated")
    series, forecasts = outcome.inputs, []
    for _ in range(10):
        value = np.asarray(outcome.model(series)[0])
        forecasts.append(value[:, 0])
        series = np.concatenate([series, value[:, None]], axis=1)
    np.testing.assert_allclose(outcome.predictions, np.transpose(forecasts), atol=1e-5)


def test_a_few_epochs_of_a_recurrent_network_beat_the_linear_model():
    result = run("deep-rnn-dense", epochs=3)
    assert result.figure < entry("linear").text_figure
    assert "at least as good" not in lines(result)[0]  # as its own text, which takes longer


def test_a_few_epochs_of_lstm_beat_the_linear_model_ten_steps_ahead():
    result = run("lstm", epochs=5)
    assert result.figure < entry("linear-ten").text_figure
    assert result.outcome.history.validation_loss[-1] < result.outcome.history.validation_loss[0]
