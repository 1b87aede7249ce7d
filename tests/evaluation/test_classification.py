from __future__ import annotations

import numpy as np
import pytest

from unspool.evaluation.classification import LEAST, Classification, Told, scores

ACTUAL = np.array([0, 0, 0, 1, 1, 2])
PROBABILITIES = np.array(
    [[0.8, 0.1, 0.1], [0.5, 0.4, 0.1], [0.2, 0.7, 0.1]] + [[0.1, 0.8, 0.1]] * 2 + [[0.3, 0.4, 0.3]]
)


def test_the_scores_are_those_worked_out_by_hand():
    found = scores(ACTUAL, Told.by(PROBABILITIES))
    assert found["accuracy"] == pytest.approx(4 / 6)
    # Class 0: precision 1, recall 2/3, F1 0.8; class 1: 2/4 and 1, F1 2/3; class 2: never told.
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3 + 0) / 3)
    assert found["nats"] == pytest.approx(-np.log([0.8, 0.5, 0.2, 0.8, 0.8, 0.3]).mean())
    assert found["n"] == 6


def test_without_probabilities_there_are_no_nats():
    assert scores(ACTUAL, Told(ACTUAL))["nats"] is None
    assert scores(ACTUAL, Told(ACTUAL))["macro_f1"] == 1


def test_a_class_that_is_not_known_is_told_wrongly():
    found = scores(np.array([0, 3]), Told.by(PROBABILITIES[:2]))
    assert found["accuracy"] == 0.5
    assert found["nats"] == pytest.approx(-(np.log(0.8) + np.log(LEAST)) / 2)


def compared(own, other, actual=None):
    actual = np.zeros(len(own), np.intp) if actual is None else actual
    told = {"net": Told(np.array(own)), "majority": Told(np.array(other))}
    return Classification("net", ("a", "b"), actual, told)


def test_the_confusion_has_what_is_in_rows_and_what_is_told_in_columns():
    actual = np.array([0, 0, 1, 1, 1])
    found = compared([0, 1, 1, 1, 0], [0] * 5, actual)
    np.testing.assert_array_equal(found.confusion(), [[1, 1], [1, 2]])
    first, second = found.per_class()
    assert first == ("a", 0.5, 0.5, 0.5, 2, 2)
    assert second[:4] == ("b", pytest.approx(2 / 3), pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_a_model_that_wins_on_enough_sequences_beats_the_baselines():
    found = compared([0] * 20, [0] * 10 + [1] * 10)
    assert found.outcome == "better"
    assert found.sentence() == (
        "net beats every baseline: accuracy 1.0000 against 0.5000 of majority, the best of them "
        "(on 20 sequences)."
    )


def test_one_that_loses_does_not():
    found = compared([0] * 10 + [1] * 10, [0] * 20)
    assert found.outcome == "worse"
    assert "net does not beat majority: accuracy 0.5000 against 1.0000" in found.sentence()


def test_a_few_sequences_more_could_be_chance():
    # 4 to 0 has a probability of 1 in 8 by coin flips, 6 to 0 of 1 in 32.
    assert compared([0] * 20, [0] * 16 + [1] * 4).outcome == "no clear difference"
    assert compared([0] * 20, [0] * 14 + [1] * 6).outcome == "better"
    assert "could be chance" in compared([0] * 20, [0] * 20).sentence()
