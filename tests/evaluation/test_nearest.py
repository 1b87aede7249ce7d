from __future__ import annotations

import numpy as np
import pytest

from unspool.evaluation import nearest as module
from unspool.evaluation.nearest import euclid, nearest, of_one_length, warped

random = np.random.default_rng(0)


def slow_warped(one, other, band):
    """Over all paths, cell by cell."""
    steps = len(one)
    table = np.full((steps + 1, steps + 1), np.inf)
    table[0, 0] = 0
    for i in range(steps):
        for j in range(steps):
            if abs(i - j) <= band:
                cost = ((one[i] - other[j]) ** 2).sum()
                table[i + 1, j + 1] = cost + min(table[i, j], table[i, j + 1], table[i + 1, j])
    return table[steps, steps]


def test_euclid_is_the_sum_of_squared_differences():
    ones, others = random.normal(size=(4, 7, 2)), random.normal(size=(5, 7, 2))
    expected = ((ones[:, None] - others[None]) ** 2).sum(axis=(2, 3))
    np.testing.assert_allclose(euclid(ones, others), expected)


@pytest.mark.parametrize("band", [0, 1, 3, 9])
def test_warping_is_as_the_recurrence_says(band, monkeypatch):
    monkeypatch.setattr(module, "PAIRS", 10)  # in several blocks
    ones, others = random.normal(size=(4, 9, 2)), random.normal(size=(5, 9, 2))
    expected = [[slow_warped(one, other, band) for other in others] for one in ones]
    np.testing.assert_allclose(warped(ones, others, band), expected)
    if band == 0:
        np.testing.assert_allclose(warped(ones, others, 0), euclid(ones, others))


def test_warping_forgives_a_shift_that_euclid_does_not():
    wave = np.sin(np.linspace(0, 6, 40))[:, None]
    shifted, flat = np.roll(wave, 3, axis=0), np.zeros((40, 1))
    known = np.stack([flat, shifted])
    assert nearest(warped(wave[None], known, 4)).tolist() == [1]
    assert warped(wave[None], known, 4)[0, 1] < euclid(wave[None], known)[0, 1] / 5


def test_sequences_are_brought_to_one_length_and_holes_bridged():
    long = np.array([[0.0], [np.nan], [2], [3], [4]])
    short = np.array([[0.0], [4]])
    empty = np.full((3, 1), np.nan)
    found = of_one_length([long, short, empty], 5)[..., 0]
    np.testing.assert_allclose(found, [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0, 0, 0, 0, 0]])
