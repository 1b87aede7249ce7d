"""Arrow types of every kind to the few that a Table holds."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from unspool.data.typed import to_plain
from unspool.errors import DataError


def plain(array: pa.Array) -> tuple[list, pa.DataType]:
    columns, ignored, _ = to_plain(pa.table({"x": array}), "t")
    assert not ignored
    return columns["x"].to_pylist(), columns["x"].type


@pytest.mark.parametrize(
    "kind",
    [
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
        *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        *(pa.decimal128(20, 0), pa.dictionary(pa.int8(), pa.int32())),
    ],
)
def test_whole_numbers_become_int64(kind):
    assert plain(pa.array([1, None, 3], kind)) == ([1, None, 3], pa.int64())


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64(), pa.decimal128(9, 1)])
def test_fractions_become_float64(kind):
    numbers = [Decimal("1.5"), None] if pa.types.is_decimal(kind) else [1.5, None]
    assert plain(pa.array(numbers, kind)) == ([1.5, None], pa.float64())


@pytest.mark.parametrize(
    "kind",
    [
        *(pa.string(), pa.large_string(), pa.string_view()),
        *(pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.large_string())),
    ],
)
def test_text_becomes_string(kind):
    assert plain(pa.array(["a", None, "a"]).cast(kind)) == (["a", None, "a"], pa.string())


def test_true_and_false_become_one_and_zero_and_are_said():
    columns, _, notes = to_plain(pa.table({"x": [True, False, None]}), "t")
    assert columns["x"].to_pylist() == [1, 0, None]
    assert notes == ["column 'x': true and false read as 1 and 0"]


@pytest.mark.parametrize(
    "kind",
    [pa.date32(), pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("ms", "Asia/Tokyo")],
)
def test_times_stay_as_they_are(kind):
    assert plain(pa.array([0, None], kind))[1] == kind


def test_long_dates_become_dates():
    assert plain(pa.array([0, 86_400_000], pa.date64()))[1] == pa.date32()


def test_a_column_of_nulls_is_one_of_missing_numbers():
    assert plain(pa.nulls(2)) == ([None, None], pa.float64())


def test_run_end_encoded_columns_are_unrolled():
    runs = pa.RunEndEncodedArray.from_arrays([2, 3], ["a", "b"])
    assert plain(runs) == (["a", "a", "b"], pa.string())


@pytest.mark.parametrize(
    "array",
    [pa.array([2**64 - 1], pa.uint64()), pa.array([Decimal(2**64 - 1)], pa.decimal128(38, 0))],
)
def test_whole_numbers_beyond_64_bits_become_text(array):
    columns, _, notes = to_plain(pa.table({"x": array}), "t")
    assert columns["x"].to_pylist() == [str(2**64 - 1)]
    assert notes == ["column 'x': whole numbers beyond 64 bits, kept as text"]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([[1]]),
        pa.array([{"a": 1}]),
        pa.array([b"x"]),
        pa.array([1], pa.duration("s")),
        pa.array([1], pa.time32("s")),
        pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
    ],
)
def test_other_types_are_ignored_and_said(array):
    columns, ignored, notes = to_plain(pa.table({"x": array, "y": [1]}), "t")
    assert columns.column_names == ["y"]
    assert ignored == {"x": f"is of type {array.type}"}
    assert notes == [f"column 'x' is of type {array.type}: ignored"]


def test_columns_of_the_right_type_are_not_copied():
    numbers = pa.array([1.0, 2.0])
    columns, _, _ = to_plain(pa.table({"x": numbers}), "t")
    assert columns["x"].chunk(0).buffers()[1].address == numbers.buffers()[1].address


def test_repeated_names_are_refused():
    with pytest.raises(DataError, match="columns 1 and 2 are both called 'x'"):
        to_plain(pa.table([[1], [2]], names=["x", "x"]), "t")
