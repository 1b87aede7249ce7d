"""Windows against the same values taken one at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.data.panel import panel_from_arrays
from unspool.data.windows import (
    centre_and_scale,
    deviation,
    newest_columns,
    scaled,
    values_after,
    values_before,
)


@st.composite
def panels_with_origins(draw):
    lengths = draw(st.lists(st.integers(2, 30), min_size=1, max_size=5))
    series = [np.arange(n) + 100.0 * (i + 1) for i, n in enumerate(lengths)]
    panel = panel_from_arrays(series, season=1)
    which = draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=8))
    origins = [draw(st.integers(1, lengths[i])) for i in which]
    return panel, series, np.array(which), np.array(origins)


@given(panels_with_origins(), st.integers(1, 40))
def test_the_values_before_an_origin_are_those_of_its_own_series_padded_on_the_left(drawn, length):
    panel, series, which, origins = drawn
    found = values_before(panel, which, origins, length)
    assert found.shape == (len(which), length)
    for row, i, origin in zip(found, which, origins, strict=True):
        known = series[i][max(0, origin - length) : origin]
        np.testing.assert_array_equal(row, [np.nan] * (length - len(known)) + known.tolist())


@given(panels_with_origins(), st.integers(1, 40))
def test_the_values_after_an_origin_are_those_of_its_own_series_and_nan_past_its_end(
    drawn, horizon
):
    panel, series, which, origins = drawn
    found = values_after(panel, which, origins, horizon)
    assert found.shape == (len(which), horizon)
    for row, i, origin in zip(found, which, origins, strict=True):
        coming = series[i][origin : origin + horizon]
        np.testing.assert_array_equal(row, coming.tolist() + [np.nan] * (horizon - len(coming)))


def test_what_comes_at_or_after_an_origin_changes_no_window_before_it():
    values = np.random.default_rng(0).normal(size=(2, 40))
    changed = values.copy()
    changed[:, 25:] = 1e6
    series, origins = np.array([0, 1, 1]), np.array([25, 25, 3])
    before = [
        scaled(values_before(panel_from_arrays(v, season=1), series, origins, 10))
        for v in (values, changed)
    ]
    for one, other in zip(*before, strict=True):
        assert one.tobytes() == other.tobytes()


def slow_scaled(window):
    known = window[~np.isnan(window)]
    spread = np.sqrt(np.mean((known - np.mean(known)) ** 2))
    levels = np.zeros(len(window))
    if spread > 0:
        levels[len(window) - len(known) :] = (known - known[-1]) / spread
    return levels, len(known), known[-1], spread


def test_a_window_is_its_differences_from_the_newest_value_over_its_deviation():
    random = np.random.default_rng(1)
    windows = random.normal(3, 5, size=(6, 12))
    for row, padding in enumerate((0, 1, 5, 10, 11)):
        windows[row, :padding] = np.nan
    found = scaled(windows)
    for row, window in enumerate(windows):
        levels, known, newest, spread = slow_scaled(window)
        np.testing.assert_allclose(found.levels[row], levels, rtol=1e-6, atol=1e-7)
        assert found.known[row] == known
        assert found.newest[row] == newest
        np.testing.assert_allclose(found.scale[row], spread, rtol=1e-12)
    assert found.levels.dtype == np.float32
    np.testing.assert_array_equal(deviation(windows), found.scale)


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e12])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
def test_small_moves_around_a_large_value_survive_scaling_and_come_back(offset, size):
    moves = size * np.random.default_rng(2).integers(-64, 64, size=(4, 20)) / 64
    windows = offset + moves
    found = scaled(windows)
    # What float64 itself holds of the moves is what must come back, at float32's precision.
    held = windows - windows[:, -1:]
    restored = found.restore(found.levels) - windows[:, -1:]
    rounding = np.spacing(abs(offset) + size)
    np.testing.assert_allclose(restored, held, atol=1e-6 * size + rounding)
    np.testing.assert_allclose(found.scale, held.std(axis=1), rtol=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e9 + 0.1, 1e-300, 1e300])
def test_whatever_is_forecast_from_a_constant_window_comes_back_as_its_value(value):
    windows = np.full((3, 9), value)
    windows[1, :4] = np.nan
    windows[2, :8] = np.nan
    found = scaled(windows)
    assert (found.scale == 0).all()
    assert (found.levels == 0).all()
    assert (found.restore(np.array([[1.0, -3.0]] * 3)) == value).all()


@pytest.mark.parametrize("unit", [1e-300, 1e-160, 1e-12, 1e12, 1e160, 1e300])
def test_the_unit_of_a_series_changes_only_the_scale(unit):
    windows = np.random.default_rng(3).normal(size=(5, 16))
    plain, other = scaled(windows), scaled(windows * unit)
    np.testing.assert_allclose(other.levels, plain.levels, rtol=1e-6)
    np.testing.assert_allclose(other.scale, plain.scale * unit, rtol=1e-12)


def test_the_mean_and_the_deviation_of_values_far_from_zero_are_exact():
    values = 1e9 + np.array([0.0, 1.0, 2.0, 3.0])
    mean, spread = centre_and_scale(values)
    assert mean == 1e9 + 1.5
    np.testing.assert_allclose(spread, np.sqrt(1.25), rtol=1e-12)
    assert centre_and_scale(np.full(7, 0.1)) == (0.1, 0.0)


def test_newest_columns_cuts_or_pads_on_the_left():
    windows = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(newest_columns(windows, 2), [[2.0, 3.0]])
    np.testing.assert_array_equal(newest_columns(windows, 3), windows)
    np.testing.assert_array_equal(newest_columns(windows, 5), [[np.nan, np.nan, 1.0, 2.0, 3.0]])
