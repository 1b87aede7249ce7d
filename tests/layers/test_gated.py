from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.errors import UsageError
from unspool.layers import GatedActivation


def test_tanh_of_the_first_half_times_sigmoid_of_the_second() -> None:
    x = np.array([[[0.5, -2.0, 3.0, -1.0]]], np.float32)
    expected = [np.tanh(0.5) / (1 + np.exp(-3.0)), np.tanh(-2.0) / (1 + np.exp(1.0))]
    assert_allclose(GatedActivation()(x)[0][0, 0], expected, rtol=1e-6)


def test_an_odd_number_of_features_is_rejected() -> None:
    with pytest.raises(UsageError) as error:
        GatedActivation()(np.ones((1, 2, 3)))
    assert str(error.value) == (
        "GatedActivation takes an even number of features, half of them the gates, got 3"
    )
