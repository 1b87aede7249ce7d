"""Parts of the rows against their documented sizes, origins against a loop over all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.evaluation.splits import (
    LEAST_HISTORY,
    MOST_TEST_WINDOWS,
    first_origins,
    origins_between,
    shortest,
    split,
)

HORIZONS = st.integers(1, 60)


def lengths_for(horizon):
    return st.integers(shortest(horizon), 3000)


@settings(deadline=None)
@given(st.data(), HORIZONS, st.integers(2, 512))
def test_every_part_of_a_long_enough_series_holds_a_window_and_no_target_is_in_two(
    data, horizon, look_back
):
    length = data.draw(lengths_for(horizon))
    parts = split(np.array([length]), horizon)
    assert parts.checked.all()
    train_end, validation_end = int(parts.train_end[0]), int(parts.validation_end[0])
    first = int(first_origins(parts.train_end, look_back, horizon)[0])
    assert LEAST_HISTORY <= first <= train_end - horizon  # at least one window to learn from
    bounds = [(first, train_end), (train_end, validation_end), (validation_end, length)]
    targets = []
    for begin, end in bounds:
        _, origins = origins_between(np.array([begin]), np.array([end]), horizon, 10**6, 10**6)
        assert len(origins)
        targets.append({origin + step for origin in origins for step in range(horizon)})
    assert targets[0] | targets[1] | targets[2] == set(range(first, length))
    assert not (targets[0] & targets[1] | targets[1] & targets[2])


@settings(deadline=None)
@given(st.data(), HORIZONS)
def test_the_parts_have_the_sizes_that_are_documented(data, horizon):
    length = data.draw(lengths_for(horizon))
    parts = split(np.array([length]), horizon)
    test = length - int(parts.validation_end[0])
    validation = int(parts.validation_end[0] - parts.train_end[0])
    most = max(4 * horizon, horizon + MOST_TEST_WINDOWS - 1)
    assert horizon <= test <= max(horizon, most)
    assert horizon <= validation <= max(horizon, most // 2)
    assert test <= max(horizon, 0.2 * length)
    assert validation <= max(horizon, 0.15 * length)
    if length >= 5 * most:  # long enough for all that is wanted
        assert test == most
    if length * 3 // 20 >= most // 2 >= horizon:
        assert validation == most // 2


def test_the_parts_of_a_long_series_in_figures():
    parts = split(np.array([2000, 100, 56, 55]), 12)
    assert parts.length.tolist() == [2000, 100, 56, 55]
    assert parts.validation_end.tolist() == [2000 - 131, 80, 44, 55]
    assert parts.train_end.tolist() == [2000 - 131 - 65, 65, 32, 55]
    assert parts.checked.tolist() == [True, True, True, False]


@pytest.mark.parametrize("horizon", [1, 2, 3, 7, 48])
def test_a_series_one_row_too_short_keeps_nothing_back(horizon):
    lengths = np.array([shortest(horizon) - 1, shortest(horizon)])
    parts = split(lengths, horizon)
    assert parts.checked.tolist() == [False, True]
    assert parts.train_end[0] == parts.validation_end[0] == lengths[0]
    assert parts.train_end[1] < parts.validation_end[1] < lengths[1]


def test_windows_to_learn_from_are_full_unless_that_leaves_less_than_half_the_rows():
    ends = np.array([500, 120, 40, 20])
    assert first_origins(ends, 50, 10).tolist() == [50, 50, 15, LEAST_HISTORY]


def slow_origins(begin, end, horizon, most_each, most):
    """Every origin whose targets lie in the rows, thinned backwards from the newest."""
    every = [
        [o for o in range(b, e + 1) if o + horizon <= e] for b, e in zip(begin, end, strict=True)
    ]
    share = max(1, min(most_each, most // max(1, sum(bool(origins) for origins in every))))
    found = []
    for series, origins in enumerate(every):
        stride = 1
        while len(origins[::-1][::stride]) > share:
            stride += 1
        found += [(series, origin) for origin in sorted(origins[::-1][::stride])]
    return found


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), min_size=1, max_size=6),
    st.integers(1, 20),
    st.integers(1, 30),
    st.integers(6, 100),
)
def test_origins_are_the_newest_and_evenly_strided_back_from_it(rows, horizon, most_each, most):
    begin, length = np.array(rows).T
    end = begin + length
    series, origins = origins_between(begin, end, horizon, most_each, most)
    assert list(zip(series, origins, strict=True)) == slow_origins(
        begin, end, horizon, most_each, most
    )
    assert len(series) <= most


@pytest.mark.parametrize("most", [1, 3, 7])
def test_with_more_series_than_windows_some_evenly_spread_series_give_their_newest(most):
    begin, end = np.zeros(100, np.int64), np.full(100, 30)
    end[50] = 5  # too short for a window
    series, origins = origins_between(begin, end, 10, 5, most)
    assert len(series) == most
    assert (origins == 20).all()
    assert len(set(series)) == most
    assert 50 not in series
    if most > 1:
        assert np.ptp(np.diff(series)) <= 2


def test_series_without_a_window_are_left_out():
    series, origins = origins_between(np.array([5, 5, 5]), np.array([5, 9, 10]), 5, 10, 10)
    assert series.tolist() == [2]
    assert origins.tolist() == [5]
    none, _ = origins_between(np.array([5]), np.array([9]), 5, 10, 10)
    assert none.shape == (0,)
