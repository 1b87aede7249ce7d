from __future__ import annotations

import numpy as np
import pytest

from unspool.data.labelled.preparing import NumberPreparation, TextPreparation
from unspool.data.labelled.scaling import Scaling
from unspool.errors import DataError

random = np.random.default_rng(0)


def test_channels_are_scaled_by_all_training_series_together():
    trained = [random.normal(5, 3, (20, 2)), random.normal(5, 3, (30, 2))]
    scaling = Scaling.of(trained, "channels")
    together = np.concatenate([scaling.scaled(one) for one in trained])
    np.testing.assert_allclose(together.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(together.std(axis=0), 1)


def test_series_are_scaled_by_themselves_and_constants_become_zero():
    series = np.stack([random.normal(7, 2, 40), np.full(40, 0.1)], axis=1)
    scaled = Scaling.of([series], "series").scaled(series)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 0], atol=1e-7)
    np.testing.assert_array_equal(Scaling.of([series], "none").scaled(series), series)


def test_missing_values_do_not_move_the_scale():
    whole = random.normal(size=(10, 1))
    holed = np.concatenate([whole, np.full((3, 1), np.nan)])
    assert Scaling.of([whole], "channels").mean == Scaling.of([holed], "channels").mean


def test_missing_values_become_zeros_that_a_channel_names():
    trained = [np.array([[1.0, np.nan], [3, 4], [5, 6]]), np.array([[2.0, 1], [2, 3]])]
    preparation = NumberPreparation.of(trained, "none")
    assert preparation.features == 3
    made = preparation.prepared(trained, ["a", "b"])
    np.testing.assert_array_equal(made.inputs[0], [[1, 0, 1], [3, 4, 0], [5, 6, 0]])
    np.testing.assert_array_equal(made.inputs[1], [[2, 1, 0], [2, 3, 0], [0, 0, 0]])
    np.testing.assert_array_equal(made.lengths, [3, 2])


def test_equal_lengths_need_no_lengths():
    preparation = NumberPreparation.of([np.zeros((2, 1))] * 3, "none")
    assert preparation.prepared([np.ones((2, 1))] * 2, ["a", "b"]).lengths is None


@pytest.mark.parametrize(
    ("series", "said"),
    [
        (np.zeros((0, 1)), "b: the sequence has no steps"),
        (np.zeros((2, 2)), "b: it has 2 channels, those trained on have 1"),
        (np.array([[0.0], [np.inf]]), "b: step 2 is infinity"),
    ],
)
def test_a_series_that_cannot_be_read_is_named(series, said):
    preparation = NumberPreparation.of([np.zeros((2, 1))], "none")
    with pytest.raises(DataError, match=said):
        preparation.prepared([np.zeros((2, 1)), series], ["a", "b"])


def test_texts_become_codes_and_strange_symbols_the_unknown_one():
    preparation = TextPreparation.of(["abc", "ab"], "characters")
    made = preparation.prepared(["ca", "bxy"], ["one", "two"])
    unknown, a, b, c = range(4)
    np.testing.assert_array_equal(made.inputs, [[c, a, 0], [b, unknown, unknown]])
    np.testing.assert_array_equal(made.lengths, [2, 3])
    assert preparation.unknown(["ca", "bxy", "yb"]) == ["x", "y"]
    assert preparation.features == 4


def test_words_are_symbols_too_and_a_text_without_any_is_named():
    preparation = TextPreparation.of(["to be, or"], "words")
    assert preparation.vocabulary.symbols == (",", "be", "or", "to")
    with pytest.raises(DataError, match="line 3: the text has no words"):
        preparation.prepared(["to", "  "], ["line 2", "line 3"])
