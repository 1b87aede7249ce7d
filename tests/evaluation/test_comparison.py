"""A model beside its baselines, in a sentence."""

import pytest

from unspool.errors import UsageError
from unspool.evaluation.comparison import compare

BASELINES = {"majority": {"accuracy": 0.5}, "1-nn": {"accuracy": 0.8, "nats": 0.9}}


def test_the_best_baseline_counts():
    found = compare("gru", {"accuracy": 0.95}, BASELINES, "accuracy", 1000)
    assert (found.outcome, found.best_baseline) == ("better", "1-nn")
    assert found.sentence == "gru beats 1-nn: accuracy 0.95 and 0.8 on 1,000."


def test_a_difference_of_chance_is_none():
    found = compare("gru", {"accuracy": 0.85}, BASELINES, "accuracy", 40)
    assert found.outcome == "no clear difference"
    assert found.sentence.endswith("1-nn is simpler.")
    assert compare("gru", {"accuracy": 0.6}, BASELINES, "accuracy", 400).outcome == "worse"


def test_the_lower_the_better():
    found = compare("gru", {"nats": 0.5}, BASELINES, "nats", 10, higher=False)
    assert found.outcome == "better"


def test_a_metric_that_no_baseline_has_is_refused():
    with pytest.raises(UsageError, match="no baseline has the metric 'bleu'"):
        compare("gru", {"bleu": 1.0}, BASELINES, "bleu", 10)
