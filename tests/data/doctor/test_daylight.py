from __future__ import annotations

import numpy as np

from unspool.data.doctor.daylight import recognise
from unspool.data.frequency import parse_frequency

HOURLY = parse_frequency("h")
NONE = np.zeros(0, np.int64)


def _times(*texts):
    return np.array(texts, "datetime64[us]").astype(np.int64)


def test_a_skipped_hour_of_spring_names_a_zone():
    changes = recognise(_times("2024-03-10T02:00"), np.array([1]), NONE, HOURLY)
    assert changes.zone == "America/New_York"
    assert changes.skips(_times("2024-03-10T02:00", "2024-03-11T02:00")).tolist() == [True, False]


def test_a_repeated_hour_of_autumn_names_a_zone():
    twice = _times("2024-10-27T02:00", "2024-10-27T02:30")
    changes = recognise(NONE, NONE, twice, parse_frequency("30min"))
    assert changes.zone == "Europe/Berlin"
    assert changes.repeats(_times("2024-10-27T02:30", "2024-10-27T03:00")).tolist() == [True, False]


def test_the_zone_that_explains_most_is_named():
    gaps = _times("2024-03-31T01:00", "2023-03-26T01:00", "2024-03-31T02:00")
    assert recognise(gaps, np.array([1, 1, 1]), NONE, HOURLY).zone == "Europe/London"


def test_a_gap_that_is_not_an_hour_is_none_of_the_clocks():
    assert recognise(_times("2024-03-10T02:00"), np.array([2]), NONE, HOURLY) is None
    assert recognise(_times("2024-03-12T02:00"), np.array([1]), NONE, HOURLY) is None
    assert recognise(NONE, NONE, NONE, HOURLY) is None


def test_days_are_not_asked_about():
    assert recognise(_times("2024-03-10"), np.array([1]), NONE, parse_frequency("D")) is None
