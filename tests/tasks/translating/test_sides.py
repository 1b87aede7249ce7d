from __future__ import annotations

import numpy as np
import pytest

from unspool.errors import DataError, UsageError
from unspool.tasks.translating.sides import (
    is_numbers,
    numbers_of,
    numbers_settings,
    symbols_of,
)


def test_texts_are_split_and_lists_are_taken_as_they_are():
    given = ["no way", ["x y", "z"]]
    assert symbols_of(given, "words", "source") == [["no", "way"], ["x y", "z"]]
    assert symbols_of(["ab"], "characters", "source") == [["a", "b"]]


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ("ab", UsageError, "sources must be a list of sequences, got one text"),
        (["a", ""], DataError, "source 2 is empty"),
        (["a", 3], UsageError, "source 2 must be a text or a list of symbols, got int"),
        (["a", ["b", 3]], UsageError, "source 2 must be a text or a list of symbols, got list"),
    ],
)
def test_what_is_no_sequence_of_symbols_is_named(given, kind, said):
    with pytest.raises(kind, match=said):
        symbols_of(given, "characters", "source")


def test_numbers_are_told_from_symbols():
    for given in (np.zeros((2, 3, 1)), [np.zeros(3), np.zeros(2)], [[1.0, 2.0], [3.0]]):
        assert is_numbers(given)
    for given in (["1", "2"], [["1", "2"]], []):
        assert not is_numbers(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([[1.0], []], "target 2 is empty"),
        ([[1.0], [1.0, np.nan]], "target 2, step 2, feature 1: nan"),
        ([np.zeros((2, 1)), np.zeros((2, 3))], "target 2 has 3 features where 1 are expected"),
    ],
)
def test_numbers_that_cannot_be_used_are_named(given, said):
    with pytest.raises(DataError, match=said):
        numbers_of(given, "target")
    with pytest.raises(UsageError, match="target 1 must be an array of numbers, got str"):
        numbers_of(["ab"], "target")


def test_numbers_are_scaled_and_scaled_back():
    random = np.random.default_rng(0)
    given = numbers_of(5 + 3 * random.normal(size=(20, 6, 2)), "source")
    given = [np.concatenate([own, np.full((6, 1), 4.0)], axis=1) for own in given]
    settings = numbers_settings(given)
    scaled = np.concatenate(settings.scaled(given))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 0], rtol=1e-5)
    np.testing.assert_allclose(settings.unscaled(scaled), np.concatenate(given), rtol=1e-5)
