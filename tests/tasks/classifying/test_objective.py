from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from unspool.tasks.classifying.objective import accuracy, loss_of, probabilities

SCORES = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]])
CODES = np.array([0, 2])
WEIGHTS = np.array([0.5, 1.5])


def logs():
    return SCORES - np.log(np.exp(SCORES).sum(axis=1, keepdims=True))


def test_the_loss_is_the_weighted_cross_entropy():
    expected = -(logs()[[0, 1], CODES] * WEIGHTS).mean()
    found = loss_of(0.0, 1)(jnp.asarray(SCORES), (CODES, WEIGHTS), None)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_smoothing_shares_some_of_the_probability_among_all_classes():
    aim = 0.9 * np.eye(3)[CODES] + 0.1 / 3
    expected = -((aim * logs()).sum(axis=1) * WEIGHTS).mean()
    found = loss_of(0.1, 1)(jnp.asarray(SCORES), (CODES, WEIGHTS), None)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_loss_of_members_is_their_mean():
    both = jnp.stack([jnp.asarray(SCORES), jnp.asarray(-SCORES)], axis=1)
    each = [loss_of(0.0, 1)(both[:, at], (CODES, WEIGHTS), None) for at in (0, 1)]
    found = loss_of(0.0, 2)(both, (CODES, WEIGHTS), None)
    np.testing.assert_allclose(found, np.mean(each), rtol=1e-6)


def test_one_function_for_equal_settings_so_that_it_compiles_once():
    assert loss_of(0.1, 2) is loss_of(0.1, 2)


def test_probabilities_are_the_mean_of_the_members():
    both = np.stack([SCORES, 0 * SCORES], axis=1)
    expected = (np.exp(logs()) + 1 / 3) / 2
    np.testing.assert_allclose(probabilities(both), expected)
    assert accuracy(both, (CODES, WEIGHTS), None) == 0.5
