"""What the learning curve shows: both losses at their steps, and the step that was kept."""

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.plots.learning_curve import plot_learning_curve


def curve(count, **options):
    steps = np.arange(1, count + 1)
    losses = 1 + 2 * np.exp(-steps / count)
    measured = steps[9::10]
    return (
        steps,
        losses,
        plot_learning_curve(steps, losses, measured, losses[9::10] + 0.1, **options),
    )


def named(figure):
    return {line.get_label(): line for line in figure.axes[0].lines}


def test_both_losses_are_drawn_at_their_steps():
    steps, losses, figure = curve(100)
    lines = named(figure)
    np.testing.assert_array_equal(lines["training"].get_xdata(), steps)
    np.testing.assert_array_equal(lines["training"].get_ydata(), losses)
    np.testing.assert_array_equal(lines["validation"].get_xdata(), steps[9::10])
    np.testing.assert_array_equal(lines["validation"].get_ydata(), losses[9::10] + 0.1)
    assert figure.axes[0].get_yscale() == "linear"


def test_many_steps_are_smoothed_by_a_mean_that_the_legend_states():
    steps, losses, figure = curve(1000)
    line = named(figure)["training, mean of the last 10 steps"]
    expected = [losses[end - 10 : end].mean() for end in range(10, 1001)]
    np.testing.assert_allclose(line.get_ydata(), expected)
    np.testing.assert_array_equal(line.get_xdata(), steps[9:])
    single = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 1000]
    np.testing.assert_array_equal(single[0].get_ydata(), losses)


def test_the_kept_step_is_marked_and_named():
    _, losses, figure = curve(100, kept_step=40)
    assert "kept: step 40" in [text.get_text() for text in figure.legends[0].get_texts()]
    points = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    marks = [tuple(line.get_xydata()[0]) for line in points if len(line.get_xdata()) == 1]
    assert marks == [(40.0, pytest.approx(losses[39] + 0.1))]
    assert any(list(line.get_xdata()) == [40, 40] for line in figure.axes[0].lines)


def test_losses_of_very_different_size_get_a_logarithmic_axis_that_says_so():
    steps = np.arange(1, 50)
    figure = plot_learning_curve(steps, 100 * 0.8**steps, [], [], loss_name="MSE (scaled)")
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert axes.get_ylabel() == "MSE (scaled), logarithmic axis"


def test_losses_that_touch_zero_stay_on_a_plain_axis():
    figure = plot_learning_curve([1, 2, 3], [100.0, 1.0, 0.0], [], [])
    assert figure.axes[0].get_yscale() == "linear"


def test_wrong_input_is_named():
    with pytest.raises(UsageError, match="no training loss"):
        plot_learning_curve([], [], [], [])
    with pytest.raises(UsageError, match="training: steps and losses"):
        plot_learning_curve([1, 2], [1.0], [], [])
    with pytest.raises(UsageError, match="validation: steps and losses"):
        plot_learning_curve([1], [1.0], [1], [np.nan])


def test_a_single_step_is_a_point_over_its_own_number() -> None:
    axes = plot_learning_curve([1], [0.5], [1], [0.6]).axes[0]
    assert axes.get_xticks().tolist() == [1]
    assert [line.get_marker() for line in axes.lines] == ["o", "o"]
