"""The errors against the definitions written out in plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from unspool.errors import UsageError
from unspool.evaluation.metrics import (
    naive_scale,
    naive_scales,
    owa,
    scores,
    scores_per_series,
    scores_per_step,
)

values = st.floats(-1e6, 1e6, width=32)


def slow_scores(actual, forecast, scale, series):
    """Mean over each series' windows, then over the series, one number at a time."""
    by_series = {}
    for row, name in enumerate(series):
        by_series.setdefault(name, []).append(row)

    def average(of_window, left_out=()):
        means = []
        for rows in by_series.values():
            kept = [of_window(row) for row in rows if row not in left_out]
            if kept:
                means.append(sum(kept) / len(kept))
        return sum(means) / len(means) if means else None

    def absolute(row):
        return [abs(y - f) for y, f in zip(actual[row], forecast[row], strict=True)]

    def smape(row):
        terms = []
        for y, f in zip(actual[row], forecast[row], strict=True):
            size = abs(y) + abs(f)
            terms.append(200 * abs(y - f) / size if size else 0.0)
        return sum(terms) / len(terms)

    horizon = len(actual[0])
    no_scale = {row for row, unit in enumerate(scale) if not unit > 0}
    return {
        "mae": average(lambda row: sum(absolute(row)) / horizon),
        "rmse": math.sqrt(average(lambda row: sum(e * e for e in absolute(row)) / horizon)),
        "smape": average(smape),
        "mase": average(lambda row: sum(absolute(row)) / horizon / scale[row], no_scale),
    }


def example(seed=0, windows=7, horizon=3):
    generator = np.random.default_rng(seed)
    actual = generator.normal(size=(windows, horizon)) * 10
    forecast = actual + generator.normal(size=(windows, horizon))
    return actual, forecast, generator.uniform(0.5, 2.0, windows)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_scores_equal_the_definitions_in_loops(data):
    windows, horizon = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))
    actual = data.draw(arrays(float, (windows, horizon), elements=values))
    forecast = data.draw(arrays(float, (windows, horizon), elements=values))
    scale = data.draw(arrays(float, windows, elements=st.sampled_from([0.0, 0.5, 3.0, math.nan])))
    series = data.draw(arrays(int, windows, elements=st.integers(0, 2)))
    expected = slow_scores(actual.tolist(), forecast.tolist(), scale.tolist(), series.tolist())
    found = scores(actual, forecast, scale, series)
    for name, value in expected.items():
        assert found[name] == (None if value is None else pytest.approx(value, rel=1e-9))


def test_a_perfect_forecast_of_zeros_has_no_error():
    found = scores(np.zeros((2, 3)), np.zeros((2, 3)), 1.0)
    assert (found["mae"], found["rmse"], found["smape"], found["mase"]) == (0.0, 0.0, 0.0, 0.0)


def test_smape_of_a_known_case():
    # |100 - 50| * 200 / 150 and |0 - 5| * 200 / 5
    assert scores([[100.0, 0.0]], [[50.0, 5.0]], 1.0)["smape"] == pytest.approx((200 / 3 + 200) / 2)


def test_every_series_counts_alike_however_many_windows_it_has():
    actual = np.array([[0.0], [0.0], [0.0], [0.0]])
    forecast = np.array([[1.0], [1.0], [1.0], [5.0]])
    found = scores(actual, forecast, 1.0, ["a", "a", "a", "b"])
    assert found["mae"] == pytest.approx(3.0)
    assert found["rmse"] == pytest.approx(math.sqrt((1 + 25) / 2))


def test_windows_and_series_without_a_scale_are_left_out_of_mase_and_counted():
    actual, forecast = np.zeros((5, 1)), np.array([[2.0], [100.0], [100.0], [4.0], [100.0]])
    found = scores(actual, forecast, [1.0, 0.0, np.nan, 2.0, 0.0], ["a", "a", "b", "c", "b"])
    assert found["mase"] == pytest.approx(2.0)
    assert (found["mase_windows_left_out"], found["mase_series_left_out"]) == (3, 1)
    assert (found["windows"], found["series"]) == (5, 3)


def test_mase_is_none_where_nothing_has_a_scale():
    assert scores([[1.0]], [[2.0]], 0.0)["mase"] is None
    assert np.isnan(scores_per_step([[1.0]], [[2.0]], 0.0)["mase"]).all()


def test_errors_per_step_are_those_of_each_column_alone():
    actual, forecast, scale = example()
    series = np.array([0, 0, 0, 1, 1, 2, 2])
    found = scores_per_step(actual, forecast, scale, series)
    for step in range(actual.shape[1]):
        column = np.s_[:, step : step + 1]
        alone = scores(actual[column], forecast[column], scale, series)
        for name in ("mae", "rmse", "smape", "mase"):
            assert found[name][step] == pytest.approx(alone[name], rel=1e-12)


def test_errors_per_series_are_those_of_its_windows_alone():
    actual, forecast, scale = example()
    scale[3:5] = 0.0
    series = np.array(["x", "y", "x", "b", "b", "y", "x"])
    found = scores_per_series(actual, forecast, scale, series)
    assert found["series"].tolist() == ["b", "x", "y"]
    for place, name in enumerate(["b", "x", "y"]):
        rows = series == name
        alone = scores(actual[rows], forecast[rows], scale[rows], series[rows])
        for metric in ("mae", "rmse", "smape"):
            assert found[metric][place] == pytest.approx(alone[metric], rel=1e-12)
        assert (
            np.isnan(found["mase"][place])
            if alone["mase"] is None
            else found["mase"][place] == pytest.approx(alone["mase"])
        )


def test_naive_scale_is_the_mean_seasonal_difference():
    history = [3.0, 5.0, 4.0, 9.0, 1.0]
    assert naive_scale(history, 1) == pytest.approx((2 + 1 + 5 + 8) / 4)
    assert naive_scale(history, 2) == pytest.approx((1 + 4 + 3) / 3)
    assert naive_scale([7.0, 7.0, 7.0]) == 0.0
    assert math.isnan(naive_scale(history, 5))


def test_scales_at_many_origins_use_only_what_lies_before_each():
    generator = np.random.default_rng(3)
    lengths = [12, 30, 5]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    flat = generator.normal(size=offsets[-1]) * np.repeat([1e9, 1.0, 1e-9], lengths)
    series = np.array([1, 0, 2, 1, 1, 2, 0])
    origins = np.array([30, 12, 5, 4, 9, 3, 2])
    for season in (1, 4):
        expected = [
            naive_scale(flat[offsets[which] : offsets[which] + origin], season)
            for which, origin in zip(series, origins, strict=True)
        ]
        found = naive_scales(flat, offsets, series, origins, season)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        changed = flat.copy()
        changed[offsets[1] + 9 :] += 1e6  # the future of series 1's third window
        again = naive_scales(changed, offsets, series[3:5], origins[3:5], season)
        np.testing.assert_allclose(again, expected[3:5], rtol=1e-12)


def test_a_constant_series_beside_a_large_one_has_a_scale_of_exactly_zero():
    flat = np.concatenate([np.array([1e15, -1e15, 1e15]) / 3, np.full(4, 0.1)])
    assert naive_scales(flat, [0, 3, 7], [1], [4]).tolist() == [0.0]


def test_an_origin_beyond_its_series_is_an_error():
    with pytest.raises(UsageError, match="series 0 has 3 values"):
        naive_scales([1.0, 2.0, 3.0, 4.0], [0, 3, 4], [0], [4])


def test_owa_is_one_for_the_reference_and_missing_without_a_scale():
    actual, forecast, scale = example()
    reference = scores(actual, forecast, scale)
    assert owa(reference, reference) == pytest.approx(1.0)
    halved = scores(actual, forecast, 2 * scale)
    assert owa(halved, reference) == pytest.approx(0.75)
    assert owa(scores(actual, forecast, 0.0), reference) is None
    assert owa(reference, scores(actual, actual, scale)) is None


@pytest.mark.parametrize(
    ("actual", "forecast", "scale", "series", "message"),
    [
        ([[1.0, 2.0]], [[1.0]], 1.0, None, "one shape"),
        (np.zeros((0, 2)), np.zeros((0, 2)), 1.0, None, "neither 0"),
        ([[1.0, np.nan]], [[1.0, 1.0]], 1.0, None, "actual is nan in window 0, step 2"),
        ([[1.0]], [[np.inf]], 1.0, None, "forecast is inf"),
        ([[1.0]], [[1.0]], [1.0, 1.0], None, "scale must be one number"),
        ([[1.0]], [[1.0]], -1.0, None, "not negative"),
        ([[1.0]], [[1.0]], 1.0, ["a", "b"], "series must have shape"),
    ],
)
def test_wrong_input_is_named(actual, forecast, scale, series, message):
    with pytest.raises(UsageError, match=message):
        scores(actual, forecast, scale, series)
