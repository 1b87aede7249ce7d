import numpy as np
import pytest

import unspool.data as data
from unspool.errors import UsageError


def test_the_target_is_a_leaky_sum_up_to_each_sequences_own_end():
    random = np.random.RandomState(4)
    direction = random.standard_normal(10)
    direction /= np.sqrt((direction**2).sum())
    made = data.feature_sequences(40, seed=4)
    for inputs, target, length in zip(*made, strict=True):
        total = 0.0
        for x in inputs[:length]:
            total = 0.8 * total + 0.6 * float(direction @ x)
        assert target[0] == pytest.approx(total, abs=1e-5)
        assert not inputs[length:].any()
        assert inputs[:length].any(axis=1).all()


def test_lengths_run_from_10_to_30_and_the_targets_have_variance_one():
    made = data.feature_sequences(4000)
    assert set(made.lengths) == set(range(10, 31))
    assert made.targets.var() == pytest.approx(1, abs=0.05)


def test_a_count_below_one_is_refused():
    with pytest.raises(UsageError, match="count must be at least 1, got 0"):
        data.feature_sequences(0)
