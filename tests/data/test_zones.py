from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspool.data.zones import Zone, find_zone
from unspool.errors import UsageError

PLACES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
)


def _micro(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


@settings(max_examples=50)
@given(
    st.sampled_from(PLACES),
    st.lists(st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31)), min_size=1, max_size=20),
)
def test_local_times_are_those_of_zoneinfo(place, moments):
    zone = zoneinfo.ZoneInfo(place)
    local = Zone(place).to_local(np.array([_micro(m) for m in moments]))
    expected = [m.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) for m in moments]
    assert local.tolist() == [_micro(m) for m in expected]


@settings(max_examples=50)
@given(
    st.sampled_from(PLACES),
    st.lists(st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31)), min_size=1, max_size=20),
    st.booleans(),
)
def test_instants_are_those_of_zoneinfo(place, moments, second):
    zone = zoneinfo.ZoneInfo(place)
    instants, _, never = Zone(place).to_utc(
        np.array([_micro(m) for m in moments]), np.full(len(moments), second)
    )
    for moment, instant, skipped in zip(moments, instants.tolist(), never.tolist(), strict=True):
        fold = 1 if second and not skipped else 0
        expected = moment.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None)
        assert instant == _micro(expected)


def test_the_hour_of_spring_never_was_and_that_of_autumn_is_ambiguous():
    local = np.array(["2024-03-31T02:30", "2024-10-27T02:30", "2024-07-01T12:00"], "datetime64[us]")
    instants, ambiguous, never = Zone("Europe/Berlin").to_utc(local.astype(np.int64))
    assert never.tolist() == [True, False, False]
    assert ambiguous.tolist() == [False, True, False]
    assert instants.astype("datetime64[us]").astype("datetime64[m]").astype(str).tolist() == [
        "2024-03-31T01:30",
        "2024-10-27T00:30",
        "2024-07-01T10:00",
    ]


def test_transitions_of_a_year_and_of_a_quiet_month():
    first, last = (_micro(datetime(2024, m, 1)) for m in (1, 12))
    moments, offsets = Zone("Europe/Berlin").transitions(first, last)
    assert moments.astype("datetime64[us]").astype("datetime64[h]").astype(str).tolist() == [
        "2024-03-31T01",
        "2024-10-27T01",
    ]
    assert (offsets // 3_600_000_000).tolist() == [1, 2, 1]
    moments, offsets = Zone("Europe/Berlin").transitions(
        _micro(datetime(2024, 6, 1)), _micro(datetime(2024, 7, 1))
    )
    assert len(moments) == 0
    assert (offsets // 3_600_000_000).tolist() == [2]


@pytest.mark.parametrize(
    ("given_name", "name"),
    [("utc", "UTC"), ("Z", "UTC"), ("europe/berlin", "Europe/Berlin"), ("+0530", "+05:30")],
)
def test_zones_are_found_by_the_usual_spellings(given_name, name):
    assert find_zone(given_name).name == name


def test_a_fixed_offset_is_added():
    assert Zone("-03:30").to_local(np.array([0])).tolist() == [-int(3.5 * 3600e6)]


@pytest.mark.parametrize("wrong", ["Berlin time", "", "+99:00", 3])
def test_an_unknown_zone_is_refused(wrong):
    with pytest.raises(UsageError, match="timezone"):
        find_zone(wrong)


def test_a_city_is_enough_for_a_hint():
    with pytest.raises(UsageError, match="did you mean America/New_York"):
        find_zone("New York")
