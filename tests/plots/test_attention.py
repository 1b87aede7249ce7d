"""What the picture of attention shows: the weights that were given, source along x."""

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.plots.attention import plot_attention

WEIGHTS = np.array([[0.7, 0.2, 0.1], [0.0, 0.5, 0.5]])


def test_cells_are_the_weights_with_the_source_along_x_and_the_target_downwards():
    axes = plot_attention(WEIGHTS, ["a", " ", "c"], ["x", "<end>"]).axes[0]
    (picture,) = axes.images
    np.testing.assert_array_equal(picture.get_array(), WEIGHTS)
    assert picture.get_clim() == (0, 1)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "␣", "c"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x", "<end>"]
    bottom, top = axes.get_ylim()
    assert bottom > top
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("source", "target")


def test_long_words_are_cut_and_dollar_signs_are_no_formulas():
    axes = plot_attention(WEIGHTS[:, :1] * 0, ["$x_1$" + "y" * 30], ["a", "b"]).axes[0]
    (label,) = axes.get_xticklabels()
    assert label.get_text() == "$x_1$" + "y" * 10 + "…"
    assert not label.get_parse_math()


def test_of_many_steps_not_all_are_labelled():
    axes = plot_attention(np.ones((1, 200)) / 200, ["a"] * 200, ["b"]).axes[0]
    assert 30 <= len(axes.get_xticks()) <= 60


@pytest.mark.parametrize("weights", [WEIGHTS.T, np.zeros((2, 0))])
def test_weights_that_do_not_fit_are_rejected(weights):
    names = ["a"] * (3 if weights.size else 0)
    with pytest.raises(UsageError, match="weights must be of shape"):
        plot_attention(weights, names, ["x", "y"])
