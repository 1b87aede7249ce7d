from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from unspool.data.labelled.arrays import is_list_of_sequences, is_texts, listed, stacked, texts_of
from unspool.errors import UsageError


def test_texts_are_told_from_numbers():
    for texts in (["a", "b"], ("a",), np.array(["a", "b"]), pd.Series(["a", "b"], index=[4, 5])):
        assert is_texts(texts)
    for others in ([[1.0, 2]], np.zeros((2, 3)), [], np.zeros(3), pd.DataFrame({"a": ["x"]}), None):
        assert not is_texts(others)


def test_a_single_text_is_no_list_of_texts():
    with pytest.raises(UsageError, match="put it into a list"):
        is_texts("abc")


def test_what_is_no_text_among_texts_is_named():
    with pytest.raises(UsageError, match=r"X\[1\] must be a text like X\[0\], got float"):
        texts_of(["a", 1.5])


def test_sequences_one_by_one_are_told_from_one_array():
    assert is_list_of_sequences([np.zeros(3), np.zeros(4)])
    assert is_list_of_sequences([np.zeros((3, 2)), np.zeros((3, 2))])
    assert is_list_of_sequences([[1, 2], [1, 2, 3]])
    ragged = np.empty(2, object)
    ragged[:] = [np.zeros(2), np.zeros(3)]
    assert is_list_of_sequences(ragged)
    for array in (np.zeros((2, 3)), [[1, 2], [3, 4]], [1.0, 2.0], np.zeros((2, 3), object), []):
        assert not is_list_of_sequences(array)


def test_all_become_time_by_channels():
    one, two = listed([np.arange(3), [[1], [2]]])
    np.testing.assert_array_equal(one, [[0], [1], [2]])
    assert two.shape == (2, 1)
    assert [part.shape for part in stacked(np.zeros((2, 3)))] == [(3, 1), (3, 1)]
    assert [part.shape for part in stacked(np.zeros((2, 3, 4)))] == [(3, 4), (3, 4)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([np.zeros(2), np.array(["x"])], r"X\[1\] must be an array of numbers"),
        ([np.zeros((2, 1)), np.zeros((2, 2))], r"X\[1\] has 2 channels and X\[0\] has 1"),
        ([np.zeros((2, 1, 1))], r"X\[0\] must have the shape"),
    ],
)
def test_what_fits_nothing_is_named(given, said):
    with pytest.raises(UsageError, match=said):
        listed(given)
    with pytest.raises(UsageError, match="unequal length are given as a list"):
        stacked(np.zeros((1, 2, 3, 4)))
