from __future__ import annotations

import numpy as np
import pytest

from unspool.chapter.experiment import Outcome
from unspool.chapter.plots import forecasts, page_picture, pictures
from unspool.chapter.running import run
from unspool.training.epochs import EpochHistory


def outcome(predictions, targets, inputs=None):
    if inputs is None:
        inputs = np.arange(30, dtype=np.float32).reshape(3, 10, 1)
    return Outcome(0.1, inputs=inputs, predictions=predictions, targets=targets)


def test_forecasts_follow_what_was_read():
    one, two = forecasts(outcome(np.full((3, 2), 7.0), np.full((3, 2), 8.0)))
    np.testing.assert_array_equal(one.values, np.arange(10))
    np.testing.assert_array_equal(two.values, np.arange(10, 20))
    np.testing.assert_array_equal(one.future_times, [10, 11])
    np.testing.assert_array_equal(one.forecast, [7, 7])
    np.testing.assert_array_equal(one.actual, [8, 8])


def test_of_forecasts_at_every_step_the_last_is_shown():
    every = np.arange(3 * 10 * 2.0).reshape(3, 10, 2)
    first = forecasts(outcome(every, every + 1))[0]
    np.testing.assert_array_equal(first.forecast, [18, 19])
    np.testing.assert_array_equal(first.actual, [19, 20])


@pytest.mark.parametrize(
    "inputs",
    [np.zeros((3, 10, 2), np.float32), np.zeros((3, 10), np.int32), np.zeros((3, 10, 1), int)],
    ids=["several features", "codes", "codes of one feature"],
)
def test_what_is_no_series_of_values_has_no_forecast_plot(inputs):
    assert forecasts(outcome(np.zeros((3, 1)), np.zeros((3, 1)), inputs)) == []


def test_a_result_without_losses_and_forecasts_has_no_picture():
    assert page_picture(Outcome(None), None) is None


def test_losses_of_both_forms_are_drawn():
    history = EpochHistory([1.0, 0.1], [0.9, 0.2])
    plain = page_picture(Outcome(0.1, history=history), None)
    both = page_picture(Outcome(0.1, history=history), Outcome(0.1, history=history))
    assert plain != both


def test_the_pictures_of_a_result_by_name():
    result = run("linear", improved=True, epochs=2, examples=40)
    found = dict(pictures(result))
    assert list(found) == [
        "linear-learning-curve",
        "linear-forecast",
        "linear-improved-learning-curve",
        "linear-improved-forecast",
    ]
    assert found["linear-learning-curve"].axes[0].get_xlabel() == "epoch"
    lines = found["linear-learning-curve"].axes[0].lines
    np.testing.assert_allclose(lines[0].get_ydata(), result.outcome.history.loss)
    np.testing.assert_allclose(lines[1].get_ydata(), result.outcome.history.validation_loss)
    assert list(dict(pictures(run("naive")))) == ["naive-forecast"]


def test_a_single_value_is_no_series_to_draw() -> None:
    assert forecasts(run("sine-naive").outcome) == []
