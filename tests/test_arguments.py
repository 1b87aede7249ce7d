"""Checks of arguments: what passes, and what is said of the rest."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unspool import arguments
from unspool.errors import UsageError


@pytest.mark.parametrize(
    ("check", "right", "wrong", "said"),
    [
        (arguments.whole, (1, 7), (0, -1, True, 1.0, "1", None), "n must be a whole number of at"),
        (arguments.positive, (1, 1e-9), (0, -1, True, math.inf, math.nan, "1"), "n must be a num"),
        (arguments.share, (0, 0.0, 0.99), (1, -0.1, False, math.nan, "0"), "from 0 to below 1"),
        (arguments.size, (1, np.int64(4)), (0, 1.5, "1", None), "n must be a"),
        (arguments.number, (-1, 0.5), (True, math.inf, math.nan, "1"), "n must be a finite number"),
        (arguments.rate, (0, 0.5), (1, -0.1), "n must be at least 0 and below 1"),
    ],
)
def test_numbers(check, right, wrong, said):
    for value in right:
        check("n", value)
    for value in wrong:
        with pytest.raises(UsageError, match=said):
            check("n", value)


def test_whole_numbers_may_begin_elsewhere():
    arguments.whole("n", 0, least=0)
    with pytest.raises(UsageError, match="n must be a whole number of at least 2, got 1"):
        arguments.whole("n", 1, least=2)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, True, "0", None])
def test_a_seed_has_32_bits(seed):
    arguments.seed(0)
    arguments.seed(2**32 - 1)
    with pytest.raises(UsageError, match="seed must be a whole number from 0 to 4294967295, got"):
        arguments.seed(seed)


def test_words():
    arguments.one_of("way", "in", ("in", "out"))
    with pytest.raises(UsageError, match="way must be one of in, out, got 'on'"):
        arguments.one_of("way", "on", ("in", "out"))
    assert arguments.choice("way", "in", ("in", "out")) == "in"
    with pytest.raises(UsageError, match="way must be 'in' or 'out', got 'on'"):
        arguments.choice("way", "on", ("in", "out"))
