from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.frequency import Frequency, parse_frequency
from unspool.data.zones import Zone
from unspool.errors import UsageError

MINUTE = 60_000_000
HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("text", "expected", "label", "code"),
    [
        ("D", Frequency("day"), "daily", "D"),
        ("daily", Frequency("day"), "daily", "D"),
        ("2D", Frequency("day", 2), "every 2 days", "2D"),
        ("W-SUN", Frequency("day", 7), "weekly", "W"),
        ("2 weeks", Frequency("day", 14), "every 2 weeks", "2W"),
        ("B", Frequency("weekday"), "every business day", "B"),
        ("MS", Frequency("month", 1, 1), "monthly", "MS"),
        ("ME", Frequency("month", 1, 31), "monthly", "ME"),
        ("M", Frequency("month", 1), "monthly", "M"),
        ("Q", Frequency("month", 3), "quarterly", "Q"),
        ("QE-DEC", Frequency("month", 3, 31), "quarterly", "QE"),
        ("annual", Frequency("month", 12), "yearly", "Y"),
        ("2Y", Frequency("month", 24), "every 2 years", "2Y"),
        ("h", Frequency("microsecond", HOUR), "hourly", "h"),
        ("15min", Frequency("microsecond", 15 * MINUTE), "every 15 minutes", "15min"),
        ("15T", Frequency("microsecond", 15 * MINUTE), "every 15 minutes", "15min"),
        ("every 10 seconds", Frequency("microsecond", 10**7), "every 10 seconds", "10s"),
        ("ms", Frequency("microsecond", 1000), "every millisecond", "ms"),
        (1, Frequency("step"), "one row a step", "1"),
        ("5", Frequency("step", 5), "every 5 steps", "5"),
    ],
)
def test_texts_name_frequencies_and_frequencies_name_themselves(text, expected, label, code):
    frequency = parse_frequency(text)
    assert frequency == expected
    assert frequency.label == label
    assert frequency.code == code
    assert parse_frequency(frequency.code) == frequency


@pytest.mark.parametrize("wrong", ["", "fortnight", "0D", "-1D", "1.5h", 0, -3, True, None, 2.0])
def test_other_texts_are_refused(wrong):
    with pytest.raises(UsageError, match="is not known; it is one of D, B, W"):
        parse_frequency(wrong)


def _advance(start, frequency, n):
    start = np.array(start, "datetime64[us]")
    return frequency.advance(np.full(n, start), np.arange(1, n + 1)).astype(str).tolist()


def _days(start, frequency, n):
    return [text[:10] for text in _advance(start, frequency, n)]


def test_months_keep_the_day_they_stand_on():
    assert _days("2024-01-01", Frequency("month", 1, 1), 2) == ["2024-02-01", "2024-03-01"]
    assert _days("2024-01-31", Frequency("month", 1, 31), 3) == [
        "2024-02-29",
        "2024-03-31",
        "2024-04-30",
    ]
    assert _days("2023-01-30", Frequency("month", 1, 30), 3) == [
        "2023-02-28",
        "2023-03-30",
        "2023-04-30",
    ]
    assert _days("2024-02-29", Frequency("month", 12, 31), 4)[-1] == "2028-02-29"


def test_business_days_skip_weekends():
    assert _days("2024-02-29", Frequency("weekday"), 3) == [
        "2024-03-01",
        "2024-03-04",
        "2024-03-05",
    ]


def test_local_days_have_23_and_25_hours():
    berlin = Frequency("day", zone="Europe/Berlin")
    # Midnights in Berlin, in UTC: winter 23:00, summer 22:00.
    spring = _advance("2024-03-30T23:00", berlin, 2)
    assert [text[:16] for text in spring] == ["2024-03-31T22:00", "2024-04-01T22:00"]
    autumn = _advance("2024-10-26T22:00", berlin, 2)
    assert [text[:16] for text in autumn] == ["2024-10-27T23:00", "2024-10-28T23:00"]


def test_a_midnight_that_was_skipped_is_an_hour_later():
    cairo = Frequency("day", zone="Africa/Cairo")  # clocks went from 00:00 to 01:00 on 2024-04-26
    utc = np.array(["2024-04-24T22:00", "2024-04-25T22:00", "2024-04-26T21:00"], "datetime64[us]")
    phases = np.zeros(3, np.int64)
    ordinals = cairo.ordinals(utc, phases)
    assert np.diff(ordinals).tolist() == [1, 1]
    assert cairo.moments(ordinals, phases).tolist() == utc.astype(np.int64).tolist()


def test_hours_are_the_same_length_whatever_the_zone():
    hourly = Frequency("microsecond", HOUR, zone="Europe/Berlin")
    assert _advance("2024-03-31T00:00", hourly, 2)[1][:16] == "2024-03-31T02:00"


def test_years_of_integers():
    assert Frequency("step", 1, years=True).label == "yearly"
    assert Frequency("step", 5).advance(np.array([10]), np.array([2])).tolist() == [20]


def test_the_day_of_the_month_is_taken_from_the_times():
    def fitted(*days):
        return Frequency("month").fitted(np.array(days, "datetime64[us]")).day

    assert fitted("2024-01-01", "2024-02-01") == 1
    assert fitted("2024-01-15", "2024-02-15", "2024-03-16") == 15
    assert fitted("2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30") == 31
    assert fitted("2023-02-28", "2023-03-31") == 31
    assert fitted("2023-01-30", "2023-02-28", "2023-03-30", "2023-04-30") == 30
    assert fitted("2023-01-28", "2023-02-28", "2023-03-28") == 28


@pytest.mark.parametrize(
    ("frequency", "seasons"),
    [
        ("D", (7,)),
        ("B", (5,)),
        ("W", (52,)),
        ("2W", (26,)),
        ("M", (12,)),
        ("2M", (6,)),
        ("Q", (4,)),
        ("Y", ()),
        ("h", (24, 168)),
        ("30min", (48, 336)),
        ("15min", (4, 96, 672)),
        ("min", (60, 1440, 10080)),
        ("7h", (24,)),
        ("3D", ()),
        (1, ()),
    ],
)
def test_the_seasons_that_the_calendar_suggests(frequency, seasons):
    assert parse_frequency(frequency).season_candidates() == seasons


frequencies = st.sampled_from(
    [
        Frequency("day"),
        Frequency("day", 7),
        Frequency("day", zone="Europe/Berlin"),
        Frequency("weekday"),
        Frequency("weekday", zone="America/New_York"),
        Frequency("month", 1, 1),
        Frequency("month", 1, 31),
        Frequency("month", 3, 30, "Europe/London"),
        Frequency("month", 12, 29),
        Frequency("microsecond", 15 * MINUTE, zone="Asia/Kolkata"),
    ]
)


@settings(max_examples=80)
@given(frequencies, st.integers(-3000, 3000), st.integers(0, 400), st.integers(0, 400))
def test_advancing_twice_is_advancing_by_the_sum(frequency, start, first, second):
    moment = frequency.moments(np.array([start]), np.array([12 * HOUR]))
    once = frequency.advance(moment, np.array([first + second]))
    twice = frequency.advance(frequency.advance(moment, np.array([first])), np.array([second]))
    assert once.tolist() == twice.tolist()


@settings(max_examples=80)
@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(1, 60))
def test_local_days_agree_with_the_clock_on_the_wall(moment, steps):
    zone = Zone("America/New_York")
    utc = np.array([np.datetime64(moment.replace(hour=12), "us").astype(np.int64)])
    later = Frequency("day", zone=zone.name).advance(utc, np.array([steps]))
    day = 86_400_000_000
    assert (zone.to_local(later) - zone.to_local(utc)).tolist() == [steps * day]
