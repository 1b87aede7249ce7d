"""Interval radii against the rank rule written out, and coverage on data where it is known."""

import math
from fractions import Fraction

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.evaluation.conformal import (
    FEWEST_OWN_WINDOWS,
    calibrate,
    interval_scale,
    measure_coverage,
)


def slow_radius(errors, level):
    ascending = sorted(abs(error) for error in errors)
    rank = math.ceil(Fraction(len(ascending) + 1) * Fraction(level, 100))
    return ascending[min(rank, len(ascending)) - 1]


@pytest.mark.parametrize("count", [1, 3, 4, 18, 19, 20, 39, 40, 99, 133])
def test_the_radius_is_the_ranked_error_at_each_step(count):
    generator = np.random.default_rng(count)
    errors = generator.normal(size=(count, 3)) * [1.0, 2.0, 5.0]
    scale = generator.uniform(0.5, 2.0, count)
    found = calibrate(errors, scale)
    for step in range(3):
        for place, level in enumerate((80, 95)):
            assert found.pooled[place, step] == slow_radius(errors[:, step] / scale, level)


@pytest.mark.parametrize(
    ("count", "too_few"), [(3, (80, 95)), (4, (95,)), (18, (95,)), (19, ()), (100, ())]
)
def test_too_few_windows_for_a_level_are_flagged_and_give_the_largest_error(count, too_few):
    errors = np.arange(1.0, count + 1)[:, None]
    found = calibrate(errors, np.ones(count))
    assert found.too_few == too_few
    for level in too_few:
        assert found.pooled[found.levels.index(level), 0] == count


def test_a_new_exchangeable_error_is_covered_as_often_as_the_level_says():
    """Over many calibrations of 59 windows the coverage is 80 and 95 % (exactly 48/60, 57/60)."""
    generator = np.random.default_rng(0)
    inside = {80: [], 95: []}
    for _ in range(400):
        errors = generator.standard_t(3, size=(59 + 50, 2)) * [1.0, 4.0]
        calibration = calibrate(errors[:59], np.ones(59))
        bounds = calibration.intervals(np.zeros((50, 2)), np.ones(50))
        for level, shares in inside.items():
            held = (errors[59:] >= bounds[f"lower_{level}"]) & (
                errors[59:] <= bounds[f"upper_{level}"]
            )
            shares.append(held.mean(axis=0))
    for level, shares in inside.items():
        np.testing.assert_allclose(np.mean(shares, axis=0), level / 100, atol=0.012)


def test_series_of_different_size_share_a_calibration_through_their_scale():
    generator = np.random.default_rng(1)
    series = np.repeat(np.arange(40), 10)
    size = 10.0 ** (series % 7)
    errors = generator.normal(size=(400, 2)) * size[:, None]
    calibration = calibrate(errors, size, series)
    assert not len(calibration.own_series)
    size = 10.0 ** np.arange(7)
    fresh = generator.normal(size=(7, 4000)) * size[:, None]
    bounds = calibration.intervals(np.zeros((7, 2)), size, np.arange(7))
    held = np.abs(fresh) <= bounds["upper_80"][:, :1]
    np.testing.assert_allclose(held.mean(axis=1), 0.8, atol=0.06)


def test_a_series_with_many_windows_has_radii_of_its_own():
    generator = np.random.default_rng(2)
    series = np.array([5] * FEWEST_OWN_WINDOWS + [2] * (FEWEST_OWN_WINDOWS - 1) + [9] * 60)
    errors = generator.normal(size=(len(series), 2)) * np.where(series == 5, 100.0, 1.0)[:, None]
    shuffled = generator.permutation(len(series))
    scale = np.ones(len(series))
    found = calibrate(errors[shuffled], scale, series[shuffled])
    assert found.own_series.tolist() == [5, 9]
    bounds = found.intervals(np.zeros((4, 2)), np.ones(4), [5, 2, 9, 77])
    pooled = calibrate(errors, scale).pooled
    for row, expected in enumerate(
        [
            calibrate(errors[series == 5], scale[series == 5]).pooled,
            pooled,
            calibrate(errors[series == 9], scale[series == 9]).pooled,
            pooled,
        ]
    ):
        np.testing.assert_array_equal(bounds["upper_80"][row], expected[0])
        np.testing.assert_array_equal(bounds["upper_95"][row], expected[1])


@pytest.mark.parametrize("horizon", [1, 4, 5, 30])
def test_bounds_enclose_the_forecast_and_each_other(horizon):
    generator = np.random.default_rng(3)
    found = calibrate(generator.normal(size=(50, 4)), generator.uniform(0, 1, 50))
    forecast = generator.normal(size=(20, horizon)) * 1e6
    bounds = found.intervals(forecast, generator.uniform(0, 1e3, 20))
    assert list(bounds) == ["lower_80", "upper_80", "lower_95", "upper_95"]
    assert (bounds["lower_95"] <= bounds["lower_80"]).all()
    assert (bounds["lower_80"] <= forecast).all()
    assert (forecast <= bounds["upper_80"]).all()
    assert (bounds["upper_80"] <= bounds["upper_95"]).all()


def test_beyond_the_calibrated_steps_the_width_grows_with_the_root_of_the_step():
    errors = np.tile([1.0, 2.0, 2.0, 3.0, 9.0, 4.0, 7.0, 5.0], (30, 1))
    upper = calibrate(errors, np.ones(30)).intervals(np.zeros((1, 20)), [2.0])["upper_95"][0]
    np.testing.assert_allclose(upper[:8], 2 * errors[0])
    # The largest of the last quarter (7 and 5) is 7.
    np.testing.assert_allclose(upper[8:], 2 * 7 * np.sqrt(np.arange(9, 21) / 8))


def test_windows_without_a_scale_are_left_out_and_counted():
    errors = np.array([[1.0], [50.0], [2.0], [50.0]])
    found = calibrate(errors, [1.0, 0.0, 1.0, np.nan])
    assert (found.windows, found.windows_left_out) == (2, 2)
    assert found.pooled[1, 0] == 2.0
    with pytest.raises(UsageError, match="no window of the backtest has a scale"):
        calibrate(errors, np.zeros(4))


def test_coverage_is_near_nominal_for_exchangeable_errors():
    generator = np.random.default_rng(4)
    errors = generator.normal(size=(1200, 3))
    found = measure_coverage(errors, np.ones(1200), np.arange(1200))
    assert found.later[80] == pytest.approx(0.80, abs=0.04)
    assert found.later[95] == pytest.approx(0.95, abs=0.02)
    assert found.fitted[80] == pytest.approx(0.80, abs=0.01)
    assert found.windows == 1200


def test_coverage_on_later_windows_shows_what_the_fitted_one_hides():
    generator = np.random.default_rng(5)
    errors = generator.normal(size=(600, 2))
    errors[300:] *= 4  # the series changes its ways
    found = measure_coverage(errors, np.ones(600), np.arange(600))
    assert found.later[80] < 0.4
    assert found.fitted[80] > 0.78
    assert any("too narrow" in sentence for sentence in found.sentences())


def test_no_target_of_a_later_window_is_one_of_an_earlier():
    """Errors that count windows show which ones were used on either side."""
    count, horizon = 40, 6
    origins = np.arange(count)
    generator = np.random.default_rng(6)
    shuffled = generator.permutation(count)
    marks = np.repeat(np.arange(1.0, count + 1)[:, None], horizon, axis=1)
    found = measure_coverage(marks[shuffled], np.ones(count), origins[shuffled])
    later_first = count - found.later_windows
    assert found.later_windows == 20
    assert found.earlier_windows == later_first - horizon + 1
    # The largest earlier mark is its radius: no later mark, all larger, is inside.
    assert found.later[95] == 0.0


def test_coverage_is_counted_window_by_window():
    generator = np.random.default_rng(7)
    errors = generator.normal(size=(80, 2))
    scale = generator.uniform(1, 2, 80)
    found = measure_coverage(errors, scale, np.arange(80))
    earlier, later = range(0, 39), range(40, 80)
    assert (found.earlier_windows, found.later_windows) == (39, 40)
    for level in (80, 95):
        for step in range(2):
            radius = slow_radius([errors[row, step] / scale[row] for row in earlier], level)
            held = [abs(errors[row, step]) / scale[row] <= radius for row in later]
            assert found.later_per_step[level][step] == pytest.approx(sum(held) / len(held))


def test_too_few_windows_to_part_leave_the_coverage_unmeasured_and_say_so():
    found = measure_coverage(np.ones((5, 10)), np.ones(5), np.arange(5))
    assert found.later is None
    assert found.too_few == (95,)
    said = " ".join(found.sentences())
    assert "too few to measure" in said
    assert "cannot support the 95 % interval" in said


def test_two_origins_are_one_on_each_side():
    origins = np.repeat([0, 13], 30)
    generator = np.random.default_rng(8)
    found = measure_coverage(
        generator.normal(size=(60, 13)), np.ones(60), origins, np.tile(np.arange(30), 2)
    )
    assert (found.earlier_windows, found.later_windows) == (30, 30)


def test_the_sentences_give_both_coverages_and_the_windows():
    generator = np.random.default_rng(9)
    found = measure_coverage(generator.normal(size=(200, 1)), np.ones(200), np.arange(200))
    first = found.sentences()[0]
    assert f"the 80 % interval held {100 * found.later[80]:.0f} %" in first
    assert f"the 95 % interval held {100 * found.later[95]:.0f} %" in first
    assert "100 later windows, " in first
    assert "100 earlier windows" in first


def test_interval_scale_is_the_windows_movement_but_at_least_half_of_the_historys():
    windows = np.array([[1.0, 3.0, 2.0], [np.nan, 5.0, 5.0], [np.nan, np.nan, 1.0]])
    assert interval_scale(windows, [1.0, 4.0, np.nan]).tolist() == [1.5, 2.0, 0.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: calibrate([[1.0]], [1.0, 2.0]), "scale"),
        (lambda: calibrate([[np.nan]], [1.0]), "errors must be finite"),
        (lambda: calibrate([[1.0]], [1.0], levels=(95, 80)), "ascending"),
        (lambda: calibrate([[1.0]], [1.0]).intervals([[np.nan]], [1.0]), "forecast must be finite"),
        (lambda: calibrate([[1.0]], [1.0]).intervals([[1.0]], [np.nan]), "scale must be"),
        (lambda: measure_coverage([[1.0]], [1.0], [1, 2]), "origins must have shape"),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()
