"""The verdict's sentence, and how often chance alone makes it call a difference clear."""

import numpy as np
import pytest
from scipy.stats import t as student

from unspool.errors import UsageError
from unspool.evaluation.verdict import _is_clear, _stretches, _t_quantile, judge


def case(windows=95, horizon=1, network=1.0, linear=2.0, seed=0):
    """Forecasts that miss by errors of the given sizes, each its own noise."""
    generator = np.random.default_rng(seed)
    actual = generator.normal(size=(windows, horizon)) * 100
    misses = {"gru": network, "naive": 9.0, "linear": linear}
    return actual, {
        name: actual + size * generator.normal(size=actual.shape) for name, size in misses.items()
    }


def test_a_clear_win_is_said_with_the_figures_of_the_best_baseline():
    actual, forecasts = case()
    found = judge("gru", actual, forecasts, 1.0)
    mae = {name: np.abs(actual - made).mean() for name, made in forecasts.items()}
    assert (found.outcome, found.best_baseline, found.metric) == ("better", "linear", "mae")
    assert found.change == pytest.approx(mae["gru"] / mae["linear"] - 1)
    assert found.sentence == (
        f"gru beats every baseline: MAE {mae['gru']:.4f} against {mae['linear']:.3f} of linear, "
        f"the best of them ({-100 * found.change:.0f} % lower, on 95 windows)."
    )


def test_large_figures_have_their_thousands_parted():
    actual, forecasts = case()
    scaled = {name: 37_204 * made for name, made in forecasts.items()}
    sentence = judge("gru", 37_204 * actual, scaled, 1.0).sentence
    mae = np.abs(actual - forecasts["gru"]).mean() * 37_204
    assert f"MAE {mae:,.0f} against" in sentence
    assert "," in f"{mae:,.0f}"


def test_a_clear_loss_names_the_baseline_to_use_instead():
    actual, forecasts = case(network=4.0)
    found = judge("gru", actual, forecasts, 1.0)
    assert found.outcome == "worse"
    assert found.sentence.startswith("gru does not beat linear: MAE ")
    assert found.sentence.endswith("on 95 windows); use --model linear.")
    python = judge("gru", actual, forecasts, 1.0, advice='model="{}"')
    assert python.sentence.endswith('use model="linear".')


def test_a_difference_within_chance_is_no_clear_difference():
    actual, forecasts = case(network=2.0, linear=2.0)
    found = judge("gru", actual, forecasts, 1.0)
    assert found.outcome == "no clear difference"
    assert found.sentence.startswith("No clear difference between gru and linear: MAE ")
    assert "could be chance; linear is simpler: --model linear." in found.sentence


def test_equal_forecasts_are_no_clear_difference():
    actual, forecasts = case()
    forecasts["linear"] = forecasts["gru"]
    assert judge("gru", actual, forecasts, 1.0).outcome == "no clear difference"
    perfect = judge("gru", actual, {"gru": actual, "naive": actual}, 1.0)
    assert (perfect.outcome, perfect.change) == ("no clear difference", None)


def test_few_windows_are_too_few_to_tell():
    actual, forecasts = case(windows=3, horizon=4)
    found = judge("gru", actual, forecasts, 1.0)
    assert found.outcome == "too few windows"
    assert found.sentence.startswith("Too few windows to tell gru from linear: MAE ")


def test_several_series_are_compared_by_mase_in_which_the_large_one_does_not_rule():
    generator = np.random.default_rng(1)
    series = np.repeat(np.arange(40), 3)
    scale = np.where(series == 0, 1e6, 1.0)
    noise = np.abs(generator.normal(size=(120, 2))) + 1
    actual = np.zeros((120, 2))
    network = np.where(series == 0, 5.0, 1.0)[:, None] * noise * scale[:, None]
    found = judge(
        "gru",
        actual,
        {"gru": network, "naive": 2 * noise * scale[:, None]},
        scale,
        origins=np.tile([0, 2, 4], 40),
        series=series,
    )
    assert (found.metric, found.outcome) == ("mase", "better")
    assert found.scores["gru"]["mae"] > found.scores["naive"]["mae"]
    assert "MASE" in found.sentence
    assert "on 120 windows of 40 series" in found.sentence
    assert "the only one compared" in found.sentence


def test_series_without_a_scale_do_not_disturb_the_comparison():
    actual, forecasts = case(windows=60)
    series = np.arange(60) % 12
    scale = np.where(series == 3, 0.0, 1.0)
    found = judge("gru", actual, forecasts, scale, origins=np.arange(60), series=series)
    assert (found.metric, found.outcome) == ("mase", "better")


def test_a_baseline_chosen_as_the_model_is_compared_with_the_others():
    actual, forecasts = case()
    del forecasts["gru"]
    found = judge("linear", actual, forecasts, 1.0)
    assert found.sentence.startswith("linear beats every other baseline: ")


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
        clear += bool(_is_clear(difference, np.zeros(windows), origins, horizon))
    assert clear / 500 < 0.08


def test_a_real_difference_among_overlapping_windows_is_found():
    generator = np.random.default_rng(3)
    found = 0
    for _ in range(200):
        steps = generator.normal(size=213) + 0.6
        difference = np.convolve(steps, np.ones(14) / 14, mode="valid")
        found += bool(_is_clear(difference, np.zeros(200), np.arange(200), 14))
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
    assert _is_clear(difference, series, np.zeros(800, dtype=int), 1)
    assert not _is_clear(difference, series, origins, 1)


def test_the_quantile_is_students():
    for degrees in [3, 4, 5, 9, 30, 358]:
        assert _t_quantile(degrees) == pytest.approx(student.ppf(0.975, degrees), rel=5e-3)


def test_a_verdict_without_another_method_is_an_error():
    with pytest.raises(UsageError, match="at least one other method"):
        judge("gru", [[1.0]], {"gru": [[1.0]]}, 1.0)
