from __future__ import annotations

import numpy as np
import pytest

from unspool.errors import DataError, UsageError
from unspool.tasks.translating.held_out import check_share, held_out, spread


def test_a_share_is_held_out_and_no_row_is_on_both_sides():
    rows, out = held_out([[str(row)] for row in range(200)], 0.1, seed=0)
    assert len(out) == 20
    assert sorted([*rows, *out]) == list(range(200))


def test_equal_sources_stay_together():
    sources = [list(str(row % 10)) for row in range(100)]
    rows, out = held_out(sources, 0.25, seed=0)
    assert len(out) == 30
    assert not {sources[row][0] for row in rows} & {sources[row][0] for row in out}


def test_numbers_are_told_apart_by_their_values():
    sources = [np.full((2, 1), row % 2, float) for row in range(6)]
    rows, out = held_out(sources, 0.1, seed=0)
    assert (len(rows), len(out)) == (3, 3)


def test_the_seed_chooses_and_nothing_may_be_held_out():
    sources = [[str(row)] for row in range(50)]
    assert held_out(sources, 0.2, 1)[1].tolist() == held_out(sources, 0.2, 1)[1].tolist()
    assert held_out(sources, 0.2, 1)[1].tolist() != held_out(sources, 0.2, 2)[1].tolist()
    rows, out = held_out(sources, 0, 0)
    assert (len(rows), len(out)) == (50, 0)


def test_one_source_cannot_be_split():
    with pytest.raises(DataError, match="3 pairs with 1 different source: at least two"):
        held_out([["a"]] * 3, 0.1, 0)


def test_a_few_of_many_are_spread_from_the_first_to_the_last():
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread(range(3), 4) == [0, 1, 2]


@pytest.mark.parametrize("share", [1, -0.1, "a", None, True])
def test_shares_out_of_range_are_rejected(share):
    with pytest.raises(UsageError, match="held_out must be a number of at least 0 and below 1"):
        check_share(share)
