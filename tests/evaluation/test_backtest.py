"""The backtest against forecasts made one window at a time."""

import numpy as np
import pytest

from unspool.data.panel import panel_from_arrays
from unspool.evaluation import backtest as module
from unspool.evaluation.backtest import backtest, window_rows
from unspool.evaluation.baselines import Drift, Naive, SeasonalNaive
from unspool.evaluation.metrics import naive_scale
from unspool.evaluation.splits import origins_between

HORIZON, LOOK_BACK, SEASON = 3, 9, 4


class Recorder:
    """Forecasts the window's sum, and keeps what it was shown."""

    def __init__(self):
        self.shown = []

    def forecast(self, windows, horizon):
        self.shown.append(windows.copy())
        return np.nansum(windows, axis=1)[:, None] + np.arange(horizon)


def some_panel(seed=0):
    random = np.random.default_rng(seed)
    lengths = (30, 22, 40)
    times = [
        np.datetime64("2024-01-01") + np.arange(40 - n, 40).astype("timedelta64[D]")
        for n in lengths
    ]
    values = [100 + np.cumsum(random.normal(size=n)) for n in lengths]
    return panel_from_arrays(
        values, times=[t.astype("datetime64[us]") for t in times], frequency="D", season=SEASON
    )


def all_origins(panel, begin=5):
    return origins_between(np.full(panel.n_series, begin), panel.lengths, HORIZON, 10**6, 10**6)


def made(panel, methods=None, origins=None):
    series, at = all_origins(panel) if origins is None else origins
    methods = methods or {
        "drift": Drift(),
        "naive": Naive(),
        "seasonal-naive": SeasonalNaive(SEASON),
    }
    return backtest(panel, series, at, HORIZON, LOOK_BACK, next(iter(methods)), methods)


@pytest.fixture(scope="module")
def panel():
    return some_panel()


def test_every_method_forecasts_every_window_from_the_values_before_it(panel):
    found = made(panel)
    assert found.windows == sum(n - HORIZON - 5 + 1 for n in (30, 22, 40))
    slow = {"drift": Drift(), "naive": Naive(), "seasonal-naive": SeasonalNaive(SEASON)}
    for window, (series, origin) in enumerate(zip(found.series, found.origins, strict=True)):
        _, values = panel.series(series)
        known = values[max(0, origin - LOOK_BACK) : origin]
        assert found.actual[window].tolist() == values[origin : origin + HORIZON].tolist()
        for name, method in slow.items():
            expected = method.forecast(known[None], HORIZON)[0]
            np.testing.assert_array_equal(found.forecasts[name][window], expected)
        steps, all_steps = np.abs(np.diff(known)), np.abs(np.diff(values[:origin]))
        moves = max(steps.mean(), all_steps.mean() / 2)
        np.testing.assert_allclose(found.scale[window], moves, rtol=1e-9)
        np.testing.assert_allclose(
            found.mase_scale[window], naive_scale(values[:origin], SEASON), rtol=1e-9
        )
        assert found.from_end[window] == origin - len(values)


def test_blocks_of_any_size_give_the_same_windows(panel, monkeypatch):
    whole, recorder = made(panel), Recorder()
    monkeypatch.setattr(module, "BLOCK", 7)
    cut = made(panel)
    for name, forecasts in whole.forecasts.items():
        np.testing.assert_array_equal(cut.forecasts[name], forecasts)
    np.testing.assert_array_equal(cut.scale, whole.scale)
    made(panel, {"sum": recorder})
    assert [len(shown) for shown in recorder.shown[:-1]] == [7] * (len(recorder.shown) - 1)


def test_what_comes_at_or_after_an_origin_changes_nothing_that_was_forecast_before(panel):
    changed = panel.values.copy()
    rows = panel.offsets[1:, None] - np.arange(1, 11)  # the last ten of every series
    changed[rows] += 1000 * np.random.default_rng(1).normal(size=rows.shape)
    other = panel_from_arrays(
        [changed[a:b] for a, b in zip(panel.offsets[:-1], panel.offsets[1:], strict=True)],
        season=SEASON,
    )
    before, after = made(panel), made(other)
    untouched = before.from_end <= -10
    assert untouched.any()
    assert not untouched.all()
    for name, forecasts in before.forecasts.items():
        found = after.forecasts[name]
        assert (found[untouched] == forecasts[untouched]).all()
        assert (found[~untouched] != forecasts[~untouched]).any()
    np.testing.assert_array_equal(after.scale[untouched], before.scale[untouched])
    np.testing.assert_array_equal(after.mase_scale[untouched], before.mase_scale[untouched])


def test_scores_are_those_of_the_errors(panel):
    found = made(panel)
    absolute = np.abs(found.actual - found.forecasts["naive"])
    by_series = [absolute[found.series == series].mean() for series in range(3)]
    np.testing.assert_allclose(found.scores()["naive"]["mae"], np.mean(by_series))
    per_step = [absolute[found.series == series].mean(axis=0) for series in range(3)]
    np.testing.assert_allclose(found.mae_per_step()["naive"], np.mean(per_step, axis=0))
    np.testing.assert_array_equal(found.errors(), found.actual - found.forecasts["drift"])
    assert found.verdict().model == "drift"
    assert found.verdict().scores == found.scores()


def test_intervals_come_from_the_models_errors_in_units_of_how_each_window_moves(panel):
    found = made(panel)
    relative = np.sort(np.abs(found.errors()) / found.scale[:, None], axis=0)
    rank = int(np.ceil((found.windows + 1) * 0.8)) - 1
    np.testing.assert_allclose(found.calibration().pooled[0], relative[rank])
    assert found.coverage().windows == found.windows


def test_windows_that_never_vary_leave_no_intervals():
    flat = panel_from_arrays(np.full((2, 30), 5.0), season=SEASON)
    found = made(flat)
    assert found.calibration() is None
    assert found.coverage() is None


def test_every_forecast_as_rows(panel):
    series, origins = np.array([2, 0]), np.array([37, 12])
    found = made(panel, origins=(series, origins))
    rows = window_rows(found, panel)
    assert list(rows) == [
        "series", "origin", "time", "step", "actual", "drift", "naive", "seasonal-naive",
    ]  # fmt: skip
    place = 0
    for window, (one, origin) in enumerate(zip(series, origins, strict=True)):
        times, values = panel.series(one)
        for step in range(1, HORIZON + 1):
            assert rows["series"][place] == one
            assert rows["origin"][place] == times[origin - 1]
            assert rows["time"][place] == times[origin + step - 1]
            assert rows["step"][place] == step
            assert rows["actual"][place] == values[origin + step - 1]
            assert rows["drift"][place] == found.forecasts["drift"][window, step - 1]
            place += 1
    assert {len(column) for column in rows.values()} == {place}
