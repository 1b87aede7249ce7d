from __future__ import annotations

from collections import Counter

import pytest

from unspool.data.synthetic.digits import reversed_digits, sorted_digits
from unspool.errors import UsageError


def test_targets_are_the_sources_backwards_and_in_order():
    backwards, in_order = reversed_digits(300), sorted_digits(300)
    assert backwards.sources == in_order.sources
    for source, back, order in zip(*backwards, in_order.targets, strict=True):
        assert list(back) == list(reversed(source))
        assert Counter(order) == Counter(source)
        assert list(order) == sorted(order)


def test_every_length_up_to_the_longest_comes_about_equally_often():
    counts = Counter(map(len, reversed_digits(4000, longest=20).sources))
    assert set(counts) == set(range(1, 21))
    assert min(counts.values()) > 130


def test_a_seed_gives_the_same_strings():
    assert sorted_digits(20, seed=3) == sorted_digits(20, seed=3) != sorted_digits(20, seed=4)


def test_a_length_below_one_is_rejected():
    with pytest.raises(UsageError, match="longest must be at least 1, got 0"):
        reversed_digits(5, longest=0)
