"""Updates a call, rates and time."""

import numpy as np
import pytest

from unspool.training import pace as module
from unspool.training.epochs import Epochs
from unspool.training.pace import Pace


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self):
        self.now = 100.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def test_without_minutes_the_rates_are_those_of_the_plan(clock):
    settings = Epochs(epochs=1, schedule="cosine")
    pace = Pace(settings, 10)
    clock.now += 1e6
    assert pace.rates(2, 5).tobytes() == settings.rates(10)[2:5].tobytes()
    assert not pace.over


def test_a_call_is_as_long_as_the_last_ones_allow(clock):
    pace = Pace(Epochs(), 1000)
    assert pace.until(0, 1000) == module.FIRST_CALL
    pace.took(8, 0.8)
    assert pace.until(8, 1000) == 8 + 20  # two seconds of a tenth each
    assert pace.until(8, 15) == 15


def test_the_schedule_is_stretched_over_the_minutes(clock):
    settings = Epochs(schedule="cosine", minutes=1.0, learning_rate=1.0)
    pace = Pace(settings, 1000)
    pace.took(1, 1.0)
    clock.now += 30
    np.testing.assert_allclose(pace.rates(10, 12), [0.5, 0.5 * (1 + np.cos(np.pi * 31 / 60))])
    assert pace.until(10, 1000) == 12
    assert not pace.over
    clock.now += 29.5
    assert pace.over
    assert pace.left(40, 0.0) == pytest.approx(0.5)


def test_epochs_that_come_first_end_the_schedule(clock):
    settings = Epochs(schedule="cosine", minutes=60.0, learning_rate=1.0)
    np.testing.assert_allclose(Pace(settings, 10).rates(5, 6), [0.5], atol=1e-6)
