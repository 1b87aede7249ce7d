from __future__ import annotations

import numpy as np
import pytest

from unspool.data.frequency import parse_frequency
from unspool.data.season import infer_season


def _season(values, frequency, lengths=None):
    lengths = [len(values)] if lengths is None else lengths
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return infer_season(np.asarray(values, float), offsets, parse_frequency(frequency)).rows


def _noise(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize(
    ("frequency", "season"),
    [("D", 7), ("B", 5), ("W", 52), ("M", 12), ("Q", 4), ("Y", 1), ("3D", 1)],
)
def test_the_only_candidate_of_the_calendar_is_taken(frequency, season):
    assert _season(_noise(200), frequency) == season


def test_a_season_needs_two_seasons_of_rows_in_half_of_the_series():
    assert _season(_noise(104), "W") == 52
    assert _season(_noise(103), "W") == 1
    assert _season(_noise(250), "W", [110, 110, 30]) == 52
    assert _season(_noise(170), "W", [110, 30, 30]) == 1


def _hours(weeks, weekend):
    hour = np.arange(24 * 7 * weeks)
    day = np.sin(2 * np.pi * hour / 24)
    return day * np.where(hour // 24 % 7 >= 5, weekend, 1.0) + 0.05 * _noise(len(hour))


def test_hours_repeat_by_day_or_by_week_as_the_data_say():
    assert _season(_hours(6, weekend=1.0), "h") == 24
    assert _season(_hours(6, weekend=-1.0), "h") == 168
    assert _season(_hours(1, weekend=1.0), "h") == 24


def test_hours_that_do_not_repeat_have_no_season():
    assert _season(_noise(24 * 30), "h") == 1
    assert _season(np.cumsum(_noise(24 * 30)), "h") == 1
    assert _season(np.ones(24 * 30), "h") == 1


def test_minutes_repeat_by_hour_when_they_do():
    minute = np.arange(60 * 24 * 3)
    assert _season(np.sin(2 * np.pi * minute / 60), "min") == 60
    assert _season(np.sin(2 * np.pi * minute / 1440), "min") == 1440


@pytest.mark.parametrize("period", [2, 5, 11, 20, 48])
def test_integer_steps_repeat_as_their_autocorrelation_says(period):
    step = np.arange(40 * period)
    wave = np.sin(2 * np.pi * step / period + 0.3) + 0.01 * step + 0.1 * _noise(len(step))
    assert _season(wave, 1) == period


def test_a_longer_season_is_taken_when_it_repeats_better():
    half_hours = np.sin(2 * np.pi * np.arange(336 * 8) / 48)
    weekday = np.where(np.arange(336 * 8) // 48 % 7 >= 5, 0.6, 1.0)
    assert _season(half_hours * weekday, 1) == 336


def test_integer_steps_that_do_not_repeat_have_no_season():
    assert _season(_noise(300), 1) == 1
    assert _season(np.cumsum(_noise(300)), 1) == 1
    assert _season(np.arange(100.0), 1) == 1
    assert _season(np.ones(100), 1) == 1
    assert _season(_noise(5), 1) == 1


def test_the_autocorrelation_is_that_of_all_series_together():
    waves = [np.sin(2 * np.pi * np.arange(60) / 6 + phase) * 10**phase for phase in range(5)]
    assert _season(np.concatenate(waves), 1, [60] * 5) == 6


def test_huge_and_tiny_values_are_no_trouble():
    wave = np.sin(2 * np.pi * np.arange(200) / 10)
    assert _season(1.7e308 * wave, 1) == 10
    assert _season(1e-300 * wave, 1) == 10


def test_years_have_no_season():
    from dataclasses import replace

    years = replace(parse_frequency(1), years=True)
    assert infer_season(np.sin(np.arange(100.0)), np.array([0, 100]), years).rows == 1
