"""Networks fitted through the Forecaster: what they learn, never see, and do when stopped."""

import numpy as np
import pytest

import unspool
from unspool.data.panel import panel_from_arrays
from unspool.errors import DivergedError
from unspool.evaluation.splits import split
from unspool.models.predictor import NetworkForecast
from unspool.tasks import networks

ROWS, HORIZON = 200, 16
SERIES = 100


def walks(seed=0, series=SERIES):
    return np.cumsum(np.random.default_rng(seed).normal(size=(series, ROWS)), axis=1)


def fit(values, spec=None, training=None, horizon=HORIZON, seed=0, season=1, **more):
    """A small GRU fitted to a few series (n, rows)."""
    forecaster = unspool.Forecaster(
        spec or unspool.Gru(hidden=4, look_back=20),
        horizon,
        training=training or unspool.Training(steps=10, batch=16, checks=2),
        seed=seed,
    )
    return forecaster.fit_panel(panel_from_arrays(values, season=season), **more)


def made(forecaster, horizon=None):
    return forecaster.forecast_panel(horizon=horizon).columns["forecast"]


@pytest.mark.usefixtures("quick_compiling")
@pytest.mark.parametrize("strategy", ["direct", "sequence", "recursive"])
def test_on_random_walks_the_error_grows_as_theirs_does(strategy):
    """Decoding from the newest state: step 1 is 1 / sqrt(16) as wrong as step 16."""
    spec = unspool.Gru(hidden=8, look_back=24, strategy=strategy)
    training = unspool.Training(steps=60, batch=32, checks=3, finish=0, learning_rate=3e-3)
    backtest = fit(walks(), spec, training).backtest()
    per_step = backtest.mae_per_step()
    naive = np.array(per_step["naive"])
    network = np.array(per_step["gru"])
    assert network[0] / network[-1] == pytest.approx(1 / np.sqrt(HORIZON), rel=0.25)
    # Nothing beats the newest value; a sound network comes close to it at every step.
    assert (network < 1.25 * naive).all()


@pytest.mark.usefixtures("quick_compiling")
def test_a_network_beats_naive_by_far_on_what_can_be_learned():
    random = np.random.default_rng(1)
    phases = random.uniform(0, 2 * np.pi, size=(SERIES, 1))
    sines = np.sin(2 * np.pi * np.arange(ROWS) / 25 + phases)
    spec = unspool.Gru(hidden=8, look_back=24, autoregression=False)
    training = unspool.Training(steps=300, batch=32, checks=6, finish=0, learning_rate=1e-2)
    forecaster = fit(sines + 0.1 * random.normal(size=sines.shape), spec, training)
    history = forecaster.fitted.histories[0]
    assert np.mean(history.losses[-20:]) < 0.5 * np.mean(history.losses[:5])
    scores = forecaster.backtest().scores()
    assert scores["gru"]["mae"] < 0.35 * scores["naive"]["mae"]
    coverage = forecaster.fitted.coverage.fitted
    assert coverage[80] == pytest.approx(0.8, abs=0.01)
    assert coverage[95] == pytest.approx(0.95, abs=0.01)


@pytest.fixture(scope="module")
def few():
    return walks(2, 3)


@pytest.fixture(scope="module")
def first(few):
    return fit(few)


def test_the_same_seed_gives_the_same_bits_and_another_other_ones(few, first):
    again, other = fit(few), fit(few, seed=1)
    assert made(again).tobytes() == made(first).tobytes()
    assert again.fitted.histories[0].losses == first.fitted.histories[0].losses
    assert (
        again.backtest().forecasts["gru"].tobytes() == first.backtest().forecasts["gru"].tobytes()
    )
    assert (made(other) != made(first)).all()


def test_rows_kept_for_the_backtest_change_nothing_that_is_forecast_before_them(few, first):
    """Not by the weights, the choice of the best of them, the scaling or the linear baseline."""
    parts = split(np.full(3, ROWS), HORIZON)
    begin = int(parts.validation_end[0])
    changed = few.copy()
    changed[:, begin:] = 1e4 * np.random.default_rng(3).normal(size=changed[:, begin:].shape)
    other = fit(changed)
    assert other.fitted.histories[0].losses == first.fitted.histories[0].losses
    assert other.fitted.histories[0].check_errors == first.fitted.histories[0].check_errors
    before, after = first.backtest(), other.backtest()
    np.testing.assert_array_equal(before.origins, after.origins)
    earliest = before.origins == begin
    assert earliest.sum() == 3
    for name, forecasts in before.forecasts.items():
        assert forecasts[earliest].tobytes() == after.forecasts[name][earliest].tobytes()
        assert (forecasts[~earliest] != after.forecasts[name][~earliest]).any()


def test_the_final_network_has_learned_from_the_newest_rows(few, first):
    held_back = fit(few, training=unspool.Training(steps=10, batch=16, checks=2, finish=0))
    assert held_back.fitted.histories[0].losses == first.fitted.histories[0].losses
    assert len(held_back.fitted.histories) == 1
    best = first.fitted.histories[0].best_step
    # A quarter of the steps of the best network, or of one check's 5, rounded up.
    assert len(first.fitted.histories[1].losses) == np.ceil(max(best, 5) / 4)
    assert first.fitted.histories[1].check_errors == []
    assert (made(held_back) != made(first)).any()
    np.testing.assert_array_equal(
        held_back.backtest().forecasts["gru"], first.backtest().forecasts["gru"]
    )


def test_several_networks_forecast_their_mean(few):
    spec = unspool.Gru(hidden=4, look_back=20, members=2)
    both = fit(few, spec)
    model = both.fitted.model
    assert len(model.networks) == 2
    windows = few[:, -20:]
    each = [NetworkForecast((network,)).forecast(windows, HORIZON) for network in model.networks]
    assert (each[0] != each[1]).all()
    np.testing.assert_allclose(made(both), np.mean(each, axis=0), rtol=1e-6)
    assert len(both.fitted.histories) == 4


@pytest.mark.parametrize("unit", [1e3, 1e12, 1e-12])
def test_another_unit_of_every_series_gives_the_same_forecast_in_it(few, first, unit):
    found = fit(few * unit)
    np.testing.assert_allclose(made(found) / unit, made(first), rtol=1e-3, atol=1e-2)
    upper, expected = (f.forecast_panel().columns["upper_80"] for f in (found, first))
    np.testing.assert_allclose(upper / unit, expected, rtol=1e-3, atol=1e-2)


def test_a_level_far_from_zero_keeps_the_forecast(few, first):
    found = fit(few + 1e9)
    np.testing.assert_allclose(made(found) - 1e9, made(first), rtol=1e-3, atol=1e-2)


def test_ctrl_c_ends_the_training_and_keeps_the_best_so_far(few):
    seen = []

    def interrupt(progress):
        seen.append(progress)
        if progress.step >= 5:
            raise KeyboardInterrupt

    spec = unspool.Gru(hidden=4, look_back=20, members=2)
    stopped = fit(few, spec, on_progress=interrupt)
    assert stopped.fitted.interrupted
    assert [history.stopped for history in stopped.fitted.histories] == ["interrupted"]
    assert len(stopped.fitted.model.networks) == 1
    assert np.isfinite(made(stopped)).all()
    assert {progress.phase for progress in seen} == {"training 1 of 2"}


@pytest.mark.parametrize("finish", [0.25, 0])
def test_ctrl_c_between_two_networks_keeps_the_first(few, monkeypatch, finish):
    built = []

    def build(*given, **named):
        if built:
            raise KeyboardInterrupt
        built.append(True)
        return unpatched(*given, **named)

    unpatched = networks.build
    monkeypatch.setattr(networks, "build", build)
    training = unspool.Training(steps=10, batch=16, checks=2, finish=finish)
    stopped = fit(few, unspool.Gru(hidden=4, look_back=20, members=2), training)
    assert stopped.fitted.interrupted
    assert len(stopped.fitted.model.networks) == 1
    assert len(stopped.fitted.histories[0].losses) == 10
    assert [h.stopped for h in stopped.fitted.histories][-1] == "interrupted"
    assert np.isfinite(made(stopped)).all()


def test_ctrl_c_between_training_and_finishing_keeps_the_trained_network(few, first, monkeypatch):
    def check(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(networks, "_check_finished", check)
    stopped = fit(few)
    assert stopped.fitted.interrupted
    (kept,) = stopped.fitted.model.networks
    windows = few[:, -20:]
    held_back = NetworkForecast((kept,)).forecast(windows, HORIZON)
    assert (
        held_back != NetworkForecast(first.fitted.model.networks).forecast(windows, HORIZON)
    ).all()
    np.testing.assert_array_equal(
        stopped.backtest().forecasts["gru"], first.backtest().forecasts["gru"]
    )


def test_ctrl_c_before_anything_is_trained_is_raised(few, monkeypatch):
    def build(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(networks, "build", build)
    with pytest.raises(KeyboardInterrupt):
        fit(few)


def test_ctrl_c_while_finishing_keeps_what_it_came_to(few, first):
    def interrupt(progress):
        if progress.phase == "finishing":
            raise KeyboardInterrupt

    stopped = fit(few, on_progress=interrupt)
    assert [history.stopped for history in stopped.fitted.histories] == ["steps", "interrupted"]
    np.testing.assert_array_equal(
        stopped.backtest().forecasts["gru"], first.backtest().forecasts["gru"]
    )


def test_progress_goes_through_the_phases(few):
    seen = []
    fit(few, on_progress=seen.append)
    assert [p.step for p in seen if p.phase == "training"][-1] == 10
    assert {p.phase for p in seen} == {"training", "finishing"}
    assert all(np.isfinite(p.loss) for p in seen)


def test_a_time_limit_ends_the_training(few):
    # So many that the finishing part, too, is more than any machine does in the time.
    training = unspool.Training(steps=10_000_000, batch=16, minutes=0.02)
    limited = fit(few, training=training)
    assert [history.stopped for history in limited.fitted.histories] == ["minutes", "minutes"]
    assert np.isfinite(made(limited)).all()


def test_a_diverged_training_is_one_line(few):
    training = unspool.Training(steps=10, batch=16, checks=2, learning_rate=1e30)
    with pytest.raises(DivergedError, match=r"^training stopped at step .* is too high: try "):
        fit(few, training=training)


def test_a_network_that_finishing_spoils_is_not_kept_in_silence(few):
    """Nothing validates the last steps: what they break must not be handed out."""
    training = unspool.Training(steps=10, batch=16, checks=2, learning_rate=30.0)
    with pytest.raises(DivergedError, match="training on all rows has spoilt the network"):
        fit(few, training=training)


def test_series_that_move_only_after_the_training_part_are_fitted(few):
    late = few.copy()
    late[:, :180] = 5.0
    assert np.isfinite(made(fit(late))).all()
