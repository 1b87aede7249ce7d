from __future__ import annotations

import numpy as np

from unspool.evaluation.scaling_choice import choose_scaling
from unspool.evaluation.stratified import hold_out

random = np.random.default_rng(0)


def test_every_class_gives_its_share_and_a_class_of_one_trains():
    codes = np.repeat([0, 1, 2, 3], [100, 20, 1, 2])
    trains, held = hold_out(codes, 0.1, seed=3)
    assert np.bincount(codes[held], minlength=4).tolist() == [10, 2, 0, 0]
    np.testing.assert_array_equal(np.sort(np.concatenate([trains, held])), np.arange(len(codes)))


def test_no_class_is_held_out_whole():
    codes = np.array([0, 0, 1, 1])
    trains, _ = hold_out(codes, 0.9, seed=0)
    assert np.bincount(codes[trains]).tolist() == [1, 1]


def test_the_seed_decides():
    codes = np.zeros(50, np.intp)
    first, again, other = (hold_out(codes, 0.2, seed)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_levels_that_tell_classes_are_kept_and_those_that_hide_them_taken_out():
    codes = np.arange(40) % 2
    levels = [np.full((12, 1), 5.0 * code) + random.normal(size=(12, 1)) for code in codes]
    assert choose_scaling(levels, codes, 0) == "channels"
    waves = [np.sin(np.arange(12) * (1 + code))[:, None] for code in codes]
    hidden = [wave + random.normal(0, 50) for wave in waves]
    assert choose_scaling(hidden, codes, 0) == "series"
    assert choose_scaling(waves, codes, 0) == "channels"
