"""Text to numbers: marks, missing cells, odd cells, and columns that only look like numbers."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.marks import MISSING_MARKERS, USUAL_MARKS, Marks, is_missing
from unspool.data.numerals import read_numbers


def read_column(cells: list[str | None], **options):
    """The values, the odd cells as {position: text} and the notes of a single column "y"."""
    numbers = read_numbers({"y": pa.chunked_array([pa.array(cells, pa.string())])}, **options)
    odd = numbers.text_cells.get("y", ([], []))
    return (
        numbers.columns["y"].to_pylist(),
        dict(zip(list(odd[0]), odd[1], strict=True)),
        numbers.notes,
    )


def reference(cell: str, decimal: str, thousands: str) -> float | None:
    """A number written with the given marks, read character by character; None if it is none."""
    text = cell.strip().replace("\u2212", "-")
    sign = -1.0 if text.startswith("-") else 1.0
    text = text[1:] if text[:1] in ("+", "-") else text
    if text.lower() in ("inf", "infinity"):
        return sign * math.inf
    text = text.replace("E", "e")
    text, e, exponent = text.partition("e")
    if e and not exponent.removeprefix("-").removeprefix("+").isascii():
        return None
    if e and not (exponent[1:] if exponent[:1] in ("+", "-") else exponent).isdigit():
        return None
    whole, point, fraction = text.partition(decimal)
    if not (whole or fraction) or not all(c in "0123456789" for c in fraction):
        return None
    spaces = " \u00a0\u2007\u2009\u202f" if thousands == " " else thousands
    alike = "'\u2019" if thousands == "'" else spaces
    for mark in alike:
        whole = whole.replace(mark, "_")
    groups = whole.split("_")
    if not all(c in "0123456789" for group in groups for c in group):
        return None
    if len(groups) > 1:
        head, *middle, tail = groups
        indian = thousands == "," and 1 <= len(head) <= 2 and all(len(g) == 2 for g in middle)
        western = 1 <= len(head) <= 3 and all(len(g) == 3 for g in middle)
        if len(tail) != 3 or not (western or (indian and middle)) or head.startswith("0"):
            return None
    digits = "".join(groups)
    if not digits and not (point and fraction):
        return None
    return sign * float(f"{digits or 0}.{fraction or 0}e{exponent or 0}")


CELLS = st.one_of(
    st.text("0123456789.,' \u202f\u2019-+e", max_size=10),
    st.from_regex(r"[+-]?[0-9]{1,3}([., '][0-9]{3}){0,3}([.,][0-9]{0,4})?", fullmatch=True),
    st.from_regex(r"[1-9][0-9]?(,[0-9]{2}){1,2},[0-9]{3}", fullmatch=True),
)


@settings(deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=6), st.sampled_from(USUAL_MARKS))
def test_cells_read_as_a_slow_reader_reads_them(cells, marks):
    values, odd, _ = read_column(
        [cell if cell else None for cell in cells],
        decimal=marks.decimal,
        thousands=marks.thousands,
        as_numbers=["y"],
    )
    for position, (cell, value) in enumerate(zip(cells, values, strict=True)):
        expected = reference(cell, marks.decimal, marks.thousands)
        if expected is None:
            assert value is None
            assert (position in odd) == (bool(cell.strip()) and not is_missing(cell))
        else:
            assert value == pytest.approx(expected, rel=1e-15)


def written(value: float, decimals: int, marks: Marks) -> str:
    text = f"{value:,.{decimals}f}".replace(",", "_").replace(".", marks.decimal)
    return text.replace("_", marks.thousands)


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 3)), min_size=1, max_size=8),
    st.integers(0, 4),
    st.sampled_from([*USUAL_MARKS, Marks(".", ""), Marks(",", "")]),
    st.sampled_from([";", "\t"]),
)
def test_inferred_marks_are_right_or_the_doubt_is_said(numbers, decimals, marks, delimiter):
    cells = [written(number, decimals, marks) for number in numbers]
    values, odd, notes = read_column(cells, delimiter=delimiter)
    expected = [round(number, decimals) for number in numbers]
    right = not odd and values == pytest.approx(expected, rel=1e-12)
    assert right or any("the decimal mark can be given" in note for note in notes)


@pytest.mark.parametrize("cell", [*sorted(MISSING_MARKERS), "NaN", "NULL", " NA ", "None", "#N/A"])
def test_missing_markers_are_missing_in_a_number_column(cell):
    values, odd, notes = read_column(["1", cell, "2.5"])
    assert values == [1.0, None, 2.5]
    assert odd == {}
    assert notes == [f"column 'y': {cell.strip()!r} read as missing"]


def test_missing_markers_stay_in_a_text_column():
    values, _, notes = read_column(["NA", "EU", "NA", "US"])
    assert values == ["NA", "EU", "NA", "US"]
    assert notes == []


def test_a_mostly_missing_column_of_numbers_is_one_of_numbers():
    values, odd, _ = read_column(["NA"] * 5000 + ["3"] + ["NA"] * 4000)
    assert values[5000] == 3
    assert odd == {}


def test_a_few_unreadable_cells_leave_a_column_numeric_and_are_named():
    values, odd, _ = read_column(["1", "abc", "3", "1.2.3", "5"])
    assert values == [1, None, 3, None, 5]
    assert odd == {1: "abc", 3: "1.2.3"}


def test_half_unreadable_cells_make_a_column_text():
    values, odd, _ = read_column(["1", "abc", "3", "def"])
    assert values == ["1", "abc", "3", "def"]
    assert odd == {}


def test_odd_cells_keep_their_spaces():
    _, odd, _ = read_column(["1", " x ", "3"])
    assert odd == {1: " x "}


@pytest.mark.parametrize("text", ["inf", "Infinity", "+inf", "INF"])
def test_infinity_is_read_as_infinity(text):
    assert read_column(["1", text, "-inf"])[0] == [1, math.inf, -math.inf]


def test_whole_numbers_are_integers_and_fractions_make_them_floats():
    assert [type(v) for v in read_column(["1", "-2", "+3", " 4 "])[0]] == [int] * 4
    assert [type(v) for v in read_column(["1", "2.0"])[0]] == [float] * 2


def test_a_unicode_minus_is_a_minus():
    assert read_column(["\u22125", "3", "\u22120.5"])[0] == [-5.0, 3.0, -0.5]


def test_leading_zeros_keep_a_column_text():
    values, _, notes = read_column(["007", "012", "100"])
    assert values == ["007", "012", "100"]
    assert notes == ["column 'y': '007': leading zeros, kept as text"]


def test_leading_zeros_beside_decimals_are_numbers():
    assert read_column(["007.5", "012", "100"])[0] == [7.5, 12.0, 100.0]


def test_zero_itself_is_a_number():
    assert read_column(["0", "-0", "10"])[0] == [0, 0, 10]


def test_leading_zeros_are_dropped_where_numbers_are_asked_for():
    assert read_column(["007", "012"], as_numbers=["y"])[0] == [7, 12]


def test_hexadecimal_is_text():
    assert read_column(["0x1F", "0x20"])[0] == ["0x1F", "0x20"]
    assert read_column(["1", "0x20", "3"])[1] == {1: "0x20"}


def test_whole_numbers_beyond_64_bits_stay_text():
    cells = ["12345678901234567890", "12345678901234567891"]
    values, _, notes = read_column(cells)
    assert values == cells
    assert notes == ["column 'y': whole numbers beyond 64 bits, kept as text"]


def test_the_largest_64_bit_numbers_are_exact():
    cells = [str(2**63 - 1), str(-(2**63))]
    assert read_column(cells)[0] == [2**63 - 1, -(2**63)]


def test_text_asked_for_stays_text():
    assert read_column(["1", "2"], as_text=["y"])[0] == ["1", "2"]


def test_numbers_asked_for_are_numbers_even_if_most_cells_are_not():
    values, odd, _ = read_column(["a", "b", "c", "4"], as_numbers=["y"])
    assert values == [None, None, None, 4]
    assert odd == {0: "a", 1: "b", 2: "c"}


def test_a_column_without_any_value_is_one_of_missing_numbers():
    assert read_column([None, None])[0] == [None, None]


def test_an_ambiguous_comma_is_said_and_taken_for_thousands():
    values, _, notes = read_column(["1,234", "5"], delimiter=",")
    assert values == [1234, 5]
    assert any("'1,234': the comma taken as a mark between thousands" in note for note in notes)


def test_an_ambiguous_comma_is_a_decimal_mark_beside_semicolons():
    values, _, notes = read_column(["1,234", "5"], delimiter=";")
    assert values == [1.234, 5.0]
    assert any("'1,234': the comma taken as a decimal mark" in note for note in notes)


def test_an_ambiguous_column_follows_the_rest_of_the_table():
    columns = {
        "a": pa.chunked_array([["1,234", "5,678"]]),
        "b": pa.chunked_array([["0,5", "1,25"]]),
        "c": pa.chunked_array([["1.234", "5.678"]]),
    }
    numbers = read_numbers(columns, delimiter="\t")
    assert numbers.columns["a"].to_pylist() == [1.234, 5.678]
    assert numbers.columns["c"].to_pylist() == [1234, 5678]
    assert any("'a'" in n and "as in the rest of the table" in n for n in numbers.notes)
    assert any("'c'" in n and "as in the rest of the table" in n for n in numbers.notes)


def test_a_decided_column_does_not_follow_the_rest_of_the_table():
    columns = {
        "a": pa.chunked_array([["1,5", "2,5", "3,5"]]),
        "b": pa.chunked_array([["0.25", "0.5", "1.234"]]),
    }
    numbers = read_numbers(columns, delimiter=";")
    assert numbers.columns["a"].to_pylist() == [1.5, 2.5, 3.5]
    assert numbers.columns["b"].to_pylist() == [0.25, 0.5, 1.234]


def test_the_mark_of_most_cells_wins_and_the_others_are_named():
    values, odd, _ = read_column(["1,5", "2,5", "3.5", "4,25"], delimiter=";")
    assert values == [1.5, 2.5, None, 4.25]
    assert odd == {2: "3.5"}


def test_given_marks_are_not_discussed():
    values, _, notes = read_column(["1.234", "5"], delimiter=";", decimal=",", thousands=".")
    assert values == [1234, 5]
    assert notes == []


def test_no_thousands_mark_given_makes_a_comma_decimal():
    assert read_column(["1,234", "5"], thousands="")[0] == [1.234, 5.0]


def test_an_unusual_thousands_mark_can_be_given():
    assert read_column(["1_234", "5"], thousands="_")[0] == [1234, 5]


def test_the_same_is_said_once_for_many_columns():
    columns = {f"c{i}": pa.chunked_array([["1,5", "2,25"]]) for i in range(5)}
    notes = read_numbers(columns, delimiter=";").notes
    assert notes == ["columns 'c0', 'c1', 'c2' and 2 more: decimal comma"]


def test_an_ambiguous_point_is_said_where_the_delimiter_leaves_room_for_commas():
    values, _, notes = read_column(["1.234", "5"], delimiter=";")
    assert values == [1.234, 5.0]
    assert any("'1.234': the point taken as a decimal mark" in note for note in notes)


def test_an_ambiguous_point_is_not_discussed_where_another_column_has_a_decimal_point():
    columns = {
        "a": pa.chunked_array([["1.234", "5.678"]]),
        "b": pa.chunked_array([["0.25", "0.5"]]),
    }
    numbers = read_numbers(columns, delimiter=";")
    assert numbers.columns["a"].to_pylist() == [1.234, 5.678]
    assert numbers.notes == []


def test_the_sample_is_not_deceived_by_a_period_of_the_rows():
    cells = ["7" if row % 10 else "x" for row in range(20_000)]
    values, odd, _ = read_column(cells)
    assert values[1] == 7
    assert len(odd) == 2_000
