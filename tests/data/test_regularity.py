from __future__ import annotations

import numpy as np
import pytest

from unspool.data.regularity import LOOKED_AT, infer_frequency
from unspool.data.zones import Zone

ONE = np.zeros(1, np.int64)


def _micro(times):
    return np.array(times, "datetime64[us]").astype(np.int64)


def _range(first, n, unit, step=1):
    return (
        (np.datetime64(first, unit) + step * np.arange(n)).astype("datetime64[us]").astype(np.int64)
    )


def _month_ends(first, n):
    months = np.datetime64(first, "M") + np.arange(1, n + 1)
    return (months.astype("datetime64[D]") - 1).astype("datetime64[us]").astype(np.int64)


def _business_days(first, n):
    days = np.busday_offset(first, np.arange(n), roll="forward")
    return days.astype("datetime64[us]").astype(np.int64)


def _local_midnights(zone, first, n):
    return Zone(zone).to_utc(_range(first, n, "D"))[0]


@pytest.mark.parametrize(
    ("times", "zone", "label", "code"),
    [
        (_range("2023-01-01", 100, "D"), None, "daily", "D"),
        (_range("2024-02-27", 4, "D"), None, "daily", "D"),
        (_range("2023-01-06", 60, "D", 7), None, "weekly", "W"),
        (_range("2023-01-06", 60, "D", 14), None, "every 2 weeks", "2W"),
        (_range("2023-01-06", 60, "D", 28), None, "every 4 weeks", "4W"),
        (_business_days("2024-01-01", 60), None, "every business day", "B"),
        (_business_days("2024-01-01", 5), None, "daily", "D"),
        (_range("1990-01", 100, "M"), None, "monthly", "MS"),
        (_month_ends("1990-01", 100), None, "monthly", "ME"),
        (_month_ends("2023-02", 2), None, "monthly", "ME"),
        (_micro(["2023-02-01", "2023-03-01"]), None, "monthly", "MS"),
        (_micro(["2023-02-15", "2023-03-15", "2023-04-15"]), None, "monthly", "M"),
        (_month_ends("2020-03", 36)[::3], None, "quarterly", "QE"),
        (_range("2020-01", 36, "M", 3), None, "quarterly", "QS"),
        (_range("1990", 30, "Y"), None, "yearly", "YS"),
        (_micro(["2019-12-31", "2020-12-31", "2021-12-31"]), None, "yearly", "YE"),
        (_range("2020-01", 12, "M", 2), None, "every 2 months", "2MS"),
        (_range("2024-01-01T00", 100, "h"), None, "hourly", "h"),
        (_range("2024-01-01T00:07", 100, "m", 15), None, "every 15 minutes", "15min"),
        (_range("2024-01-01T00:00", 100, "m", 2160), None, "every 36 hours", "36h"),
        (_range("2024-01-01T00:00:00", 100, "s", 10), None, "every 10 seconds", "10s"),
        (_range("2024-03-28T00", 200, "h"), "Europe/Berlin", "hourly", "h"),
        (_local_midnights("Europe/Berlin", "2024-03-01", 60), "Europe/Berlin", "daily", "D"),
        (_local_midnights("America/New_York", "2024-10-20", 30), "America/New_York", "daily", "D"),
        (_local_midnights("Europe/Berlin", "2024-01-01", 300)[::7], "Europe/Berlin", "weekly", "W"),
        (_range("2024-03-01", 60, "D"), "UTC", "daily", "D"),
    ],
)
def test_the_frequency_of_regular_times(times, zone, label, code):
    inference = infer_frequency(times, ONE, zone=zone)
    assert inference.share == 1.0
    assert inference.frequency.label == label
    assert inference.frequency.code == code
    assert inference.frequency.zone == zone


def test_integers_have_a_step_and_may_be_years():
    assert (
        infer_frequency(np.arange(0, 50, 5), ONE, is_integer=True).frequency.label
        == "every 5 steps"
    )
    years = infer_frequency(np.arange(1700, 1750), ONE, is_integer=True, years=True)
    assert years.frequency.label == "yearly"


def test_a_few_gaps_do_not_change_the_frequency():
    times = np.delete(_range("2023-01-01", 200, "D"), [10, 50, 51, 120])
    inference = infer_frequency(times, ONE)
    assert inference.frequency.label == "daily"
    assert inference.share == pytest.approx(192 / 195)


def test_business_days_with_holidays_and_a_stray_weekend():
    times = np.delete(_business_days("2023-01-02", 200), [30, 77, 140])
    assert infer_frequency(times, ONE).frequency.unit == "weekday"
    stray = np.sort(np.append(times, _micro("2023-01-07")))
    assert infer_frequency(stray, ONE).frequency.unit == "weekday"


def test_irregular_times_have_a_small_share():
    times = np.cumsum(np.random.default_rng(0).integers(50, 70, 300)) * 1_000_000
    assert infer_frequency(times, ONE).share < 0.2


def test_steps_between_series_do_not_count():
    times = np.concatenate([_range("2024-01-01", 3, "D"), _range("2020-01-01", 3, "D")])
    inference = infer_frequency(times, np.array([0, 3]))
    assert inference.frequency.label == "daily"
    assert inference.share == 1.0


def test_no_frequency_without_two_rows():
    assert infer_frequency(_range("2024-01-01", 3, "Y"), np.array([0, 1, 2])) is None
    assert infer_frequency(np.zeros(0, np.int64), np.zeros(0, np.int64)) is None


def test_of_many_series_some_of_all_are_looked_at():
    daily = np.tile(_range("2020-01-01", 100, "D"), LOOKED_AT // 100)
    weekly = np.tile(_range("2020-01-01", 100, "D", 7), 3 * LOOKED_AT // 100)
    times = np.concatenate([daily, weekly])
    inference = infer_frequency(times, np.arange(0, len(times), 100))
    assert inference.frequency.label == "weekly"
