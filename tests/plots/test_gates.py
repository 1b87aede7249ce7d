"""What the picture of a layer shows: all numbers given, in place, on scales that are said."""

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.plots.gates import MOST_LINES, Part, plot_gates

TIME, UNITS = 30, 8


def part(name="forget gate", share=True, seed=0):
    values = np.random.default_rng(seed).uniform(0 if share else -3, 1, size=(TIME, UNITS))
    return Part(name, "how much stays", values, share)


def test_series_and_parts_are_drawn_as_given():
    series = np.random.default_rng(1).normal(size=(TIME, 2))
    gate, state = part(), part("state", share=False, seed=2)
    figure = plot_gates(series, [gate, state])
    top, *maps = figure.axes[:3]
    np.testing.assert_array_equal([line.get_ydata() for line in top.lines], series.T)
    for axes, given in zip(maps, (gate, state), strict=True):
        (image,) = axes.images
        np.testing.assert_array_equal(image.get_array(), given.values.T)
        assert axes.get_title(loc="left") == f"{given.name}: how much stays"
        # Step 1 is drawn around 1, unit 1 around 1 on top.
        assert tuple(image.get_extent()) == (0.5, TIME + 0.5, UNITS + 0.5, 0.5)


def test_shares_have_a_scale_from_nothing_to_all_and_others_one_around_zero():
    gate, state = part(), part("state", share=False)
    maps = plot_gates(np.zeros(TIME), [gate, state]).axes[1:3]
    assert maps[0].images[0].get_clim() == (0, 1)
    furthest = np.abs(state.values).max()
    assert maps[1].images[0].get_clim() == (-furthest, furthest)
    still = Part("state", "", np.zeros((TIME, UNITS)), share=False)
    assert plot_gates(np.zeros(TIME), [still]).axes[1].images[0].get_clim() == (-1, 1)


def test_of_many_features_the_first_are_drawn_and_that_is_said():
    top = plot_gates(np.zeros((TIME, 20)), [part()], series_name="inputs").axes[0]
    assert len(top.lines) == MOST_LINES
    assert top.get_title(loc="left") == f"inputs (the first {MOST_LINES} of 20)"


def test_nothing_is_drawn_over_something_else():
    parts = [part(name) for name in ("input gate", "forget gate", "output gate")]
    figure = plot_gates(np.zeros(TIME), parts, title="layer 1", explanation="So many words. " * 30)
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    rows = [axes.get_tightbbox(renderer) for axes in figure.axes[:4]]
    texts = [figure._suptitle, figure._supxlabel]
    boxes = [*rows, *(text.get_window_extent(renderer) for text in texts)]
    for place, box in enumerate(boxes):
        assert figure.bbox.contains(*box.min)
        assert figure.bbox.contains(*box.max)
        for other in boxes[place + 1 :]:
            assert not box.overlaps(other)


def test_parts_of_another_length_and_none_at_all_are_rejected():
    with pytest.raises(UsageError, match=r"^there is no gate or state to plot$"):
        plot_gates(np.zeros(TIME), [])
    with pytest.raises(UsageError) as error:
        plot_gates(np.zeros(TIME + 1), [part()])
    assert str(error.value) == "forget gate must have the shape (31, units), got (30, 8)"


@pytest.mark.parametrize("units", [1, 2, 30])
def test_units_are_numbered_in_whole_numbers(units):
    one = Part("state", "", np.ones((TIME, units)), share=False)
    figure = plot_gates(np.zeros(TIME), [one])
    figure.draw(figure.canvas.get_renderer())
    low, high = 0.5, units + 0.5
    ticks = [tick for tick in figure.axes[1].get_yticks() if low <= tick <= high]
    assert ticks
    assert all(tick == round(tick) for tick in ticks)
