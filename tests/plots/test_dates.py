"""Tick labels of times, read together, say which moment each tick is."""

import numpy as np
import pytest
from matplotlib.dates import date2num

from unspool.plots.dates import DateLabels


def labels(*times):
    return DateLabels().format_ticks(date2num(np.array(times, dtype="datetime64[us]")))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (("1998-01-01", "2000-01-01"), ["1998", "2000"]),
        (("2019-11-01", "2020-01-01", "2020-03-01"), ["Nov\n2019", "Jan\n2020", "Mar\n "]),
        (("2019-12-22", "2020-01-01", "2020-01-08"), ["22 Dec\n2019", "01 Jan\n2020", "08 Jan\n "]),
        (
            ("2019-12-31T18:00", "2020-01-01T00:00", "2020-01-01T06:00"),
            ["18:00\n31 Dec\n2019", "00:00\n01 Jan\n2020", "06:00\n \n "],
        ),
        (("2020-01-01T00:00:30",), ["00:00:30\n01 Jan\n2020"]),
    ],
)
def test_the_year_or_day_stands_below_the_first_label_and_where_it_changes(times, expected):
    assert labels(*times) == expected


def test_a_lone_tick_is_labelled_whole():
    assert DateLabels()(date2num(np.datetime64("2020-02-03"))) == "03 Feb\n2020"
