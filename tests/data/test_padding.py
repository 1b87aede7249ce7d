"""Sequences of unequal length as one array."""

import numpy as np
import pytest

from unspool.data.padding import padded
from unspool.errors import UsageError


def test_what_is_past_the_end_is_zero():
    array, lengths = padded([np.array([3, 4, 5], np.int32), np.array([], np.int32)])
    assert array.tolist() == [[3, 4, 5], [0, 0, 0]]
    assert array.dtype == np.int32
    assert lengths.tolist() == [3, 0]


def test_features_stay_beside_each_other():
    array, lengths = padded([np.ones((2, 3)), np.full((1, 3), 7.0)], longest=4)
    assert array.shape == (2, 4, 3)
    assert array[1, 0].tolist() == [7, 7, 7]
    assert array[0, 2:].sum() == 0
    assert lengths.tolist() == [2, 1]


def test_what_does_not_fit_is_named():
    with pytest.raises(UsageError, match="no sequences"):
        padded([])
    with pytest.raises(UsageError, match="sequence 2 has 3 steps, more than 2"):
        padded([np.ones(1), np.ones(3)], longest=2)
    with pytest.raises(UsageError, match=r"sequence 2 has steps of shape \(2,\)"):
        padded([np.ones((1, 3)), np.ones((1, 2))])
