"""Text as symbols."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.data.tokens import LEVELS, join, split
from unspool.errors import UsageError


def test_words_leave_white_space_out_and_keep_marks():
    assert split("Don't go,  now!\n", "words") == ["Don", "'", "t", "go", ",", "now", "!"]
    assert split(" C4 E4\tG4 ", "tokens") == ["C4", "E4", "G4"]
    assert join(["C4", "E4"], "tokens") == "C4 E4"


@given(st.text())
def test_characters_and_bytes_come_back_as_they_were(text):
    assert join(split(text, "characters"), "characters") == text
    surrogates = any("\ud800" <= character <= "\udfff" for character in text)
    if not surrogates:
        assert join(split(text, "bytes"), "bytes") == text


def test_a_byte_is_a_symbol():
    assert split("é", "bytes") == ["\xc3", "\xa9"]
    assert join(["\xc3"], "bytes") == "�"


def test_another_level_is_refused():
    for wrong in (split, join):
        with pytest.raises(UsageError, match=f"one of {', '.join(LEVELS)}, got 'letters'"):
            wrong("ab", "letters")
