"""When a run checks, stops and keeps what; the arithmetic of its steps is tested in test_step."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.errors import DivergedError
from unspool.training import loop
from unspool.training.loop import train, windows_of
from unspool.training.settings import Training
from unspool.training.step import LONGEST_STRETCH
from unspool.training.validation import Validation

LOOK_BACK, HORIZON = 8, 3
SETTINGS = Training(batch=16, checks=5, patience=3)


class Pretence:
    """Training without arithmetic: the "network" counts its steps, errors are looked up by them.

    It is its own validation; one that is higher by `alike` or less does not count as worse.
    """

    def __init__(self, monkeypatch, error_at=lambda step: 1.0, seconds_a_step=1e-3, alike=0.0):
        self.clock, self.error_at, self.seconds = 0.0, error_at, seconds_a_step
        self.alike = alike
        self.stretches, self.rates, self.checked, self.reported = [], [], [], []
        monkeypatch.setattr(loop, "stretch", self.stretch)
        monkeypatch.setattr(loop.time, "perf_counter", lambda: self.clock)

    def stretch(self, network, memory, series, rates, first, count, key, **settings):
        self.settings, count = settings, int(count)
        self.stretches.append((int(first), count))
        self.rates.extend(np.asarray(rates)[:count].tolist())
        self.clock += self.seconds * count
        losses = jnp.arange(LONGEST_STRETCH) + float(first)
        return network + count, memory, losses, jnp.ones(LONGEST_STRETCH)

    def errors(self, network):
        self.checked.append(int(network))
        return np.array([self.error_at(int(network))])

    def worse(self, errors, best):
        return not errors[0] <= best[0] + self.alike

    def train(self, steps, validated=True, settings=SETTINGS, on_progress=None, **more):
        def report(progress):
            self.reported.append(progress)
            if on_progress is not None:
                on_progress(progress)

        network, history = train(
            jnp.zeros(()),
            None,
            self if validated else None,
            settings,
            jax.random.key(0),
            horizon=HORIZON,
            steps=steps,
            learning_rate=0.1,
            on_progress=report,
            **more,
        )
        return int(network), history


def test_the_error_is_checked_before_the_first_step_and_as_often_as_asked(monkeypatch):
    run = Pretence(monkeypatch)
    _, history = run.train(23, settings=Training(checks=5, patience=99))
    assert run.checked == [0, 5, 10, 15, 20, 23]
    assert history.check_steps == run.checked
    assert history.check_errors == [1.0] * 6
    assert history.losses == [float(step) for step in range(23)]
    assert history.stopped == "steps"


def test_the_best_network_is_kept_where_the_last_is_worse(monkeypatch):
    errors = {0: 5.0, 10: 3.0, 20: 2.0, 30: 2.5, 40: 2.0, 50: 4.0}
    kept, history = Pretence(monkeypatch, errors.get).train(50)
    assert kept == 20
    assert history.best_step == 20


def test_patience_counts_the_checks_without_a_better_error(monkeypatch):
    errors = {0: 5.0, 10: 3.0, 20: 3.0, 30: 2.0, 40: 3.0, 50: 2.1, 60: 2.01, 70: 1.0}
    run = Pretence(monkeypatch, lambda step: errors[step])
    kept, history = run.train(100, settings=Training(checks=10, patience=3))
    assert kept == 30
    assert history.stopped == "patience"
    assert run.checked[-1] == 60


def test_the_last_network_is_kept_where_the_best_is_so_by_chance(monkeypatch):
    """Only there has the learning rate fallen to nothing."""
    errors = {0: 5.0, 10: 3.0, 20: 2.0, 30: 9.0, 40: 9.0, 50: 2.4}
    kept, history = Pretence(monkeypatch, errors.get, alike=0.5).train(50)
    assert (kept, history.best_step, history.stopped) == (50, 50, "steps")
    kept, history = Pretence(monkeypatch, errors.get, alike=0.3).train(50)
    assert (kept, history.best_step, history.stopped) == (20, 20, "patience")


def test_patience_counts_the_checks_in_a_row_that_are_worse_by_more_than_chance(monkeypatch):
    errors = {0: 5.0, 10: 3.0, 20: 4.0, 30: 4.0, 40: 3.4, 50: 4.0, 60: 3.6, 70: 3.6}
    run = Pretence(monkeypatch, errors.get, alike=0.5)
    kept, history = run.train(100, settings=Training(checks=10, patience=3))
    assert (kept, history.stopped) == (10, "patience")
    assert run.checked[-1] == 70


def test_an_untrained_network_that_nothing_betters_is_kept(monkeypatch):
    kept, history = Pretence(monkeypatch, lambda step: 1.0 + step).train(100)
    assert (kept, history.best_step, history.stopped) == (0, 0, "patience")


def test_without_validation_the_last_network_is_kept(monkeypatch):
    run = Pretence(monkeypatch)
    kept, history = run.train(30, validated=False)
    assert (kept, history.best_step) == (30, 30)
    assert run.checked == []
    assert history.check_errors == []


def test_steps_are_told_what_the_settings_say(monkeypatch):
    made = Pretence(monkeypatch)
    made.train(2, settings=Training(batch=16, clip_norm=3.0, clip_value=0.5))
    assert made.settings == {"batch": 16, "horizon": 3, "clip_norm": 3.0, "clip_value": 0.5}


def test_rates_fall_along_half_a_cosine(monkeypatch):
    run = Pretence(monkeypatch)
    run.train(40, validated=False)
    expected = [0.1 * (1 + math.cos(math.pi * step / 40)) / 2 for step in range(40)]
    np.testing.assert_allclose(run.rates, expected, rtol=1e-5, atol=1e-9)


def test_stretches_grow_to_the_time_that_one_should_take_and_stop_at_checks(monkeypatch):
    run = Pretence(monkeypatch, seconds_a_step=loop.SECONDS_A_STRETCH / 30)
    run.train(1000, settings=Training(checks=10, patience=99))
    counts = [count for _, count in run.stretches]
    assert counts[:3] == [1, 1, 30]  # the first compiles and says nothing of the speed
    assert max(counts) == 30
    ends = {first + count for first, count in run.stretches}
    assert ends >= set(range(100, 1001, 100))
    assert sum(counts) == 1000


def test_a_time_limit_ends_a_run_with_a_last_check(monkeypatch):
    run = Pretence(monkeypatch, lambda step: 10.0 - step, seconds_a_step=1.0)
    kept, history = run.train(1000, seconds=7.5)
    assert history.stopped == "minutes"
    assert history.seconds == 8.0
    assert (kept, history.best_step, history.check_steps) == (8, 8, [0, 8])


def test_the_rates_fall_to_nothing_within_the_time_limit(monkeypatch):
    run = Pretence(monkeypatch, seconds_a_step=1.0)
    run.train(1000, validated=False, seconds=10.0)
    expected = [0.1 * (1 + math.cos(math.pi * second / 10)) / 2 for second in range(10)]
    np.testing.assert_allclose(run.rates, expected, rtol=1e-5)


def test_a_run_that_ends_before_its_time_limit_is_not_cut_short(monkeypatch):
    _, history = Pretence(monkeypatch, seconds_a_step=1.0).train(5, validated=False, seconds=5.0)
    assert (history.stopped, len(history.losses)) == ("steps", 5)


def test_a_time_limit_keeps_the_last_network_where_the_best_is_so_by_chance(monkeypatch):
    run = Pretence(monkeypatch, lambda step: 10.0 + step, seconds_a_step=1.0, alike=8.0)
    assert run.train(1000, seconds=7.5)[0] == 8
    run = Pretence(monkeypatch, lambda step: 10.0 + step, seconds_a_step=1.0, alike=7.0)
    assert run.train(1000, seconds=7.5)[0] == 0


def test_ctrl_c_keeps_the_best_so_far(monkeypatch):
    errors = {0: 5.0, 10: 3.0, 20: 4.0}

    def interrupt(progress):
        if progress.step >= 20:
            raise KeyboardInterrupt

    run = Pretence(monkeypatch, errors.get)
    kept, history = run.train(50, on_progress=interrupt)
    assert (kept, history.best_step, history.stopped) == (10, 10, "interrupted")


def test_ctrl_c_while_the_losses_are_waited_for_keeps_the_network_before(monkeypatch):
    run = Pretence(monkeypatch)

    def interrupted(losses, *_):
        if len(run.stretches) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "_check_finite", interrupted)
    kept, history = run.train(50, validated=False)
    assert kept == sum(count for _, count in run.stretches[:2])
    assert history.best_step == len(history.losses) == kept
    assert history.stopped == "interrupted"


def test_ctrl_c_before_the_first_check_has_nothing_to_keep(monkeypatch):
    def interrupt(step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Pretence(monkeypatch, interrupt).train(50)


def test_progress_says_how_far_a_run_is_and_how_long_it_will_go_on(monkeypatch):
    run = Pretence(monkeypatch, lambda step: 2.0, seconds_a_step=0.5)
    run.train(10, phase="finishing", settings=Training(checks=1))
    half = next(p for p in run.reported if p.step == 5)
    assert (half.phase, half.steps, half.seconds, half.seconds_left) == ("finishing", 10, 2.5, 2.5)
    assert half.validation == 2.0
    assert half.loss == np.mean([0, 1, 2, 3, 4])
    assert run.reported[-1].step == 10
    assert run.reported[-1].seconds_left == 0


def test_progress_counts_the_time_that_is_left_of_a_limit(monkeypatch):
    run = Pretence(monkeypatch, seconds_a_step=1.0)
    run.train(1000, seconds=20.0)
    assert [p.seconds_left for p in run.reported][:2] == [19.0, 18.0]


def test_an_error_that_is_not_finite_is_never_the_best(monkeypatch):
    errors = {0: math.nan, 10: math.inf, 20: 7.0, 30: math.nan, 40: 8.0, 50: 9.0}
    kept, history = Pretence(monkeypatch, errors.get).train(50, settings=Training(checks=5))
    assert (kept, history.best_step) == (20, 20)


def test_a_run_without_any_finite_validation_error_has_diverged(monkeypatch):
    with pytest.raises(DivergedError, match="no network of 50 steps has a finite error on the val"):
        Pretence(monkeypatch, lambda step: math.nan).train(50, settings=Training(checks=5))


def real_run(network, series, steps=30, settings=SETTINGS, **more):
    every = np.arange(3)
    origins = np.array([50, 20, 30])
    return train(
        network,
        series,
        Validation(windows_of(series, every, origins, LOOK_BACK, HORIZON), every, origins),
        settings,
        jax.random.key(1),
        horizon=HORIZON,
        steps=steps,
        **{"learning_rate": 0.02, **more},
    )


def test_a_real_run_learns(make_network, series):
    _, history = real_run(make_network(), series, 150)
    assert np.mean(history.losses[-20:]) < 0.7 * np.mean(history.losses[:5])
    assert min(history.check_errors) < 0.7 * history.check_errors[0]


def test_however_stretches_are_cut_the_bits_are_the_same(make_network, series, monkeypatch):
    found = []
    for seconds in (0.0, 0.01, 100.0):
        monkeypatch.setattr(loop, "SECONDS_A_STRETCH", seconds)
        network, history = real_run(make_network(), series)
        made = network.newest_step(jnp.ones((1, LOOK_BACK)), jnp.array([LOOK_BACK]))
        found.append((np.asarray(made).tobytes(), history.losses, history.check_errors))
    assert found[0] == found[1] == found[2]


def test_a_learning_rate_too_high_is_named_with_the_step_and_the_batch(make_network, series):
    with pytest.raises(DivergedError) as caught:
        real_run(make_network(), series, learning_rate=1e30)
    message = str(caught.value)
    assert message.startswith("training stopped at step ")
    assert "the batch of 16 windows is finite (largest: " in message
    assert "the learning rate 1e+30 is too high: try --learning-rate 1e+29" in message
    assert "\n" not in message


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_named_by_its_series(make_network, series, broken):
    row = int(series.starts[1]) + 12
    damaged = series._replace(values=series.values.at[row].set(broken))
    with pytest.raises(DivergedError) as caught:
        real_run(make_network(), damaged, name_of=lambda place: "abc"[place])
    assert "its batch holds a value that is not finite, in series b before its value" in str(
        caught.value
    )
