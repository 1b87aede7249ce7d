from __future__ import annotations

import math

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.training.epochs import EpochHistory, Epochs


def test_a_constant_rate_stays():
    np.testing.assert_array_equal(Epochs(learning_rate=0.5).rates(3), [0.5, 0.5, 0.5])


def test_a_cosine_falls_from_the_rate_to_nothing():
    rates = Epochs(learning_rate=2.0, schedule="cosine").rates(4)
    expected = [1 + math.cos(math.pi * done) for done in (0, 0.25, 0.5, 0.75)]
    np.testing.assert_allclose(rates, expected, rtol=1e-6)


def test_one_cycle_rises_for_three_tenths_of_the_steps_and_then_falls():
    rates = Epochs(learning_rate=1.0, schedule="one-cycle").rates(100)
    assert rates[0] == pytest.approx(1 / 25)
    assert rates.argmax() == 30
    assert rates[30] == 1.0
    assert rates[15] == pytest.approx((1 + 1 / 25) / 2)  # half-way up
    assert rates[65] == pytest.approx(0.5)  # half-way down
    assert (np.diff(rates[:31]) > 0).all()
    assert (np.diff(rates[30:]) < 0).all()
    assert 0 < rates[-1] < 0.001


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch": 2.0}, "batch must be a whole number of at least 1, got 2.0"),
        ({"patience": True}, "patience must be a whole number of at least 1, got True"),
        ({"learning_rate": 0}, "learning_rate must be a number above 0, got 0"),
        ({"learning_rate": None}, "learning_rate must be a number above 0, got None"),
        ({"clip_norm": math.inf}, "clip_norm must be a number above 0, got inf"),
        ({"clip_value": "1"}, "clip_value must be a number above 0, got '1'"),
        ({"clip_norm": 1.0, "clip_value": 1.0}, "clip_norm and clip_value exclude each other"),
        ({"optimiser": "sgd"}, "optimiser must be 'adam' or 'nadam', got 'sgd'"),
        ({"schedule": "step"}, "schedule must be 'constant', 'cosine' or 'one-cycle', got 'step'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, message):
    with pytest.raises(UsageError, match=message):
        Epochs(**given)


def test_a_history_is_plain_numbers():
    history = EpochHistory([1.0, 0.5], [2.0, 1.5], [], "patience", 1.23456, 0.5, 1)
    assert history.to_dict() == {
        "epochs": 2,
        "kept": 1,
        "stopped": "patience",
        "seconds": 1.235,
        "compile_seconds": 0.5,
        "loss": [1.0, 0.5],
        "validation_loss": [2.0, 1.5],
        "metric": [],
    }
