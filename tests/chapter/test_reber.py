import jax.numpy as jnp
import numpy as np
import pytest

import unspool.data as data
from unspool.chapter import reber, reber_strings
from unspool.chapter.experiment import Order
from unspool.training.supervised import Examples


def test_the_strings_are_the_texts_and_all_are_told_rightly():
    outcome = reber_strings.experiment.run(Order())
    assert outcome.figure == 1
    assert outcome.findings[0].startswith("Reber: BTXXTTVPXTVPXTTVPSE BPVPSE BTXSE BPVVE")
    assert outcome.findings[1].startswith("embedded: BTBPVVETE BTBTSSSSSSSXXVVETE")
    assert outcome.findings[2].startswith("corrupted: BTTTXXVVETE BPBTXXSPXTVVEPE BTBTXSPTE")


def test_there_are_10000_strings_to_train_on_and_2000_others_half_of_them_good():
    training, validation = reber.data()
    for codes, good, length in zip(
        training.inputs[:50], training.targets, training.lengths, strict=False
    ):
        assert data.is_embedded_reber(data.decode(codes[:length], "BEPSTVX")) == bool(good[0])
    assert (len(training.inputs), len(validation.inputs)) == (10_000, 2_000)
    assert training.targets.mean() == validation.targets.mean() == 0.5
    assert 0.4 < training.targets[:1_000].mean() < 0.6


def test_the_loss_is_the_cross_entropy_and_accuracy_counts_signs():
    scores, good = np.array([[2.0], [-1.0], [3.0]]), np.array([[1.0], [0.0], [0.0]])
    p = 1 / (1 + np.exp(-scores))
    expected = -np.mean(good * np.log(p) + (1 - good) * np.log(1 - p))
    assert float(reber.cross_entropy(jnp.array(scores), good, None)) == pytest.approx(expected)
    assert reber.accuracy(scores, good) == pytest.approx(2 / 3)


def test_strings_that_were_trained_on_are_counted_without_their_padding():
    first = Examples(np.array([[1, 2, 0], [3, 0, 0]]), None, np.array([2, 1]))
    second = Examples(np.array([[1, 2], [3, 2], [1, 2]]), None, np.array([2, 2, 2]))
    assert reber.seen_before(first, second).startswith("2 of the 3 validation strings")


def test_a_few_epochs_tell_nearly_all_strings():
    outcome = reber.experiment.run(Order(epochs=4, examples=5_000))
    assert outcome.figure > 0.9
