import math

import numpy as np
import pytest

from unspool.evaluation.generation import (
    Foresight,
    bigram,
    count_pairs,
    independent_keys,
    repeated_chord,
    repeated_frame,
    unigram,
)


def test_bits_and_perplexity_are_nats_in_other_units():
    figures = Foresight(math.log(8), 0.5, 4).to_dict()
    assert figures == pytest.approx(
        {"nats": math.log(8), "bits": 3.0, "perplexity": 8.0, "accuracy": 0.5}
    )
    assert Foresight(None, 0.5, 4).to_dict() == {"accuracy": 0.5}


def test_pairs_are_counted_within_sequences():
    counts = count_pairs([np.array([0, 1, 1]), np.array([1, 0])], 2)
    assert counts.tolist() == [[0, 1], [1, 1]]


def test_the_unigram_knows_how_often_and_the_bigram_after_what():
    pairs = np.array([[0, 3], [1, 0]])  # 0 1 0 1 0 1 would be much like it
    came = [np.array([0, 1, 0])]
    one = unigram(np.array([1, 3]), came)
    assert one.nats == pytest.approx(-(math.log(4 / 6) + math.log(2 / 6)) / 2)
    assert (one.accuracy, one.count) == (0.5, 2)
    two = bigram(pairs, came)
    assert two.nats == pytest.approx(-(math.log(4 / 5) + math.log(2 / 3)) / 2)
    assert two.accuracy == 1


def test_repeating_a_chord_is_right_about_the_voices_that_stay():
    piece = np.array([[60, 50], [60, 52], [61, 52]])
    assert repeated_chord([piece, piece[:1]]) == Foresight(None, 0.5, 4)
    assert repeated_chord([piece], windows=True) == Foresight(None, 2 / 5, 5)


def test_repeating_a_frame_is_judged_by_the_keys_that_sound():
    roll = np.array([[1, 1, 0], [1, 0, 1], [0, 0, 1]], np.int8)
    assert repeated_frame([roll]) == Foresight(None, 2 / 5, 2)


def test_independent_keys_are_a_product_of_shares():
    roll = np.array([[0, 0], [1, 0]], np.int8)
    found = independent_keys(np.array([7, 1]), 8, [roll])
    assert found.nats == pytest.approx(-math.log(0.8) - math.log(0.8))
    assert (found.accuracy, found.count) == (1.0, 1)
