from __future__ import annotations

import datetime

import pytest

from unspool.data.synthetic.dates import dates
from unspool.errors import UsageError


def test_each_day_is_the_same_in_words_and_in_iso():
    made = dates(500)
    for words, iso in zip(*made, strict=True):
        assert datetime.datetime.strptime(words, "%B %d, %Y").date().isoformat() == iso


def test_days_are_written_as_people_do_without_a_zero():
    assert not any(" 0" in words for words in dates(500).sources)


def test_no_day_comes_twice_and_the_years_are_of_four_digits():
    targets = dates(5000).targets
    assert len(set(targets)) == 5000
    assert min(targets) < "1100" < "9900" < max(targets)


def test_a_seed_gives_the_same_days_and_another_one_others():
    assert dates(50, seed=1) == dates(50, seed=1) != dates(50, seed=2)


@pytest.mark.parametrize(("count", "said"), [(0, "at least 1"), (10**8, "at most 3,287,182")])
def test_counts_out_of_range_are_rejected(count, said):
    with pytest.raises(UsageError, match=said):
        dates(count)
