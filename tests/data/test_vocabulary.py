"""Symbols as codes and back."""

import numpy as np
import pytest

from unspool.data.vocabulary import END, START, UNKNOWN, Vocabulary
from unspool.errors import UsageError


def test_codes_are_places_after_the_specials():
    vocabulary = Vocabulary.of(["bad", "cab"], specials=(UNKNOWN, START))
    assert vocabulary.symbols == ("a", "b", "c", "d")
    codes = vocabulary.encode("dab")
    assert codes.dtype == np.int32
    assert codes.tolist() == [5, 2, 3]
    assert vocabulary.decode(codes) == ["d", "a", "b"]
    assert (vocabulary.code(UNKNOWN), vocabulary.code(START), len(vocabulary)) == (0, 1, 6)


def test_an_unknown_symbol_is_marked_or_refused():
    marked = Vocabulary(("a", "b"), (END, UNKNOWN))
    assert marked.encode("axb").tolist() == [2, 1, 3]
    assert marked.unknown("xaxy") == ["x", "y"]
    assert marked.decode(marked.encode("axb")) == ["a", "b"]
    with pytest.raises(UsageError, match="'x', symbol 2 of a sequence, is none of the 2 known"):
        Vocabulary(("a", "b")).encode("ax")


def test_rare_symbols_are_left_out():
    sequences = [["the", "cat"], ["the", "dog"]]
    assert Vocabulary.of(sequences, least=2).symbols == ("the",)


def test_what_is_wrong_is_named():
    with pytest.raises(UsageError, match="got 'a' twice"):
        Vocabulary(("a", "b", "a"))
    with pytest.raises(UsageError, match="no <end>"):
        Vocabulary(("a",)).code(END)
    with pytest.raises(UsageError, match="code 7"):
        Vocabulary(("a",)).decode([0, 7])


def test_no_symbols_at_all_are_an_empty_sequence():
    assert Vocabulary(("a",)).encode("").shape == (0,)
