"""The losses against sums over windows, steps and targets one at a time."""

import equinox as eqx
import jax
import numpy as np
import pytest

from unspool.training.objective import BURN_IN, batch_loss, validation_errors

LOOK_BACK, HORIZON = 8, 3


# Compiled whole: operation by operation, compiling would be most of what these tests take.
loss_of, errors_of = eqx.filter_jit(batch_loss), eqx.filter_jit(validation_errors)
newest_step = eqx.filter_jit(lambda network, *given: network.newest_step(*given))
every_step = eqx.filter_jit(lambda network, *given: network.every_step(*given))
forecast = eqx.filter_jit(lambda network, *given: network.forecast(*given))


@pytest.fixture(scope="module")
def batch(series):
    return series.at(np.array([0, 1, 2, 1]), np.array([30, 6, 20, 22]), LOOK_BACK, HORIZON)


def test_the_direct_loss_is_the_error_of_the_newest_steps_forecast(make_network, batch):
    network = make_network()
    made = newest_step(network, batch.levels, batch.known)
    expected = np.mean(np.abs(np.asarray(made) - np.asarray(batch.ahead)))
    np.testing.assert_allclose(loss_of(network, batch, jax.random.key(0)), expected, rtol=1e-6)


@pytest.mark.parametrize("strategy", ["sequence", "recursive"])
def test_the_loss_of_a_forecast_at_every_step_is_the_mean_over_steps_that_know_enough(
    make_network, batch, strategy
):
    network = make_network(strategy)
    made, scales = (np.asarray(a) for a in every_step(network, batch.levels, batch.known))
    outputs = 1 if strategy == "recursive" else HORIZON
    errors = []
    for row in range(4):
        path = np.concatenate([np.asarray(batch.levels)[row], np.asarray(batch.ahead)[row]])
        known = int(batch.known[row])
        for step in range(LOOK_BACK - known, LOOK_BACK):
            if step - (LOOK_BACK - known) < BURN_IN * known:
                continue
            moved = (path[step + 1 : step + 1 + outputs] - path[step]) / scales[row, step]
            errors.append(np.mean(np.abs(made[row, step] - moved)))
    found = loss_of(network, batch, jax.random.key(0))
    np.testing.assert_allclose(found, np.mean(errors), rtol=1e-5)


@pytest.mark.parametrize("strategy", ["direct", "recursive"])
def test_the_validation_errors_are_those_of_whole_forecasts(make_network, batch, strategy):
    network = make_network(strategy)
    made = np.asarray(forecast(network, batch.levels, batch.known, HORIZON))
    expected = np.mean(np.abs(made - np.asarray(batch.ahead)), axis=1)
    np.testing.assert_allclose(errors_of(network, batch), expected, rtol=1e-6)
