"""The baselines against the same forecasts made one value at a time."""

import numpy as np
import pytest

from unspool.errors import NotFittedError, UsageError
from unspool.evaluation.baselines import (
    BASELINES,
    FURTHEST,
    Drift,
    Linear,
    Naive,
    SeasonalNaive,
    _split,
    make_baseline,
)


def padded(*rows, length=8):
    windows = np.full((len(rows), length), np.nan)
    for place, row in enumerate(rows):
        windows[place, length - len(row) :] = row
    return windows


HISTORIES = ([1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 1.0, 3.0], [6.0, 2.0, 9.0], [4.0])


def windows_of(series, length, horizon):
    view = np.lib.stride_tricks.sliding_window_view(series, length + horizon)
    return view[:, :length], view[:, length:]


def slow_ridge(windows, targets, penalty):
    """Penalised least squares by lstsq on rows added for the penalty, window by window."""
    inputs, outputs = [], []
    for window, target in zip(windows, targets, strict=True):
        known = window[~np.isnan(window)]
        scale = np.std(known)
        if scale == 0:
            continue
        row = np.where(np.isnan(window), 0.0, (window - window[-1]) / scale)
        ahead = (target - window[-1]) / scale
        distance = np.sqrt(np.mean(ahead**2))
        weight = 1.0 if distance <= FURTHEST else FURTHEST / distance
        inputs.append(weight * np.append(row, 1.0))
        outputs.append(weight * ahead)
    inputs, outputs = np.array(inputs), np.array(outputs)
    added = np.sqrt(penalty * np.mean(np.sum(inputs[:, :-1] ** 2, axis=0)))
    rows = np.hstack([added * np.eye(windows.shape[1]), np.zeros((windows.shape[1], 1))])
    solution, *_ = np.linalg.lstsq(
        np.vstack([inputs, rows]),
        np.vstack([outputs, np.zeros((len(rows), outputs.shape[1]))]),
        rcond=None,
    )
    return solution[:-1], solution[-1]


def test_naive_repeats_the_last_value():
    forecast = Naive().forecast(padded(*HISTORIES), 3)
    assert forecast.tolist() == [[3.0] * 3, [9.0] * 3, [4.0] * 3]


@pytest.mark.parametrize("season", [1, 2, 3, 8])
@pytest.mark.parametrize("horizon", [1, 5, 19])
def test_seasonal_naive_repeats_the_last_season_or_else_the_last_value(season, horizon):
    found = SeasonalNaive(season).forecast(padded(*HISTORIES), horizon)
    for row, history in zip(found, HISTORIES, strict=True):
        series = list(history)
        for _ in range(horizon):
            series.append(series[-season] if len(history) >= season else series[-1])
        assert row.tolist() == series[len(history) :]


def test_seasonal_naive_tells_which_windows_are_too_short():
    windows = padded(*HISTORIES)
    assert SeasonalNaive(3).too_short(windows).tolist() == [False, False, True]
    assert SeasonalNaive(9).too_short(windows).all()
    assert (SeasonalNaive(9).forecast(windows, 2) == Naive().forecast(windows, 2)).all()


def test_drift_continues_the_line_from_first_to_last_value():
    found = Drift().forecast(padded(*HISTORIES), 4)
    for row, history in zip(found, HISTORIES, strict=True):
        slope = (history[-1] - history[0]) / (len(history) - 1) if len(history) > 1 else 0.0
        expected = [history[-1] + slope * step for step in range(1, 5)]
        np.testing.assert_allclose(row, expected, rtol=1e-14)


def test_linear_solves_the_ridge_problem():
    generator = np.random.default_rng(0)
    series = np.cumsum(generator.normal(size=160)) + 50
    windows, targets = windows_of(series, 6, 3)
    windows = windows.copy()
    windows[::5, :2] = np.nan
    windows[7] = 12.0  # does not vary: teaches nothing
    targets = targets.copy()
    targets[20] += 1e5  # beyond FURTHEST: its weight is cut
    linear = Linear(6).fit(windows, targets)
    weight, bias = slow_ridge(windows, targets, linear.penalty_)
    np.testing.assert_allclose(linear.weight_, weight, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(linear.bias_, bias, rtol=1e-6, atol=1e-9)


def test_linear_forecast_puts_level_and_scale_back():
    generator = np.random.default_rng(1)
    windows, targets = windows_of(np.cumsum(generator.normal(size=120)), 5, 2)
    linear = Linear(5).fit(windows, targets)
    short = padded([3.0, 7.0, 4.0], length=5)
    scale = np.std([3.0, 7.0, 4.0])
    differences = np.array([0.0, 0.0, -1.0, 3.0, 0.0]) / scale
    expected = 4.0 + scale * (differences @ linear.weight_ + linear.bias_)
    np.testing.assert_allclose(linear.forecast(short, 2)[0], expected, rtol=1e-12)
    np.testing.assert_allclose(linear.forecast(short, 1)[0], expected[:1], rtol=1e-12)


def test_linear_is_unmoved_by_shifting_and_scaling_a_series():
    generator = np.random.default_rng(2)
    windows, targets = windows_of(np.cumsum(generator.normal(size=200)), 8, 4)
    linear = Linear(8).fit(windows, targets)
    forecast = linear.forecast(windows, 9)
    np.testing.assert_allclose(
        linear.forecast(1e4 * windows - 3e5, 9), 1e4 * forecast - 3e5, rtol=1e-9
    )
    again = Linear(8).fit(1e4 * windows - 3e5, 1e4 * targets - 3e5)
    np.testing.assert_allclose(again.weight_, linear.weight_, rtol=1e-6, atol=1e-8)


def test_linear_finds_a_linear_law_and_continues_it_beyond_the_fitted_horizon():
    steps = np.arange(400)
    series = 3 * np.sin(2 * np.pi * steps / 12) + 0.5 * np.cos(2 * np.pi * steps / 5)
    windows, targets = windows_of(series[:300], 24, 4)
    linear = Linear(24).fit(windows, targets)
    found = linear.forecast(series[None, 276:300], 40)
    np.testing.assert_allclose(found[0], series[300:340], atol=1e-3)


def test_linear_recursion_feeds_forecasts_back_in_the_windows_own_scale():
    generator = np.random.default_rng(4)
    windows, targets = windows_of(np.cumsum(generator.normal(size=150)), 6, 2)
    linear = Linear(6).fit(windows, targets)
    start = padded([5.0, 1.0, 2.0, 8.0], length=6)
    scale = np.std([5.0, 1.0, 2.0, 8.0])
    path = list(start[0])
    for _ in range(4):
        newest = np.array(path[-6:])
        row = np.where(np.isnan(newest), 0.0, (newest - newest[-1]) / scale)
        path += list(newest[-1] + scale * (row @ linear.weight_ + linear.bias_))
    np.testing.assert_allclose(linear.forecast(start, 7)[0], path[6:13], rtol=1e-10)


def test_linear_continues_a_constant_window_flat_and_exactly():
    generator = np.random.default_rng(5)
    windows, targets = windows_of(np.cumsum(generator.normal(size=100)) + 1, 5, 2)
    linear = Linear(5).fit(windows, targets)
    constant = padded([0.1] * 5, [0.3] * 2, [7.0], length=5)
    assert (linear.forecast(constant, 6) == np.array([[0.1], [0.3], [7.0]])).all()


def test_linear_reads_the_newest_steps_of_a_longer_window_and_pads_a_shorter_one():
    generator = np.random.default_rng(6)
    series = np.cumsum(generator.normal(size=100))
    windows, targets = windows_of(series, 5, 2)
    linear = Linear(5).fit(windows, targets)
    long, _ = windows_of(series, 9, 1)
    np.testing.assert_array_equal(linear.forecast(long, 3), linear.forecast(long[:, -5:], 3))
    short = long[:, -3:]
    in_place = np.concatenate([np.full((len(short), 2), np.nan), short], axis=1)
    np.testing.assert_array_equal(linear.forecast(short, 3), linear.forecast(in_place, 3))


def test_the_penalty_is_the_one_that_does_best_on_later_windows():
    # Noise teaches nothing: a heavy penalty must win. A law wants a light one.
    generator = np.random.default_rng(7)
    noise = windows_of(np.cumsum(generator.normal(size=120)), 30, 1)
    law = windows_of(np.sin(np.arange(400) / 3) + np.sin(np.arange(400) / 7), 30, 1)
    assert Linear(30).fit(*noise).penalty_ >= 1.0
    assert Linear(30).fit(*law).penalty_ <= 1e-4


def test_the_held_out_windows_are_the_latest_by_origin_not_by_row():
    generator = np.random.default_rng(8)
    windows, targets = windows_of(np.cumsum(generator.normal(size=200)), 6, 3)
    origins = np.arange(len(windows))
    shuffled = generator.permutation(len(windows))
    linear = Linear(6).fit(windows, targets)
    again = Linear(6).fit(windows[shuffled], targets[shuffled], origins[shuffled])
    assert again.penalty_ == linear.penalty_
    np.testing.assert_allclose(again.weight_, linear.weight_, rtol=1e-9, atol=1e-12)


def test_no_step_is_a_target_of_both_the_fitted_and_the_held_out_windows():
    origins = np.random.default_rng(12).permutation(np.repeat(np.arange(50), 2))
    earlier, later = _split(origins, 7)
    assert len(later) == 20
    last_fitted = max(origin + 7 - 1 for origin in origins[earlier])
    assert last_fitted == min(origins[later]) - 1


def test_too_few_windows_get_a_fixed_penalty_and_say_so():
    generator = np.random.default_rng(9)
    windows, targets = windows_of(np.cumsum(generator.normal(size=30)), 5, 12)
    linear = Linear(5).fit(windows, targets)
    assert (linear.penalty_, linear.penalty_was_chosen_) == (1.0, False)
    assert (
        Linear(5).fit(*windows_of(np.cumsum(generator.normal(size=90)), 5, 2)).penalty_was_chosen_
    )


def test_more_windows_than_the_cap_are_strided_evenly_with_the_newest_kept():
    generator = np.random.default_rng(10)
    windows, targets = windows_of(np.cumsum(generator.normal(size=300)), 5, 2)
    capped = Linear(5, max_windows=100).fit(windows, targets)
    stride = -(-len(windows) // 100)
    rows = np.arange(len(windows) - 1, -1, -stride)[::-1]
    assert (capped.windows_given_, capped.windows_used_) == (len(windows), len(rows))
    weight, bias = slow_ridge(windows[rows], targets[rows], capped.penalty_)
    np.testing.assert_allclose(capped.weight_, weight, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(capped.bias_, bias, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_is_made_by_name_and_gives_any_horizon(name):
    generator = np.random.default_rng(11)
    windows, targets = windows_of(np.cumsum(generator.normal(size=80)), 6, 3)
    baseline = make_baseline(name, season=4, look_back=6)
    if isinstance(baseline, Linear):
        baseline.fit(windows, targets)
    for horizon in (1, 3, 17):
        forecast = baseline.forecast(windows, horizon)
        assert forecast.shape == (len(windows), horizon)
        assert np.isfinite(forecast).all()
        # Forecasts of a window do not depend on its neighbours in the batch.
        np.testing.assert_allclose(
            baseline.forecast(windows[5:6], horizon)[0], forecast[5], rtol=1e-10
        )


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match=r"'theta'; there are naive, seasonal-naive"):
        make_baseline("theta", 1, 1)


@pytest.mark.parametrize(
    "window",
    [[np.nan, np.nan], [1.0, np.nan], [np.nan, 1.0, np.nan, 2.0], [1.0, np.inf]],
)
@pytest.mark.parametrize("baseline", [Naive(), SeasonalNaive(1), Drift()])
def test_a_window_with_holes_is_an_error(baseline, window):
    with pytest.raises(UsageError, match="window 1 is empty, infinite or has NaN"):
        baseline.forecast(np.array([[1.0] * len(window), window]), 2)


def test_linear_errors_are_named():
    windows, targets = np.ones((4, 3)), np.ones((4, 2))
    with pytest.raises(NotFittedError, match="call fit"):
        Linear(3).forecast(windows, 1)
    with pytest.raises(UsageError, match="no window varies"):
        Linear(3).fit(windows, targets)
    with pytest.raises(UsageError, match="finite targets"):
        Linear(3).fit(np.arange(12.0).reshape(4, 3), np.full((4, 2), np.nan))
    with pytest.raises(UsageError, match="none of them 0"):
        Linear(3).fit(windows, targets[:3])
    with pytest.raises(UsageError, match="horizon must be at least 1"):
        Naive().forecast(windows, 0)
    with pytest.raises(UsageError, match="season must be at least 1"):
        SeasonalNaive(0)
