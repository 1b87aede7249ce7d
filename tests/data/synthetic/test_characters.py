import numpy as np
import pytest

import unspool.data as data
from unspool.errors import UsageError


def test_codes_are_places_in_the_alphabet_with_lengths():
    codes, lengths = data.encode(["cab", "b"], "abc")
    assert codes.tolist() == [[2, 0, 1], [1, 0, 0]]
    assert lengths.tolist() == [3, 1]
    assert codes.dtype == lengths.dtype == np.int32


def test_decoding_gives_the_string_back():
    alphabet = data.alphabet_of("to be, or not to be")
    assert alphabet == " ,benort"
    codes, lengths = data.encode(["to be", "or not"], alphabet)
    assert data.decode(codes[0, : lengths[0]], alphabet) == "to be"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.encode(["ab", "ax"], "ab"), "string 1 has 'x', not in the alphabet 'ab'"),
        (lambda: data.encode(["ab", ""], "ab"), "string 1 is empty; leave empty strings out"),
        (lambda: data.encode([], "ab"), "no strings to encode"),
        (lambda: data.encode(["a"], "aa"), "alphabet 'aa' has a character twice"),
        (lambda: data.decode([0, 2], "ab"), "code 2 is not in an alphabet of 2 characters"),
        (lambda: data.decode([-1], "ab"), "code -1 is not in an alphabet of 2 characters"),
    ],
)
def test_what_cannot_be_coded_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()
