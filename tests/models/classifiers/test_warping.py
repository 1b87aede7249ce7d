from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.models.classifiers.warping import SIZE, WAVES, Warping, curve

KEY = jax.random.key(0)
STEPS = 40


def ramps(batch):
    """Each series is its own steps, so that what comes back says which step was read."""
    return jnp.broadcast_to(jnp.arange(STEPS, dtype=jnp.float32)[:, None], (batch, STEPS, 1))


def moved(x, lengths=None, strength=0.02):
    """The steps that were read: without channels no value changes its size."""
    return np.asarray(Warping(strength, 0)(x, lengths, KEY))[..., 0]


def test_a_curve_has_a_mean_square_of_one_and_is_a_sum_of_cosines():
    along = jnp.broadcast_to(jnp.linspace(0, 1, 50), (4000, 50))
    made = np.asarray(curve(along, KEY))
    assert np.mean(made**2) == pytest.approx(1, rel=0.05)
    waves = np.cos(np.pi * np.arange(WAVES) * np.linspace(0, 1, 50)[:, None])
    heights, rest, *_ = np.linalg.lstsq(waves, made[:5].T, rcond=None)
    np.testing.assert_allclose(rest, 0, atol=1e-6)
    assert np.abs(heights).min(axis=1).max() > 0


def test_steps_move_by_that_share_of_the_length():
    distance = moved(ramps(2000)) - np.arange(STEPS)
    within = distance[:, 10:-10]  # near its ends a series has nothing further to read
    assert np.sqrt(np.mean(within**2)) == pytest.approx(0.02 * STEPS, rel=0.1)


def test_values_change_by_a_share_that_is_so_many_times_larger():
    x = jnp.ones((4000, STEPS, 1))
    changed = np.asarray(Warping(0.02, 1)(x, None, KEY))
    assert np.std(changed) == pytest.approx(SIZE * 0.02, rel=0.1)


def test_between_two_steps_values_are_interpolated():
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, STEPS, 1)), jnp.float32)
    read = moved(ramps(3))
    expected = [np.interp(read[row], np.arange(STEPS), x[row, :, 0]) for row in range(3)]
    np.testing.assert_allclose(moved(x), expected, rtol=1e-4, atol=1e-5)


def test_a_row_is_read_within_its_own_steps():
    lengths = jnp.array([STEPS, 7, 1])
    x = jnp.where(jnp.arange(STEPS)[:, None] < lengths[:, None, None], ramps(3), 1e6)
    read = moved(x, lengths, strength=0.3)
    for row, length in enumerate(lengths.tolist()):
        assert read[row, :length].min() >= 0
        assert read[row, :length].max() <= length - 1


def test_marks_of_missing_values_move_and_keep_their_size():
    marks = jnp.ones((5, STEPS, 1))
    x = jnp.concatenate([marks, marks], axis=-1)
    warped = np.asarray(Warping(0.05, 1)(x, None, KEY))
    np.testing.assert_allclose(warped[..., 1], 1, rtol=1e-6)
    assert np.abs(warped[..., 0] - 1).max() > 0.01


def test_every_series_is_warped_in_its_own_way_and_by_the_key_alone():
    warped = moved(ramps(2))
    assert np.abs(warped[0] - warped[1]).max() > 0.1
    np.testing.assert_array_equal(warped, moved(ramps(2)))
