"""Windows on the device against those of `data.windows`, which a forecast is made from."""

import jax
import numpy as np
import pytest

from unspool.data.panel import panel_from_arrays
from unspool.data.windows import scaled, values_after, values_before
from unspool.training.loop import windows_of
from unspool.training.store import store

LOOK_BACK, HORIZON = 12, 4


def random_panel():
    random = np.random.default_rng(0)
    return panel_from_arrays(
        [
            np.cumsum(random.normal(size=40)),
            1e9 + np.cumsum(random.normal(size=15)),  # never a full window
            1e-9 * random.normal(size=60),
            -1e6 + 1e5 * np.sin(np.arange(30)),
        ],
        season=1,
    )


def stored(panel, fitted_on=None, series=None):
    series = np.arange(panel.n_series) if series is None else np.asarray(series)
    lengths = panel.lengths[series]
    fitted_on = lengths if fitted_on is None else fitted_on
    return store(panel, series, np.full(len(series), 3), lengths - HORIZON, fitted_on)


def every_window(panel):
    pairs = [(s, o) for s, n in enumerate(panel.lengths) for o in range(3, n - HORIZON + 1)]
    return np.array(pairs, np.int32).T


def check_twins(batch, panel, series, origins, atol=1e-5):
    read = scaled(values_before(panel, series, origins, LOOK_BACK))
    ahead = values_after(panel, series, origins, HORIZON) - read.newest[:, None]
    np.testing.assert_array_equal(batch.known, read.known)
    np.testing.assert_allclose(batch.levels, read.levels, atol=atol)
    np.testing.assert_allclose(batch.ahead, ahead / read.scale[:, None], atol=atol, rtol=1e-5)


def test_windows_on_the_device_are_those_a_forecast_is_made_from():
    panel = random_panel()
    series, origins = every_window(panel)
    batch = windows_of(stored(panel), series, origins, LOOK_BACK, HORIZON)
    np.testing.assert_array_equal(batch.series, series)
    np.testing.assert_array_equal(batch.origins, origins)
    check_twins(batch, panel, series, origins)


def test_only_the_rows_that_were_asked_for_are_there_and_give_the_same_windows():
    panel = random_panel()
    fitted_on = np.array([20, 9, 50, 16])
    series, origins = every_window(panel)
    inside = origins + HORIZON <= fitted_on[series]
    series, origins = series[inside], origins[inside]
    found = stored(panel, fitted_on)
    check_twins(windows_of(found, series, origins, LOOK_BACK, HORIZON), panel, series, origins)
    for begin, end, rows in zip(panel.offsets[:-1], panel.offsets[1:], fitted_on, strict=True):
        assert (found.values[begin + rows : end] == 0).all()


def test_a_leap_after_the_rows_that_were_asked_for_overflows_nothing():
    values = np.append(1e-9 * np.random.default_rng(2).normal(size=30), 1e30)
    found = stored(panel_from_arrays(values, season=1), fitted_on=np.array([30]))
    assert np.isfinite(found.values).all()


def test_series_are_counted_within_the_store():
    panel = random_panel()
    chosen = stored(panel, series=[3, 0])
    batch = windows_of(chosen, np.array([0, 1]), np.array([20, 20]), LOOK_BACK, HORIZON)
    check_twins(batch, panel, np.array([3, 0]), np.array([20, 20]))


def test_the_series_before_and_after_do_not_reach_into_a_window():
    quiet = np.random.default_rng(1).normal(size=20)
    origins = np.array([4, 16])
    batches = []
    for neighbour in (0.0, 1e6):
        panel = panel_from_arrays(
            [neighbour * np.arange(20.0), quiet, neighbour * np.arange(20.0)], season=1
        )
        batches.append(windows_of(stored(panel), np.array([1, 1]), origins, LOOK_BACK, HORIZON))
    for one, other in zip(*batches, strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_a_window_that_does_not_vary_counts_as_zeros_whatever_follows():
    values = np.concatenate([np.full(20, 0.1), [5.0, 6.0, 7.0, 8.0]])
    batch = windows_of(
        stored(panel_from_arrays(values, season=1)),
        np.array([0]),
        np.array([20]),
        LOOK_BACK,
        HORIZON,
    )
    assert (batch.levels == 0).all()
    assert (batch.ahead == 0).all()


@pytest.mark.parametrize("place", [18, 22])
def test_a_value_that_is_not_finite_stays_seen(place):
    """Whether before the forecast or after it: it must not pass as a window without movement."""
    chosen = stored(random_panel())
    broken = chosen._replace(values=chosen.values.at[place].set(np.nan))
    batch = windows_of(broken, np.array([0]), np.array([20]), LOOK_BACK, HORIZON)
    assert np.isnan(batch.levels).any() or np.isnan(batch.ahead).any()
    whole = windows_of(broken, np.array([0]), np.array([36]), LOOK_BACK, HORIZON)
    assert np.isfinite(whole.levels).all()


def test_windows_are_drawn_between_first_and_last_from_every_series_alike():
    chosen = stored(random_panel())
    draw = jax.jit(lambda key: chosen.draw(key, 4000, LOOK_BACK, HORIZON))
    batch = jax.tree.map(np.asarray, draw(jax.random.key(0)))
    shares = np.bincount(batch.series) / 4000
    np.testing.assert_allclose(shares, 0.25, atol=0.03)
    for series in range(4):
        origins = np.asarray(batch.origins)[batch.series == series]
        first, last = int(chosen.first[series]), int(chosen.last[series])
        assert set(origins) == set(range(first, last + 1))
    check_twins(batch, random_panel(), np.asarray(batch.series), np.asarray(batch.origins))
    again = draw(jax.random.key(0))
    assert (again.origins == batch.origins).all()
    assert (draw(jax.random.key(1)).origins != batch.origins).any()
