"""The verdict's sentence, its figures and what they are compared with."""

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.evaluation.verdict import judge


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


def test_a_verdict_without_another_method_is_an_error():
    with pytest.raises(UsageError, match="at least one other method"):
        judge("gru", [[1.0]], {"gru": [[1.0]]}, 1.0)
