"""How numbers are written, cell by cell."""

from __future__ import annotations

import pytest

from unspool.data.marks import PLAIN, USUAL_MARKS, Marks, is_missing, is_number, possible_marks
from unspool.errors import UsageError


def test_all_usual_marks_are_possible_if_none_is_known():
    assert possible_marks(None, None) == list(USUAL_MARKS)


@pytest.mark.parametrize(
    ("decimal", "thousands", "expected"),
    [
        (",", None, [Marks(",", "."), Marks(",", " "), Marks(",", "'")]),
        (None, ",", [Marks(".", ",")]),
        (None, "\u202f", [Marks(".", " "), Marks(",", " ")]),
        (".", "\u2019", [Marks(".", "'")]),
        (".", "", [PLAIN]),
        (None, "_", [Marks(".", "_"), Marks(",", "_")]),
    ],
)
def test_what_is_known_leaves_the_rest_open(decimal, thousands, expected):
    assert possible_marks(decimal, thousands) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": ";"}, "the decimal mark must be '.' or ',', got ';'"),
        ({"decimal": ",", "thousands": ","}, "are both ','"),
        ({"thousands": "ab"}, "must be one character"),
        ({"thousands": "5"}, "must be one character"),
        ({"thousands": "-"}, "must be one character"),
    ],
)
def test_marks_that_cannot_be_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        possible_marks(options.get("decimal"), options.get("thousands"))


@pytest.mark.parametrize("cell", ["1", "-1.5", "1,5", "1 234", "1'234", "1e5", ".5", "inf", "5."])
def test_a_cell_that_is_a_number_with_some_marks(cell):
    assert is_number(cell)


@pytest.mark.parametrize(
    "cell", ["", "abc", "2024-01-01", "1.2.3", "1:2", "nan", "5 %", "1,2,3", "."]
)
def test_a_cell_that_is_no_number_with_any_marks(cell):
    assert not is_number(cell)


@pytest.mark.parametrize("cell", ["-", " NA ", "n/a", "NULL", "NaN", "#N/A", "?"])
def test_a_cell_that_says_it_is_missing(cell):
    assert is_missing(cell)


@pytest.mark.parametrize("cell", ["", "0", "nothing", "naan", "---"])
def test_a_cell_that_does_not_say_it_is_missing(cell):
    assert not is_missing(cell)
