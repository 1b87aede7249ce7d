"""CSV, TSV and their relatives: every dialect, every inference said, every bad file named."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.delimited import Dialect, read_delimited
from unspool.data.table import Table
from unspool.errors import DataError, UsageError


def read(text: str | bytes, as_text=(), as_numbers=(), **dialect) -> Table:
    data = text if isinstance(text, bytes) else text.encode()
    return read_delimited(data, "t.csv", Dialect(**dialect), as_text, as_numbers)


def cells(text: str | bytes, **options) -> dict[str, list]:
    return read(text, **options).columns.to_pydict()


def test_a_plain_table():
    table = read("id,ds,y,n\na,2024-01-01,1.5,1\nb,2024-01-02,,2\n")
    assert table.columns.to_pydict() == {
        "id": ["a", "b"],
        "ds": ["2024-01-01", "2024-01-02"],
        "y": [1.5, None],
        "n": [1, 2],
    }
    assert table.columns.schema.types == [pa.string(), pa.string(), pa.float64(), pa.int64()]
    assert (table.source, table.kind, table.row_word) == ("t.csv", "csv", "line")
    assert [table.row_name(i) for i in range(2)] == ["line 2", "line 3"]
    assert table.lines is None
    assert table.notes == ("delimiter ','",)


@pytest.mark.parametrize(
    ("delimiter", "said"), [(",", "','"), (";", "';'"), ("\t", "tab"), ("|", "'|'")]
)
def test_the_delimiter_is_inferred_and_said(delimiter, said):
    table = read(f"ds{delimiter}y\n2024-01-01{delimiter}1\n")
    assert table.names == ["ds", "y"]
    assert table.notes == (f"delimiter {said}",)


def test_what_is_given_is_not_said():
    assert read("a;b\n1,5;2\n", delimiter=";", decimal=",", thousands="").notes == ()
    assert cells("a:b\n1:2\n", delimiter=":") == {"a": [1], "b": [2]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_end_with_or_without_one_at_the_end(end, last):
    for rows in (["1,x"], ["1,x", "2,y"]):
        table = read(end.join(["a,b", *rows]) + (end if last else ""))
        assert table.columns.num_rows == len(rows)
        assert table.row_name(len(rows) - 1) == f"line {len(rows) + 1}"


def test_quoted_cells_hold_delimiters_quotes_and_lines():
    table = read('a,b\n"x,1","say ""hi"""\n"two\nlines",z\nlast,5\n')
    assert table.columns["a"].to_pylist() == ["x,1", "two\nlines", "last"]
    assert table.columns["b"].to_pylist() == ['say "hi"', "z", "5"]
    assert [table.row_name(i) for i in range(3)] == ["line 2", "line 3", "line 5"]


def test_quoted_numbers_are_numbers():
    assert cells('"a","b"\n"1","2.5"\n') == {"a": [1], "b": [2.5]}


def test_blank_lines_are_no_rows_but_count_as_lines():
    table = read("\n\na,b\n\n1,2\n\n\n3,4\n\n\n")
    assert table.columns.to_pydict() == {"a": [1, 3], "b": [2, 4]}
    assert [table.row_name(i) for i in range(2)] == ["line 5", "line 8"]


def test_a_blank_line_in_a_single_column_is_a_missing_value():
    table = read("y\n1\n\n3\n\n")
    assert table.columns["y"].to_pylist() == [1, None, 3]
    assert table.row_name(2) == "line 4"
    assert table.notes == ("one column, no delimiter",)


def test_a_name_over_two_lines_moves_the_first_row():
    table = read('"a\nb",c\n1,2\n')
    assert table.names == ["a\nb", "c"]
    assert table.row_name(0) == "line 3"


def test_a_file_of_numbers_alone_is_one_column():
    table = read("5\n6.5\n7\n")
    assert table.columns.to_pydict() == {"value": [5.0, 6.5, 7.0]}
    assert table.row_name(0) == "line 1"
    assert "no header: line 1 holds values, so the column is called value" in table.notes


def test_a_file_without_header_gets_names_and_it_is_said():
    table = read("2024-01-01,5\n2024-01-02,6\n")
    assert table.names == ["column_1", "column_2"]
    assert table.n_rows == 2
    assert any("the columns are called column_1 to column_2" in note for note in table.notes)


def test_whether_there_is_a_header_can_be_given():
    assert cells("1,2\n3,4\n", header=True) == {"1": [3], "2": [4]}
    table = read("a,b\nc,d\n", header=False)
    assert table.columns.to_pydict() == {"column_1": ["a", "c"], "column_2": ["b", "d"]}
    assert not any("header" in note for note in table.notes)


def test_a_single_column_of_decimal_commas():
    assert cells("y\n1,5\n2\n3,25\n") == {"y": [1.5, 2.0, 3.25]}


def test_the_first_line_of_excel_tells_the_delimiter():
    table = read("sep=;\r\na;b\r\n1,5;2,5\r\n")
    assert table.columns.to_pydict() == {"a": [1.5], "b": [2.5]}
    assert table.row_name(0) == "line 3"
    assert table.notes[0] == "delimiter ';', as the first line says"


def test_names_lose_the_spaces_around_them():
    assert read("id , y\na,1\n").names == ["id", "y"]


def test_a_nameless_column_of_values_is_named_and_it_is_said():
    table = read(",y\na,1\nb,2\n")
    assert table.names == ["column_1", "y"]
    assert "column 1 has no name: called column_1" in table.notes


def test_delimiters_at_the_end_of_every_line_make_no_column():
    table = read("a,b,\n1,2,\n3,4,\n")
    assert table.names == ["a", "b"]
    assert "column 3 has no name and no values: left out" in table.notes


def test_rows_of_nothing_but_delimiters_at_the_end_are_left_out_and_it_is_said():
    table = read("a,b\n1,2\n,\n3,4\n,\n,\n")
    assert table.columns.to_pydict() == {"a": [1, None, 3], "b": [2, None, 4]}
    assert "2 empty rows at the end left out" in table.notes


def test_text_cells_are_found_by_line():
    table = read("ds,y\n2024-01-01,1\n\n2024-01-02,closed\n2024-01-03,3\n")
    positions, texts = table.text_cells["y"]
    assert [table.row_name(p) for p in positions] == ["line 4"]
    assert texts == ["closed"]
    assert table.columns["y"].to_pylist() == [1, None, 3]


def test_empty_and_blank_cells_are_null_in_text_too():
    assert cells('a,b\nx,1\n,2\n"",3\n  ,4\n')["a"] == ["x", None, None, None]


def test_columns_can_be_made_text_or_numbers():
    text = "id,y\n1,a\n2,b\n3,5\n"
    assert cells(text, as_text=["id"])["id"] == ["1", "2", "3"]
    assert cells(text, as_numbers=["y"])["y"] == [None, None, 5]


def test_a_row_longer_than_a_block_is_read():
    row = ",".join(f"w{i}" * 20_000 for i in range(10, 70))
    for rows in ([row], ["x" + ",y" * 59, row, row]):
        names = ",".join(f"c{i}" for i in range(60))
        table = read("\n".join([names, *rows, ""]))
        assert table.columns["c59"].to_pylist()[-1] == "w69" * 20_000
        assert table.n_rows == len(rows)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_encoding_is_read(encoding):
    assert cells("größe;y\nÖl;1,5\n".encode(encoding)) == {"größe": ["Öl"], "y": [1.5]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t.csv: the file is empty"),
        ("\n \n", "t.csv: the file is empty"),
        ('""\n', "t.csv: the file is empty"),
        (b"\x1a", "t.csv: the file is empty"),
        ("a,b\n\x1a", "t.csv: a header and no rows below it"),
        ("a,b\n", "t.csv: a header and no rows below it"),
        ("a,b\n\n\n", "t.csv: a header and no rows below it"),
        ("a,b\n,\n,\n", "t.csv: a header and no rows below it"),
        ("a,b,a\n1,2,3\n", "t.csv: columns 1 and 3 are both called 'a'; rename one of them"),
        ("a,b\n1,2\n\n1,2,3\n", "t.csv, line 4: 3 cells where the first row has 2 (delimiter ',')"),
        ("a,b\n1,2\n3\n", "t.csv, line 3: 1 cell where the first row has 2"),
        ("a,b\n1\n2\n", "t.csv, line 2: 1 cell where the first row has 2"),
        ('a,b\n"x\ny",2\n1,2,3\n', "t.csv, line 4: 3 cells where the first row has 2"),
        ("Report\n\na,b\n1,2\n", "t.csv, line 3: 2 cells where the first row has 1"),
        ('a,b\n1,2\n3,"4\n5,6\n', "t.csv, line 3: a quotation mark opens a cell and is never"),
        ('a,b\n"1,2\n3,4\n', "t.csv, line 2: a quotation mark opens a cell and is never closed"),
        ('"a,b\n1,2\n3,4\n', "t.csv, line 1: a quotation mark opens a cell and is never closed"),
        ('a,b\n"x"y,"5\n6"\n', "t.csv, line 2: the quotation marks do not match up"),
        ("a,b\n1," + "x" * 2_000_000 + "\n", "t.csv, line 2: a cell of more than 131,072"),
        ("a" * 200_000 + ",b\n1,2\n", "t.csv, line 1: a cell of more than 131,072"),
        (b"a,b\n1,2\n3,\x00\n", "t.csv, line 3: a NUL byte"),
        (b"\x00\x01\x02\x03", "t.csv: this is not a table in text but binary"),
        (b"a,\xc3\xa9\xc3\xa9\n1,\xff\n", "t.csv, line 2: byte 0xff is not UTF-8"),
    ],
)
def test_bad_content_is_a_data_error_with_its_line(text, message):
    with pytest.raises(DataError) as caught:
        read(text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("delimiter", ["", ",,", "a", "5", '"', "\n"])
def test_a_delimiter_that_cannot_be_is_refused(delimiter):
    with pytest.raises(UsageError, match="the delimiter must be one character"):
        Dialect(delimiter=delimiter)


# What may stand in a cell: any text but control characters, which make a file binary.
TEXTS = st.text(
    st.one_of(
        st.sampled_from(" ,;|\t\"'\n\r.-€07aZ"),
        st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"]),
    ),
    max_size=8,
)
FLOATS = st.one_of(
    st.none(),
    st.floats(allow_nan=False, width=64),
    st.integers(-9999, 9999).map(lambda n: n / 8),
)
COLUMNS = st.integers(1, 6).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            "row": st.lists(st.integers(-(2**63), 2**63 - 1), min_size=n, max_size=n),
            "note": st.lists(TEXTS, min_size=n, max_size=n),
            "y": st.lists(FLOATS, min_size=n, max_size=n),
        }
    )
)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
MARKS = st.sampled_from([(".", ""), (".", ","), (",", ""), (",", "."), (",", "\u202f"), (".", "'")])


def as_csv(columns: dict[str, list], delimiter: str, end: str, decimal: str, thousands: str) -> str:
    """The columns as another program might write them, every text quoted."""

    def number(value: float | int | None) -> str:
        if value is None:
            return ""
        if isinstance(value, float) and (not math.isfinite(value) or "e" in repr(value)):
            return repr(value).replace(".", decimal)
        text = f"{value:,}" if isinstance(value, int) else f"{value:,f}"
        if isinstance(value, float) and float(text.replace(",", "")) != value:
            text = repr(value)
        return text.replace(",", "_").replace(".", decimal).replace("_", thousands)

    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([value if isinstance(value, str) else number(value) for value in row])
    return file.getvalue()


@settings(deadline=None)
@given(
    COLUMNS,
    st.sampled_from(",;|\t"),
    LINE_ENDS,
    MARKS,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
)
def test_any_table_in_any_dialect_reads_back(columns, delimiter, end, marks, encoding):
    text = as_csv(columns, delimiter, end, *marks)
    table = read(
        text.encode(encoding),
        as_text=["note"],
        as_numbers=["row", "y"],
        delimiter=delimiter,
        decimal=marks[0],
        thousands=marks[1],
        encoding=encoding,
        header=True,
    )
    found = table.columns.to_pydict()
    assert found["row"] == columns["row"]
    assert found["note"] == [text if text.strip() else None for text in columns["note"]]
    assert found["y"] == columns["y"]
    assert not table.text_cells


@settings(deadline=None)
@given(COLUMNS, st.sampled_from(",;|\t"), LINE_ENDS, MARKS)
def test_without_being_told_it_reads_back_or_says_what_it_took(columns, delimiter, end, marks):
    columns = {**columns, "row": list(range(1, len(columns["row"]) + 1))}
    columns["note"] = [f"store {n % 3}" for n in columns["row"]]
    table = read(as_csv(columns, delimiter, end, *marks))
    found = table.columns.to_pydict()
    assert found["row"] == columns["row"]
    assert found["note"] == columns["note"]
    said = any("the decimal mark can be given" in note for note in table.notes)
    assert found["y"] == columns["y"] or said


@settings(deadline=None)
@given(COLUMNS, st.sampled_from(",;|\t"), LINE_ENDS, st.data())
def test_rows_are_named_by_their_lines(columns, delimiter, end, data):
    head, *rows = as_csv(columns, delimiter, "\x1e", ".", "").removesuffix("\x1e").split("\x1e")
    text = head + end
    expected = []
    for row in rows:
        text += end * data.draw(st.integers(0, 2))
        expected.append(len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")))
        text += row + end
    table = read(text, as_text=["note"], delimiter=delimiter, header=True)
    assert [table.row_name(i) for i in range(table.n_rows)] == [f"line {n}" for n in expected]


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.text('ab,;|\t"\n\r 0123456789.-e', max_size=60),
        st.lists(
            st.lists(st.sampled_from(["", "1", "2,5", "x", "2024-01-01", '"q"', "NA"]), max_size=4),
            max_size=5,
        ).map(lambda rows: "\n".join(";".join(row) for row in rows)),
    )
)
def test_any_text_is_a_table_or_a_named_error(text):
    try:
        table = read(text)
    except DataError as error:
        message = str(error)
    else:
        message = "t.csv"
        assert table.n_rows >= 1
        assert len({column.length() for column in table.columns.columns}) == 1
        names = [table.row_name(i) for i in range(table.n_rows)]
        assert len(set(names)) == len(names)
    assert message.startswith("t.csv")
    assert "\n" not in message


def test_line_numbers_are_exact_beyond_the_first_block():
    rows = [f'{i},"a\nb"' if i % 1000 == 0 else f"{i},c" for i in range(1, 100_001)]
    table = read("n,t\n" + "\n".join(rows) + "\n")
    expected = 2 + np.cumsum([0] + [1 + (i % 1000 == 0) for i in range(1, 100_000)])
    assert table.lines is not None
    assert table.lines.tolist() == expected.tolist()
