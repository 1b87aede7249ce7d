from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from unspool.data.labelled.labelled import Layout
from unspool.data.labelled.loading import load_labelled
from unspool.data.labelled.options import LabelledOptions
from unspool.errors import DataError, UsageError


def write(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_first_column_is_the_text_and_the_last_the_label(tmp_path):
    found = load_labelled(write(tmp_path, "name,age,kind\nAnna,3,a\nBob,4,b\n"))
    assert found.sequences == ("Anna", "Bob")
    assert found.labels == ("a", "b")
    assert found.names == ("line 2", "line 3")
    assert found.columns.column_names == ["name", "age", "kind"]
    assert found.layout == Layout("text", ("name",), "kind")


def test_input_and_label_name_other_columns(tmp_path):
    path = write(tmp_path, "kind,id,name\na,1,Anna\nb,2,Bob\n")
    found = load_labelled(path, LabelledOptions(input=("name",), label="kind"))
    assert found.sequences == ("Anna", "Bob")
    assert found.labels == ("a", "b")


def test_texts_of_digits_and_labels_of_numbers_are_kept_as_written(tmp_path):
    path = write(tmp_path, "code,kind\n1.50,1\n12,0\n1e3,1\n")
    found = load_labelled(path)
    assert found.sequences == ("1.50", "12", "1e3")
    assert found.labels == ("1", "0", "1")


def test_a_first_line_whose_label_comes_again_is_no_header(tmp_path):
    path = write(tmp_path, "Anna,a\nBob,b\nCleo,a\n")
    found = load_labelled(path)
    assert found.sequences == ("Anna", "Bob", "Cleo")
    assert any("the first line is no header" in note for note in found.notes)
    assert not found.layout.header


def test_columns_of_numbers_are_the_steps_of_a_series_a_row(tmp_path):
    found = load_labelled(write(tmp_path, "a,b,c,kind\n1,2,,x\n4,5,6,y\n"))
    assert found.layout == Layout("wide", ("a", "b", "c"), "kind")
    np.testing.assert_array_equal(found.sequences[0], [[1], [2], [np.nan]])
    assert found.labels == ("x", "y")
    assert found.columns.to_pydict() == {"row": [1, 2]}


def test_the_label_of_a_wide_table_may_stand_anywhere(tmp_path):
    path = write(tmp_path, "kind,a,b\n1,2,3\n2,5,6\n")
    found = load_labelled(path, LabelledOptions(label="kind"))
    np.testing.assert_array_equal(found.sequences[1], [[5], [6]])
    assert found.labels == ("1", "2")


LONG = "who,at,x,y,kind\nb,2,20,2,q\na,1,1,5,p\nb,1,10,3,q\na,2,2,,p\na,3,3,7,p\n"


def test_a_long_table_is_ordered_by_time_within_its_ids(tmp_path):
    path = write(tmp_path, LONG)
    found = load_labelled(path, LabelledOptions(id="who", time="at"))
    assert found.layout == Layout("long", ("x", "y"), "kind", "who", "at")
    np.testing.assert_array_equal(found.sequences[0], [[10, 3], [20, 2]])
    np.testing.assert_array_equal(found.sequences[1], [[1, 5], [2, np.nan], [3, 7]])
    assert found.labels == ("q", "p")
    assert found.names == ("series 'b'", "series 'a'")
    assert found.columns.to_pydict() == {"who": ["b", "a"]}


def test_without_a_time_the_rows_keep_their_order(tmp_path):
    path = write(tmp_path, LONG)
    found = load_labelled(path, LabelledOptions(id="who", input=("x",)))
    np.testing.assert_array_equal(found.sequences[0], [[20], [10]])


def test_times_may_be_dates(tmp_path):
    text = "who,day,x,kind\na,2024-03-02,2,p\na,2024-03-01,1,p\nb,2024-01-01,3,q\n"
    found = load_labelled(write(tmp_path, text), LabelledOptions(id="who", time="day"))
    np.testing.assert_array_equal(found.sequences[0], [[1], [2]])


def test_labels_may_stand_in_a_second_table(tmp_path):
    path = write(tmp_path, "who,x\n1,1\n1,2\n2,3\n")
    labels = write(tmp_path, "who,kind\n2,q\n1,p\n3,r\n", "labels.csv")
    found = load_labelled(path, LabelledOptions(labels=labels))
    assert found.labels == ("p", "q")
    assert "1 label of series that are not there: ignored" in found.notes


def test_ts_files_are_read_packed_or_not(tmp_path):
    text = "@classLabel true a b\n@data\n1,2:a\n3,4:b\n"
    plain = write(tmp_path, text, "x.ts")
    packed = tmp_path / "x.ts.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    for path in (plain, packed):
        assert load_labelled(path).labels == ("a", "b")
    with pytest.raises(UsageError, match=r"--label is for tables"):
        load_labelled(plain, LabelledOptions(label="x"))
    with pytest.raises(UsageError, match="there is no file"):
        load_labelled(tmp_path / "none.ts")


def test_a_frame_is_read_like_a_table():
    found = load_labelled(pd.DataFrame({"name": ["x", "y"], "kind": ["a", "b"]}))
    assert found.sequences == ("x", "y")
    assert found.names == ("row 0", "row 1")


@pytest.mark.parametrize(
    ("text", "given", "error", "said"),
    [
        ("name,kind\nAnna,\nBob,b\nCleo,b\n", {}, DataError, "no label .* in line 2"),
        ("name,kind\n,a\nBob,b\nCleo,b\n", {}, DataError, "no sequence .* in line 2"),
        ("name\nAnna\nBob\n", {}, UsageError, "has only the column 'name'"),
        ("a,b,c\n1,x,p\n2,y,q\n", {}, UsageError, "column 'b' .* is not one of numbers"),
        ("a,b\nx,y\n", {"label": "z"}, UsageError, "--label z: .* no such column; it has a, b"),
        ("a,b\nx,y\n", {"input": ("b",), "label": "b"}, UsageError, "--input b: that column is"),
        ("a,b,k\n1,2,p\n3,?x,q\n5,6,q\n", {}, DataError, r"column 'b' has '\?x' in line 3"),
        (
            "i,x,k\na,1,p\na,2,q\n",
            {"id": "i"},
            DataError,
            r"series 'a' has the labels 'p' \(line 2\) and 'q' \(line 3\)",
        ),
        (
            "i,t,x,k\na,1,1,p\na,1,2,p\n",
            {"id": "i", "time": "t"},
            DataError,
            r"series 'a' has two rows at one time \(lines 2, 3\)",
        ),
        ("i,x,k\na,1,p\n", {"id": "j"}, UsageError, "--id j: .* no such column"),
    ],
)
def test_faults_name_what_where_and_the_cure(tmp_path, text, given, error, said):
    with pytest.raises(error, match=said):
        load_labelled(write(tmp_path, text), LabelledOptions(**given))


def test_a_series_without_a_label_in_the_second_table_is_named(tmp_path):
    path = write(tmp_path, "who,x\na,1\nb,2\nb,3\n")
    labels = write(tmp_path, "who,kind\na,p\n", "labels.csv")
    with pytest.raises(DataError, match="has no label for series 'b'"):
        load_labelled(path, LabelledOptions(id="who", labels=labels))
    labels = write(tmp_path, "who,kind\na,p\nb,q\na,q\n", "labels.csv")
    with pytest.raises(DataError, match=r"'a' has two labels \(lines 2, 4\)"):
        load_labelled(path, LabelledOptions(id="who", labels=labels))


def test_the_layout_of_the_training_is_that_of_the_tables_to_come(tmp_path):
    known = Layout("text", ("name",), "kind")
    path = write(tmp_path, "kind,name\na,Anna\nb,Bob\n")
    found = load_labelled(path, known=known)
    assert (found.sequences, found.labels) == (("Anna", "Bob"), ("a", "b"))
    alone = load_labelled(write(tmp_path, "id,name\n1,Anna\n"), labelled=False, known=known)
    assert (alone.sequences, alone.labels) == (("Anna",), None)
    with pytest.raises(UsageError, match=r"has no column 'name', which the model was trained on"):
        load_labelled(write(tmp_path, "who\nAnna\n"), labelled=False, known=known)
    given = LabelledOptions(header=False)
    bare = load_labelled(write(tmp_path, "Anna\nBob\n"), given, labelled=False, known=known)
    assert bare.sequences == ("Anna", "Bob")


def test_a_training_table_without_a_header_is_followed_by_such_tables(tmp_path):
    trained = load_labelled(write(tmp_path, "Anna,a\nBob,b\nCleo,a\n"))
    bare = load_labelled(write(tmp_path, "Dora\nEve\n"), labelled=False, known=trained.layout)
    assert bare.sequences == ("Dora", "Eve")


def test_a_selection_keeps_everything_together(tmp_path):
    found = load_labelled(write(tmp_path, "name,kind\nAnna,a\nBob,b\nCleo,c\n")).select([2, 0])
    assert found.sequences == ("Cleo", "Anna")
    assert found.labels == ("c", "a")
    assert found.names == ("line 4", "line 2")
    assert found.columns["name"].to_pylist() == ["Cleo", "Anna"]


def test_labels_that_came_from_a_second_table_are_asked_for_again(tmp_path):
    path = write(tmp_path, "who,x\na,1\nb,2\n")
    labels = write(tmp_path, "who,kind\na,p\nb,q\n", "labels.csv")
    known = load_labelled(path, LabelledOptions(labels=labels)).layout
    with pytest.raises(UsageError, match=r"came from a second table: give one \(--labels\)"):
        load_labelled(path, known=known)
    assert load_labelled(path, LabelledOptions(labels=labels), known=known).labels == ("p", "q")
    assert load_labelled(path, labelled=False, known=known).labels is None
