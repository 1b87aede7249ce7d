"""What the picture of a receptive field shows: the connections and the gradient that were given."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection

from unspool.errors import UsageError
from unspool.plots.receptive_field import MOST_STEPS, Level, plot_receptive_field

LOWER = Level("kernel 2", [(0, 0), (0, 1), (2, 2), (2, 3)])
UPPER = Level("kernel 2, dilation 2", [(0, 0), (0, 2)])
GRADIENT = np.array([0.4, 0.1, 0.3, 0.02, 0, 0, 0, 0, 0])


def test_the_tree_joins_what_is_joined():
    tree = plot_receptive_field([LOWER, UPPER], 3, GRADIENT).axes[0]
    (lines,) = [each for each in tree.collections if isinstance(each, LineCollection)]
    drawn = [tuple(map(tuple, segment)) for segment in lines.get_segments()]
    assert drawn == [
        *(((above, 1), (below, 0)) for above, below in LOWER.joined),
        *(((above, 2), (below, 1)) for above, below in UPPER.joined),
    ]
    dots = [each.get_offsets() for each in tree.collections if isinstance(each, PathCollection)]
    assert [offsets[:, 0].tolist() for offsets in dots] == [
        [0, 1, 2, 3, 4, 5],  # all inputs, a little beyond the field
        [0, 1, 2, 3],
        [0, 2],
        [0],
    ]
    assert [label.get_text() for label in tree.get_yticklabels()] == [
        "input",
        "kernel 2",
        "kernel 2, dilation 2",
    ]


def test_the_newest_step_is_on_the_right_of_both():
    tree, bars = plot_receptive_field([LOWER, UPPER], 3, GRADIENT).axes
    assert tree.get_xlim() == bars.get_xlim()
    left, right = bars.get_xlim()
    assert left > right


def test_bars_are_the_gradient_and_where_it_is_zero_there_is_none():
    bars = plot_receptive_field([LOWER, UPPER], 3, GRADIENT).axes[1]
    drawn = {bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in bars.patches}
    np.testing.assert_allclose(sorted(drawn), [0, 1, 2, 3])
    np.testing.assert_allclose([drawn[at] for at in sorted(drawn)], GRADIENT[:4])
    (end,) = bars.lines
    assert set(end.get_xdata()) == {3.5}
    assert bars.get_yscale() == "log"


def test_a_field_as_long_as_the_series_has_no_end_in_it():
    bars = plot_receptive_field([LOWER, UPPER], 3, GRADIENT[:4]).axes[1]
    assert not bars.lines


def test_a_gradient_of_zeros_is_drawn_as_nothing():
    assert not plot_receptive_field([LOWER, UPPER], 3, np.zeros(9)).axes[1].patches


def test_a_field_too_wide_for_lines_is_drawn_as_bars():
    wide = Level("kernel 2", [(0, step) for step in range(MOST_STEPS + 1)])
    tree = plot_receptive_field([wide], MOST_STEPS, np.ones(MOST_STEPS + 1)).axes[0]
    assert not tree.collections
    spans = [(bar.get_x(), bar.get_width()) for bar in tree.patches]
    assert spans == [(-0.5, MOST_STEPS + 1), (-0.5, 1)]


@pytest.mark.parametrize("levels", [[], [Level("kernel 2", [])]])
def test_nothing_to_draw_is_rejected(levels):
    with pytest.raises(UsageError, match=r"^a receptive field has at least one level"):
        plot_receptive_field(levels, 3, GRADIENT)
