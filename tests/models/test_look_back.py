import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.models.look_back import LEAST, MOST, choose_look_back


@pytest.mark.parametrize(
    ("season", "horizon", "rows", "expected"),
    [
        (1, 5, 1000, 100),  # a season may be hidden
        (1, 40, 1000, 120),
        (7, 14, 1000, 56),  # 50 steps in whole weeks
        (24, 24, 1000, 72),
        (40, 5, 1000, 80),
        (365, 14, 5000, 365),  # two years are more than 512: one
        (7, 14, 100, 28),  # a third of the rows, in whole weeks
        (52, 14, 100, 33),  # less than a season
        (1, 1, 5, 2),
    ],
)
def test_the_look_back_of_series_of_that_many_rows(season, horizon, rows, expected):
    assert choose_look_back(season, horizon, np.array([rows])) == expected


def test_the_middle_series_says_how_many_rows_there_are():
    assert choose_look_back(1, 1, np.array([30, 90, 10_000])) == 30


@settings(deadline=None)
@given(
    st.integers(1, 800), st.integers(1, 400), st.lists(st.integers(9, 9000), min_size=1, max_size=5)
)
def test_the_look_back_is_never_more_than_a_third_of_the_rows_and_is_whole_seasons_if_it_can_be(
    season, horizon, lengths
):
    found = choose_look_back(season, horizon, np.array(lengths))
    limit = min(MOST, int(np.median(lengths)) // 3)
    assert 2 <= found <= max(2, limit)
    assert type(found) is int  # it is saved as JSON
    if season <= limit:
        assert found % season == 0 or found == 2
    if limit >= max(2 * season, 3 * horizon, LEAST) + season:
        assert found >= max(2 * season, 3 * horizon, LEAST)
