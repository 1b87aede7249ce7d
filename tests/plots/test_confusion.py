"""What the picture of a confusion shows: shares of rows as colour, counts as numbers."""

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.plots.confusion import plot_confusion

MATRIX = np.array([[90, 10], [0, 4]])


def drawn(matrix=MATRIX, labels=("often", "$x^2$"), **given):
    figure = plot_confusion(matrix, labels, **given)
    return figure, figure.axes[0]


def test_colour_is_the_share_of_a_row_so_that_small_classes_show():
    _, axes = drawn()
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.9, 0.1], [0, 1]])


def test_counts_stand_where_there_are_any():
    _, axes = drawn(MATRIX * 1000)
    found = {text.get_position(): text.get_text() for text in axes.texts}
    assert found == {(0, 0): "90,000", (1, 0): "10,000", (1, 1): "4,000"}


def test_rows_are_what_is_and_columns_what_is_told_by_name():
    _, axes = drawn()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("told", "is")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["often", "$x^2$"]
    assert not axes.get_yticklabels()[1].get_parse_math()


def test_a_class_that_is_not_there_has_an_empty_row():
    _, axes = drawn(np.array([[3, 0], [0, 0]]))
    np.testing.assert_array_equal(axes.images[0].get_array(), [[1, 0], [0, 0]])


def test_many_classes_have_no_numbers_and_very_many_no_names():
    _, axes = drawn(np.eye(40, dtype=int), [str(code) for code in range(40)])
    assert not axes.texts
    assert len(axes.get_xticklabels()) == 40
    _, axes = drawn(np.eye(80, dtype=int), [str(code) for code in range(80)])
    assert len(axes.get_xticklabels()) < 80


def test_title_and_explanation_are_given():
    figure, _ = drawn(title="names", explanation="better than chance")
    assert figure.get_suptitle() == "names"
    assert figure.get_supxlabel() == "better than chance"


def test_a_matrix_that_does_not_fit_its_labels_is_rejected():
    with pytest.raises(UsageError, match=r"of 3 classes must be \(3, 3\), got \(2, 2\)"):
        plot_confusion(MATRIX, ["a", "b", "c"])
