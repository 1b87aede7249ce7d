"""The network of windows against its definition, one window and one step at a time."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.data.windows import scaled
from unspool.evaluation.baselines import Linear
from unspool.models.build import build
from unspool.models.network import FURTHEST, LEAST_DEVIATION, causal_inputs
from unspool.models.specs import STRATEGIES, GatedWaveNet, Gru, Tcn

pytestmark = pytest.mark.usefixtures("float64")

LOOK_BACK, HORIZON = 12, 4
KNOWN = (12, 12, 7, 2, 1)

# Compiled once for all windows of one shape.
every_step = eqx.filter_jit(lambda network, levels, known: network.every_step(levels, known))
newest_step = eqx.filter_jit(lambda network, levels, known: network.newest_step(levels, known))
forecast = eqx.filter_jit(
    lambda network, levels, known, horizon: network.forecast(levels, known, horizon)
)
states_of = eqx.filter_jit(lambda network, inputs: network.stack(inputs)[0])


@functools.cache
def make(strategy, *, look_back=LOOK_BACK, spec=Gru, seed=0, **settings):
    """A network all of whose parts matter: nothing is left at 0 or near it."""
    size = {"hidden": 5} if spec is Gru else {"filters": 5}
    spec = spec(strategy=strategy, **size, **settings)
    network = build(spec, look_back, HORIZON, key=jax.random.key(seed))
    random = np.random.default_rng(seed)
    arrays, rest = eqx.partition(network, eqx.is_inexact_array)
    arrays = jax.tree.map(lambda a: jnp.asarray(random.normal(0, 0.4, a.shape)), arrays)
    return eqx.combine(arrays, rest)


def make_windows(known=KNOWN, look_back=LOOK_BACK, seed=1):
    random = np.random.default_rng(seed)
    windows = np.cumsum(random.normal(size=(len(known), look_back)), axis=1)
    for row, count in enumerate(known):
        windows[row, : look_back - count] = np.nan
    read = scaled(windows)
    return read.levels.astype(float), read.known


CASES = {
    **{strategy: (strategy, Gru, {}) for strategy in STRATEGIES},
    "without lags": ("sequence", Gru, {"autoregression": False}),
    "wavenet": ("sequence", GatedWaveNet, {}),
    "tcn": ("sequence", Tcn, {}),
}


@pytest.fixture(params=CASES)
def network(request):
    strategy, spec, settings = CASES[request.param]
    return make(strategy, spec=spec, **settings)


def test_the_newest_step_is_the_last_of_every_step(network):
    levels, known = make_windows()
    forecasts, scales = every_step(network, levels, known)
    assert forecasts.shape == (len(known), LOOK_BACK, network.outputs)
    np.testing.assert_allclose(
        newest_step(network, levels, known), forecasts[:, -1] * scales[:, -1:], rtol=1e-9
    )


def test_the_forecast_at_a_step_does_not_depend_on_later_levels(network):
    levels, known = make_windows(known=(12, 12, 7, 8, 12))
    changed = levels.copy()
    changed[:, 8:] = 50 * np.random.default_rng(2).normal(size=(5, 4))
    forecasts, scales = every_step(network, levels, known)
    others, other_scales = every_step(network, changed, known)
    assert (forecasts[:, :8] == others[:, :8]).all()
    assert (scales[:, :8] == other_scales[:, :8]).all()
    assert (forecasts[:, 8:] != others[:, 8:]).all()


@pytest.mark.parametrize("strategy", ["sequence", "recursive"])
@pytest.mark.parametrize("at", [3, 6, 11])
def test_a_step_forecasts_as_if_the_window_ended_there(strategy, at):
    """What training teaches at every step is what is asked for at the newest."""
    # Without a bias the layers rest until the first value, however long the padding.
    network = make(strategy)
    for layer in range(1):
        for name in ("bias", "candidate_state_bias"):
            network = eqx.tree_at(
                lambda n, layer=layer, name=name: getattr(n.stack.layers[layer].cell, name),
                network,
                replace_fn=jnp.zeros_like,
            )
    levels, known = make_windows(known=(12,) * 5)
    forecasts, scales = every_step(network, levels, known)
    ends_there = np.zeros_like(levels)
    spread = levels[:, : at + 1].std(axis=1, keepdims=True)
    ends_there[:, -(at + 1) :] = (levels[:, : at + 1] - levels[:, at : at + 1]) / spread
    found = newest_step(network, ends_there, np.full(5, at + 1, np.int32)) * spread
    np.testing.assert_allclose(found, forecasts[:, at] * scales[:, at : at + 1], rtol=1e-6)


def slow_inputs(levels):
    """What the layers read of one window without padding, and the scale at every step."""
    inputs, scales = [], []
    for step in range(len(levels)):
        past = levels[: step + 1]
        scale = max(np.std(past), LEAST_DEVIATION)
        moved = past[-1] - past[-2] if step else 0.0
        read = np.array([(past[-1] - past.mean()) / scale, 3 * moved / scale])
        inputs.append(np.clip(read, -FURTHEST, FURTHEST))
        scales.append(scale)
    return np.array(inputs), np.array(scales)


def test_every_step_reads_and_is_scaled_by_its_own_past():
    network = make("sequence")
    levels, known = make_windows()
    found, scales = jax.jit(causal_inputs)(levels, known)
    for row, count in enumerate(known):
        inputs, expected = slow_inputs(levels[row, LOOK_BACK - count :])
        np.testing.assert_allclose(found[row, LOOK_BACK - count :], inputs, rtol=1e-6, atol=1e-9)
        assert (found[row, : LOOK_BACK - count] == 0).all()
        np.testing.assert_allclose(scales[row, LOOK_BACK - count :], expected, rtol=1e-6)
    np.testing.assert_allclose(every_step(network, levels, known)[1], scales, rtol=1e-9)


@pytest.mark.parametrize("spec", [Gru, Tcn])
def test_recursion_runs_the_whole_network_anew_on_the_window_and_its_own_forecasts(spec):
    """A forecast is the next input; mean and scale stay as they were at the newest known step."""
    network = make("recursive", spec=spec)
    levels, known = make_windows()
    found = forecast(network, levels, known, 4)
    windows = [row[LOOK_BACK - count :] for row, count in zip(levels, known, strict=True)]
    means = [window.mean() for window in windows]
    scales = [max(window.std(), LEAST_DEVIATION) for window in windows]
    paths = [list(window) for window in windows]
    inputs = np.zeros((len(known), LOOK_BACK, 2))
    for row, window in enumerate(windows):
        inputs[row, LOOK_BACK - len(window) :] = slow_inputs(window)[0]
    for _ in range(4):
        states = np.asarray(states_of(network, inputs))[:, -1]
        read = []
        for row, (path, mean, scale) in enumerate(zip(paths, means, scales, strict=True)):
            made = network.head.weight @ states[row] + network.head.bias
            recent = path[-LOOK_BACK:]
            for back, value in enumerate(recent[::-1], start=1):
                made = made + (value - recent[-1]) / scale * network.lag_weight[-back]
            ahead = float(made[0]) * scale
            path.append(path[-1] + ahead)
            read.append([(path[-1] - mean) / scale, 3 * ahead / scale])
        following = np.clip(read, -FURTHEST, FURTHEST)[:, None]
        inputs = np.concatenate([inputs, following], axis=1)
    expected = [path[count:] for path, count in zip(paths, known, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("strategy", ["direct", "sequence"])
def test_beyond_the_trained_horizon_a_window_goes_on_from_its_own_forecasts(strategy):
    network = make(strategy)
    levels, known = make_windows()
    found = forecast(network, levels, known, 2 * HORIZON + 3)
    paths = [row[LOOK_BACK - count :].tolist() for row, count in zip(levels, known, strict=True)]
    for _ in range(3):
        windows = np.zeros_like(levels)
        for window, path in zip(windows, paths, strict=True):
            recent = path[-LOOK_BACK:]
            window[LOOK_BACK - len(recent) :] = np.array(recent) - recent[-1]
        counts = np.array([min(len(path), LOOK_BACK) for path in paths], np.int32)
        made = newest_step(network, windows, counts)
        paths = [path + (path[-1] + m).tolist() for path, m in zip(paths, made, strict=True)]
    expected = [p[count:][: 2 * HORIZON + 3] for p, count in zip(paths, known, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(network):
    levels, known = make_windows()
    longest = forecast(network, levels, known, 3 * HORIZON)
    assert longest.shape == (len(known), 3 * HORIZON)
    found = forecast(network, levels, known, HORIZON - 1)
    np.testing.assert_allclose(found, longest[:, : HORIZON - 1], rtol=1e-9)


def test_the_network_may_forecast_further_than_it_reads():
    network = make("direct", look_back=3)
    levels, known = make_windows(known=(3, 2), look_back=3)
    made = forecast(network, levels, known, 9)
    np.testing.assert_allclose(made[:, :4], newest_step(network, levels, known), rtol=1e-9)
    assert np.isfinite(made).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_with_a_silent_head_the_network_is_the_ridge_regression_that_it_starts_from(strategy):
    random = np.random.default_rng(5)
    values = np.cumsum(random.normal(size=300)) + 5 * np.sin(np.arange(300))
    view = np.lib.stride_tricks.sliding_window_view(values, LOOK_BACK + HORIZON)
    outputs = 1 if strategy == "recursive" else HORIZON
    windows, ahead = view[:, :LOOK_BACK], view[:, LOOK_BACK : LOOK_BACK + outputs]
    linear = Linear(LOOK_BACK).fit(windows, ahead)
    network = build(
        Gru(hidden=4, strategy=strategy),
        LOOK_BACK,
        HORIZON,
        lag_weight=linear.weight_,
        bias=linear.bias_,
        key=jax.random.key(0),
    )
    assert (network.head.weight != 0).any()
    network = eqx.tree_at(lambda n: n.head.weight, network, replace_fn=jnp.zeros_like)
    read = scaled(windows[:5])
    # Further on, a sequence's bias is in the scale of the window it has reached, not the first.
    horizon = HORIZON if strategy == "sequence" else 3 * HORIZON
    made = forecast(network, read.levels.astype(float), read.known, horizon)
    found = read.restore(np.asarray(made))
    expected = linear.forecast(windows[:5], horizon)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


def test_dropout_acts_only_with_a_key():
    network = make("direct", dropout=0.5, layers=2)
    levels, known = make_windows()
    still = newest_step(network, levels, known)
    with_key = eqx.filter_jit(lambda key: network.newest_step(levels, known, key=key))
    one, other = with_key(jax.random.key(1)), with_key(jax.random.key(2))
    assert (one != still).any()
    assert (one != other).any()
    np.testing.assert_array_equal(newest_step(make("direct", layers=2), levels, known), still)


def test_a_window_that_never_moved_has_a_finite_forecast_at_every_step(network):
    known = np.array(KNOWN, np.int32)
    forecasts, scales = every_step(network, np.zeros((len(known), LOOK_BACK)), known)
    assert np.isfinite(forecasts).all()
    assert (scales > 0).all()
