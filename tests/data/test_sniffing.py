"""The layout of a text: records with their lines, delimiter, header."""

from __future__ import annotations

import pytest

from unspool.data.sniffing import (
    BrokenRecordError,
    find_fault,
    has_header,
    is_date,
    records,
    sample_records,
    sniff_delimiter,
)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1;2\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("1,5;2,5\n3,5;4,5\n", ";"),
        ("a;b,y\np;q,5\nr;s,6\n", ","),
        ('"a,x","b,x"\n"1","2"\n', ","),
        ('"a;x"|"b;x"\n1|2\n', "|"),
        ("when|y\n2024-01-01 10:00|1,5\n", "|"),
        ("when\ty\nJan 1, 2024\t1\nJan 2, 2024\t2\n", "\t"),
        ("y\n1\n2\n", None),
        ("y\n1,5\n2\n3,75\n", None),
        ("some words\nother words\n", None),
        ("a,b\n1,2\n1,2,3\n1,2\n", ","),
        ("\n\na;b\n\n1;2\n", ";"),
    ],
)
def test_the_delimiter_is_found(text, delimiter):
    assert sniff_delimiter(text.encode()) == delimiter


@pytest.mark.parametrize(
    "rows",
    [
        [["ds", "y"], ["2024-01-01", "1"]],
        [["id", "2019", "2020"], ["a", "1", "2"], ["b", "3", "4"]],
        [["", "2024-01-01", "2024-01-02"], ["a", "1", "2"]],
        [["y"], ["1"], ["2"]],
        [["id", "y"]],
        [["id", "2024-01-01"], ["a", "5"]],
        [["", "2019", "2020"], ["a", "1", "2"]],
    ],
)
def test_names_above_values_are_a_header(rows):
    assert has_header(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [["1"], ["2"]],
        [["2024-01-01", "5"], ["2024-01-02", "6"]],
        [["2024-01-01", ""], ["2024-01-02", "6"]],
        [["1,5", "-"], ["2,5", "3"]],
        [["a", "2024-01-01", "5"], ["b", "2024-01-02", "6"]],
        [["a", "1", "5"], ["a", "2", "6"], ["b", "1", "7"]],
    ],
)
def test_values_at_the_top_are_no_header(rows):
    assert not has_header(rows)


@pytest.mark.parametrize(
    "cell",
    [
        *("2024-01-31", "31.1.2024", "1/31/24", "2024-01", "2024-01-31T10:00:00+02:00", "2024Q1"),
        *("2024-W05", "31-Jan-2024", "Jan 2024", "10:30", "2024-01-31 10:00", "31 January 2024"),
    ],
)
def test_what_looks_like_a_time(cell):
    assert is_date(cell)


@pytest.mark.parametrize("cell", ["", "2024", "1.5", "store 1", "1-800-FLOWERS", "Week"])
def test_what_does_not_look_like_a_time(cell):
    assert not is_date(cell)


def test_records_say_where_they_are():
    data = b'a,b\r\n"x\r\ny",1\n\nz,2'
    found = [(r.cells, r.line, r.next_line, data[r.start : r.end]) for r in records(data, ",")]
    assert found == [
        (["a", "b"], 1, 2, b"a,b\r\n"),
        (["x\r\ny", "1"], 2, 4, b'"x\r\ny",1\n'),
        ([], 4, 5, b"\n"),
        (["z", "2"], 5, 6, b"z,2"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('a,b\n1,"2\n3,4\n', 2, "a quotation mark opens a cell and is never closed"),
        ('a,b\n1,2\n"3"x,4\n', 3, "the quotation marks do not match up"),
        ("a,b\n1," + "x" * 140_000, 2, "a cell of more than 131,072 characters"),
    ],
)
def test_a_record_that_cannot_be_cut_is_an_error_on_its_line(text, line, reason):
    with pytest.raises(BrokenRecordError, match=reason) as caught:
        list(records(text.encode(), ",", strict=True))
    assert caught.value.line == line


def test_the_first_ragged_line_is_the_fault():
    fault = find_fault(b'1,2\n"x\ny",3\n\n1,2,3\n1\n', ",", 2, 0, 2, "t.csv")
    assert str(fault) == (
        "t.csv, line 6: 3 cells where the first row has 2 (delimiter ','); "
        "correct the line, or give the delimiter"
    )


def test_an_even_table_has_no_fault():
    assert find_fault(b"1,2\n\n3,4\n", ",", 2, 0, 2, "t.csv") is None


def test_the_sample_ends_where_a_record_is_broken():
    assert sample_records(b'a,b\n1,"' + b"x" * 140_000, ",") == [["a", "b"]]
