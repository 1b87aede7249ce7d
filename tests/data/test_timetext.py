from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.timetext import WAYS, expression_of, find_way, orders, read_texts

HOUR = 3_600_000_000


def _read(texts, day_first=None):
    array = pa.array(texts, pa.string())
    way = find_way(array)
    assert way is not None
    return read_texts(array, WAYS[way[0]], day_first)


def _times(result):
    return result.times.astype("datetime64[us]").astype("datetime64[s]").astype(str).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-31", "2024-03-31T00:00:00"),
        ("2024/3/1", "2024-03-01T00:00:00"),
        ("2024.03.31", "2024-03-31T00:00:00"),
        ("20240331", "2024-03-31T00:00:00"),
        ("2024-03-31 17", "2024-03-31T17:00:00"),
        ("2024-03-31 17:05", "2024-03-31T17:05:00"),
        ("2024-03-31T17:05:59", "2024-03-31T17:05:59"),
        ("2024-03-31T17:05:59.250000", "2024-03-31T17:05:59"),
        ("2024-03-31T17:05:59Z", "2024-03-31T17:05:59"),
        ("2024-03-31T17:05:59+02:00", "2024-03-31T15:05:59"),
        ("2024-03-31 17:05:59 -0330", "2024-03-31T20:35:59"),
        ("2024-03-31 5:05 PM", "2024-03-31T17:05:00"),
        ("2024-03-31 12:05 am", "2024-03-31T00:05:00"),
        ("31/12/2024", "2024-12-31T00:00:00"),
        ("31.12.2024 23:59", "2024-12-31T23:59:00"),
        ("31-12-24", "2024-12-31T00:00:00"),
        ("31/12/69", "1969-12-31T00:00:00"),
        ("1749-01", "1749-01-01T00:00:00"),
        ("01/1749", "1749-01-01T00:00:00"),
        ("2020M07", "2020-07-01T00:00:00"),
        ("2024-Q3", "2024-07-01T00:00:00"),
        ("2024Q3", "2024-07-01T00:00:00"),
        ("Q3 2024", "2024-07-01T00:00:00"),
        ("2024-W05", "2024-01-29T00:00:00"),
        ("2020-W53-7", "2021-01-03T00:00:00"),
        ("1 Jan 2024", "2024-01-01T00:00:00"),
        ("01-Jan-24", "2024-01-01T00:00:00"),
        ("January 5, 2024", "2024-01-05T00:00:00"),
        ("Sept 2024", "2024-09-01T00:00:00"),
        ("2024 Feb", "2024-02-01T00:00:00"),
        ("Feb-24", "2024-02-01T00:00:00"),
        ("1987", "1987-01-01T00:00:00"),
    ],
)
def test_the_usual_ways_of_writing_are_read_and_written_alike(text, expected):
    result = _read([text], day_first=True)
    assert result.read.all()
    assert _times(result) == [expected]
    offset = result.offsets[0] if result.offsets else 0
    assert result.pattern.write(int(result.times[0]) + offset, offset) == text


@pytest.mark.parametrize(
    "text", ["store 7", "A-1", "99999", "2024-13-45", "12:30", "1.5", "", "2024-03-31x", "Foo 2024"]
)
def test_other_texts_are_not_taken_for_times(text):
    assert find_way(pa.array([text])) is None


@pytest.mark.parametrize(
    "text",
    ["2023-02-29", "2024-04-31", "2024-01-01 24:00", "2024-01-01 10:61", "2023-W53", "2024-00-10"],
)
def test_days_and_hours_that_do_not_exist_are_not_read(text):
    way = "year-week" if "W" in text else "year-month-day"
    assert not read_texts(pa.array([text]), WAYS[way], None).read.any()


def test_a_time_finer_than_a_microsecond_is_not_read():
    texts = ["2024-01-01 00:00:00.123456000", "2024-01-01 00:00:00.123456001"]
    assert _read(texts).read.tolist() == [True, False]


def test_padding_is_kept_part_by_part():
    result = _read(["04/30/2021", "04/9/2021"], day_first=False)
    assert result.pattern.write(int(result.times[1]), 0) == "04/9/2021"
    assert [p for p in result.pattern.parts if p[0] in "dm"] == [("m", "2"), ("d", "1")]


def test_the_most_complete_text_says_how_to_write():
    result = _read(["2024-01-01", "2024-01-01 06:00", "2024-01-01 12:00"])
    assert _times(result)[0] == "2024-01-01T00:00:00"
    assert result.pattern.write(18 * HOUR, 0) == "1970-01-01 18:00"


def test_months_are_written_in_their_own_length_and_case():
    short, full = _read(["1 JAN 2024", "2 MAY 2024"]), _read(["1 january 2024", "2 may 2024"])
    assert short.pattern.write(0, 0) == "1 JAN 1970"
    assert full.pattern.write(0, 0) == "1 january 1970"


def test_offsets_that_differ_are_said_and_give_the_same_instants():
    result = _read(["2024-03-31T01:00:00+01:00", "2024-03-31T03:00:00+02:00"])
    assert result.offsets == (HOUR, 2 * HOUR)
    assert np.diff(result.times).tolist() == [HOUR]
    assert result.pattern.changing_offsets


def test_zoned_and_naive_texts_do_not_mix():
    texts = ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z", "2024-01-01T02:00:00"]
    assert _read(texts).read.tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["13/01/2024", "01/02/2024"], (True, False)),
        (["01/13/2024", "01/02/2024"], (False, True)),
        (["01/02/2024"], (True, True)),
        (["13/01/2024", "01/13/2024"], (False, False)),
    ],
)
def test_a_number_above_12_says_which_is_the_day(texts, expected):
    assert orders(pa.array(texts), WAYS["day/month/year"]) == expected


def test_a_given_pattern_is_followed():
    result = read_texts(pa.array(["2024|05|31 11PM"]), expression_of("%Y|%m|%d %I%p"), None)
    assert _times(result) == ["2024-05-31T23:00:00"]
    assert result.pattern.write(0, 0) == "1970|01|01 12AM"


moments = st.datetimes(datetime(1601, 1, 1), datetime(2199, 12, 31)).map(
    lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000)
)


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%Y%m%d", "%b %d, %Y", "%Y-%m-%dT%H:%M:%S+02:00"],
)
@settings(max_examples=50)
@given(st.lists(moments, min_size=1, max_size=12, unique=True))
def test_columns_agree_with_strptime_and_come_back_as_written(form, days):
    texts = [day.strftime(form) for day in days]
    result = _read(texts, day_first=True)
    offset = timedelta(hours=2) if "+02" in form else timedelta()
    plain = form.removesuffix("+02:00")
    for text, time, read in zip(texts, result.times.tolist(), result.read.tolist(), strict=True):
        expected = datetime.strptime(text.removesuffix("+02:00"), plain) - offset
        assert read
        assert datetime(1970, 1, 1) + timedelta(microseconds=time) == expected
        shift = offset // timedelta(microseconds=1)
        assert result.pattern.write(time + shift, shift) == text


@settings(max_examples=50)
@given(st.lists(moments, min_size=1, max_size=12))
def test_the_fast_reading_of_alike_texts_agrees_with_the_regular_expression(days):
    texts = [day.strftime("%Y-%m-%d %H:%M:%S.%f") for day in days]
    expression = WAYS["year-month-day"]
    fast = read_texts(pa.array(texts), expression, None)
    # A text of another length sends the whole column to the regular expression.
    slow = read_texts(pa.array([*texts, "2024-01-01"]), expression, None)
    assert fast.times.tolist() == slow.times.tolist()[:-1]
    assert fast.read.tolist() == slow.read.tolist()[:-1]
