"""How often chance alone makes a difference clear, and whether a real one is found."""

import numpy as np
import pytest
from scipy.stats import t as student

from unspool.evaluation.chance import _stretches, _t_quantile, is_clear


@pytest.mark.parametrize(
    ("windows", "horizon", "stride"), [(95, 1, 1), (82, 14, 1), (200, 14, 1), (20, 6, 6)]
)
def test_chance_alone_is_called_clear_no_more_than_one_time_in_twenty(windows, horizon, stride):
    """Windows overlap: the mean loss of each is that of `horizon` steps of one random series."""
    generator = np.random.default_rng(2)
    origins = np.arange(windows) * stride
    clear = 0
    for _ in range(500):
        steps = generator.standard_t(4, size=origins[-1] + horizon)
        sums = np.concatenate([[0.0], np.cumsum(steps)])
        difference = (sums[origins + horizon] - sums[origins]) / horizon
        clear += bool(is_clear(difference, np.zeros(windows), origins, horizon))
    assert clear / 500 < 0.08


def test_a_real_difference_among_overlapping_windows_is_found():
    generator = np.random.default_rng(3)
    found = 0
    for _ in range(200):
        steps = generator.normal(size=213) + 0.6
        difference = np.convolve(steps, np.ones(14) / 14, mode="valid")
        found += bool(is_clear(difference, np.zeros(200), np.arange(200), 14))
    assert found > 180


def test_no_value_is_forecast_in_two_stretches():
    for windows, horizon, stride in [(82, 14, 1), (60, 14, 3), (40, 5, 2), (9, 7, 7)]:
        origins = np.arange(windows) * stride + 1000
        stretch = _stretches(origins, horizon)
        owner = {}
        for origin, group in zip(origins, stretch, strict=True):
            for step in range(horizon):
                if group >= 0:
                    assert owner.setdefault(origin + step, group) == group
        assert len(np.unique(stretch[stretch >= 0])) >= 4


def test_both_time_and_series_must_agree_where_both_can_be_asked():
    """Twenty series share one shock in time: series alone would call it clear."""
    origins = np.tile(np.arange(40), 20)
    series = np.repeat(np.arange(20), 40)
    generator = np.random.default_rng(4)
    shock = np.where(np.arange(40) < 4, 10.0, 0.0) + 0.01 * generator.normal(size=40)
    difference = shock[origins] + 0.01 * generator.normal(size=800)
    assert is_clear(difference, series, np.zeros(800, dtype=int), 1)
    assert not is_clear(difference, series, origins, 1)


def test_the_quantile_is_students():
    for degrees in [3, 4, 5, 9, 30, 358]:
        assert _t_quantile(degrees) == pytest.approx(student.ppf(0.975, degrees), rel=5e-3)
