"""A network's forecasts of plain windows: blocks, padding, units, members."""

import jax
import numpy as np
import pytest

from unspool.models import predictor
from unspool.models.build import build
from unspool.models.predictor import NetworkForecast
from unspool.models.specs import Gru

LOOK_BACK, HORIZON = 10, 3


def make(seed=0, **settings):
    weight = np.random.default_rng(seed).normal(size=(LOOK_BACK, HORIZON)) / 4
    return build(
        Gru(hidden=4, **settings), LOOK_BACK, HORIZON, lag_weight=weight, key=jax.random.key(seed)
    )


@pytest.fixture(scope="module")
def network():
    return make()


def walks(count, length=LOOK_BACK, seed=0):
    return np.cumsum(np.random.default_rng(seed).normal(size=(count, length)), axis=1)


def test_blocks_of_any_size_give_every_window_its_forecast(network, monkeypatch):
    model, windows = NetworkForecast((network,)), walks(11)
    whole = model.forecast(windows, HORIZON)
    assert whole.shape == (11, HORIZON)
    monkeypatch.setattr(predictor, "LARGEST_BLOCK", 4)
    np.testing.assert_allclose(model.forecast(windows, HORIZON), whole, rtol=1e-6)
    one_by_one = [model.forecast(window[None], HORIZON)[0] for window in windows]
    np.testing.assert_allclose(one_by_one, whole, rtol=1e-6)


def test_a_short_series_gives_the_same_forecast_however_long_its_padding(network):
    model, values = NetworkForecast((network,)), walks(1, 6)
    expected = model.forecast(values, HORIZON)
    for padding in (1, 4, 20):
        padded = np.concatenate([np.full((1, padding), np.nan), values], axis=1)
        assert model.forecast(padded, HORIZON).tobytes() == expected.tobytes()


def test_values_older_than_what_it_reads_do_not_matter(network):
    model, windows = NetworkForecast((network,)), walks(4, 25)
    expected = model.forecast(windows[:, -LOOK_BACK:], HORIZON)
    assert model.forecast(windows, HORIZON).tobytes() == expected.tobytes()


@pytest.mark.parametrize(("unit", "offset"), [(1000.0, 0.0), (1e12, 0.0), (1e-12, 0.0), (1, 1e6)])
def test_another_unit_or_level_of_a_series_gives_the_forecast_in_it(network, unit, offset):
    model, windows = NetworkForecast((network,)), walks(5)
    plain = model.forecast(windows, 5)
    found = (model.forecast(windows * unit + offset, 5) - offset) / unit
    np.testing.assert_allclose(found, plain, rtol=1e-4, atol=1e-4)


def test_a_constant_window_goes_on_at_its_value(network):
    model = NetworkForecast((network,))
    assert (model.forecast(np.full((2, LOOK_BACK), 0.1), 7) == 0.1).all()


def test_members_forecast_their_mean():
    one, other, windows = make(1), make(2), walks(4)
    each = [NetworkForecast((n,)).forecast(windows, HORIZON) for n in (one, other)]
    found = NetworkForecast((one, other)).forecast(windows, HORIZON)
    assert np.abs(each[0] - each[1]).min() > 1e-3
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-6)


def test_no_windows_give_no_forecasts(network):
    assert NetworkForecast((network,)).forecast(np.empty((0, LOOK_BACK)), 3).shape == (0, 3)
