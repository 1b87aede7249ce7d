"""A compiled stretch of steps against gradient, clipping and Adam written out."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.training.objective import batch_loss
from unspool.training.step import LONGEST_STRETCH, drawn_at, stretch
from unspool.training.update import optimiser

LOOK_BACK, HORIZON, BATCH = 8, 3, 16
KEY = jax.random.key(3)


def run(network, series, rates, first, count, clip_norm, memory=None, clip_value=None):
    if memory is None:
        rule = optimiser(clip_norm=clip_norm, clip_value=clip_value)
        memory = rule.init(eqx.filter(network, eqx.is_inexact_array))
    filled = np.zeros(LONGEST_STRETCH, np.float32)
    filled[: len(rates)] = rates
    return stretch(
        network,
        memory,
        series,
        jnp.asarray(filled),
        jnp.asarray(first),
        jnp.asarray(count),
        KEY,
        batch=BATCH,
        horizon=HORIZON,
        clip_norm=clip_norm,
        clip_value=clip_value,
    )


def flat(network):
    leaves = jax.tree.leaves(eqx.filter(network, eqx.is_inexact_array))
    return np.concatenate([np.ravel(leaf).astype(float) for leaf in leaves])


@eqx.filter_jit
def loss_and_gradient(network, windows):
    return eqx.filter_value_and_grad(lambda n: batch_loss(n, windows, jax.random.key(0)))(network)


@pytest.mark.parametrize(
    ("clip_norm", "clip_value"),
    [(1e-4, None), (1e4, None), (1e4, 0.01), (0.02, 0.01)],
    ids=["by norm", "whole", "by value", "by both"],
)
def test_a_step_is_the_gradient_clipped_then_adam_at_the_steps_rate(
    make_network, series, clip_norm, clip_value
):
    rates = [0.01, 0.003, 0.02]
    network = make_network()
    expected = flat(network)
    mean, square = np.zeros_like(expected), np.zeros_like(expected)
    losses, norms, current = [], [], network
    for step, rate in enumerate(rates):
        windows = drawn_at(series, 5 + step, KEY, BATCH, LOOK_BACK, HORIZON)
        loss, gradient = loss_and_gradient(current, windows)
        gradient = flat(gradient)
        norm = np.sqrt((gradient**2).sum())
        losses.append(float(loss))
        norms.append(norm)
        if clip_value is not None:
            assert np.abs(gradient).max() > clip_value
            gradient = np.clip(gradient, -clip_value, clip_value)
        gradient = gradient * min(1.0, clip_norm / np.sqrt((gradient**2).sum()))
        # Adam, Kingma & Ba 2015, algorithm 1.
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        corrected = mean / (1 - 0.9 ** (step + 1))
        spread = np.sqrt(square / (1 - 0.999 ** (step + 1)))
        expected = expected - rate * corrected / (spread + 1e-8)
        current, *_ = run(network, series, rates, 5, step + 1, clip_norm, None, clip_value)
    found, _, found_losses, found_norms = run(
        network, series, rates, 5, 3, clip_norm, None, clip_value
    )
    np.testing.assert_allclose(flat(found), expected, atol=2e-5)
    assert np.abs(expected - flat(network)).max() > 0.01
    np.testing.assert_allclose(found_losses[:3], losses, rtol=1e-5)
    np.testing.assert_allclose(found_norms[:3], norms, rtol=1e-4)
    assert (np.asarray(found_losses)[3:] == 0).all()


def test_two_stretches_are_one_cut_in_two_bit_for_bit(make_network, series):
    network, rates = make_network(), np.linspace(0.01, 0.001, 7).astype(np.float32)
    whole, memory, losses, _ = run(network, series, rates, 0, 7, 1.0)
    half, memory, first, _ = run(network, series, rates, 0, 3, 1.0)
    cut, _, second, _ = run(half, series, rates[3:], 3, 4, 1.0, memory)
    assert flat(cut).tobytes() == flat(whole).tobytes()
    np.testing.assert_array_equal(np.asarray(losses)[:7], np.concatenate([first[:3], second[:4]]))


def test_every_step_draws_windows_of_its_own(series):
    batches = [drawn_at(series, step, KEY, BATCH, LOOK_BACK, HORIZON) for step in (0, 1, 0)]
    assert (batches[0].origins != batches[1].origins).any()
    assert (batches[0].origins == batches[2].origins).all()
