"""Naming rows, and columns back to text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from unspool.data.table import Table, reject_repeated
from unspool.errors import DataError


def table(**changes) -> Table:
    columns = pa.table({"day": ["a", "b", "c", "d"], "y": [1, None, 3, None]})
    fields = {"columns": columns, "source": "sales.csv", "kind": "csv", "first_row": 2}
    return Table(**{**fields, "row_word": "line", **changes})


def test_rows_are_counted_from_the_first_row():
    assert table().row_name(0) == "line 2"
    assert table(first_row=0, row_word="row").row_name(3) == "row 3"


def test_rows_have_the_lines_they_stand_on_when_these_are_not_consecutive():
    assert table(lines=np.array([2, 5, 9, 10])).row_name(2) == "line 9"


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([1], "line 3"),
        ([0, 2], "lines 2, 4"),
        (np.array([0, 1, 2, 3]), "lines 2, 3, 4 and 1 more"),
    ],
)
def test_several_rows_are_named_in_one_phrase(positions, expected):
    assert table().row_names(positions) == expected


def test_what_a_column_holds():
    days = pa.array([0, 1, 2, 3], pa.date32())
    wider = table(columns=table().columns.append_column("when", days))
    assert [wider.is_text(name) for name in wider.names] == [True, False, False]
    assert [wider.is_number(name) for name in wider.names] == [False, True, False]
    assert [wider.is_time(name) for name in wider.names] == [False, False, True]


def test_text_cells_come_back_in_place():
    cells = {"y": (np.array([1]), ["A7"])}
    assert table(text_cells=cells).as_text("y").to_pylist() == ["1", "A7", "3", None]


def test_text_comes_back_as_it_is():
    assert table().as_text("day").to_pylist() == ["a", "b", "c", "d"]


def test_notes_are_added_behind_the_others():
    assert table(notes=("one",)).with_notes("two").notes == ("one", "two")


def test_repeated_names_are_refused_with_their_places():
    with pytest.raises(DataError, match=r"sales.csv: columns 1 and 3 are both called 'y'"):
        reject_repeated(["y", "x", "y"], "sales.csv")
