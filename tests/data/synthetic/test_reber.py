"""The grammars. Strings in quotes are those that the notebook prints after np.random.seed(42)."""

import re

import numpy as np
import pytest

import unspool.data as data
from unspool.data.synthetic.reber import _END, _GRAMMAR
from unspool.errors import UsageError

# The grammar once more, as a regular expression worked out by hand. After B, T S* X leads to the
# state "four" and P to "three"; from three, T* V and then P to four or V to the end; from four, S
# to the end or X to three.
FROM_FOUR = r"(?:XT*VP)*(?:S|XT*VV)"
REBER = rf"B(?:TS*X{FROM_FOUR}|PT*V(?:V|P{FROM_FOUR}))E"
EMBEDDED = rf"B(?:T{REBER}T|P{REBER}P)E"


def test_seed_42_gives_the_notebooks_strings():
    random = np.random.RandomState(42)
    plain = data.reber(25, random)
    embedded = data.embedded_reber(25, random)
    corrupted = [data.corrupt(data.embedded_reber(1, random)[0], random) for _ in range(25)]
    assert plain[:4] == ["BTXXTTVPXTVPXTTVPSE", "BPVPSE", "BTXSE", "BPVVE"]
    assert plain[-2:] == ["BTXXVVE", "BTXXVPXVVE"]
    assert embedded[:3] == ["BTBPVVETE", "BTBTSSSSSSSXXVVETE", "BPBTSSSXXTTTTVPSEPE"]
    assert embedded[-2:] == ["BTBPVVETE", "BPBTSXSEPE"]
    assert corrupted[:3] == ["BTTTXXVVETE", "BPBTXXSPXTVVEPE", "BTBTXSPTE"]
    assert corrupted[-3:] == ["BTBTXSVTE", "BPBTXXVPSEPP", "BTBTXXVPSETS"]


def test_the_recognisers_agree_with_a_regular_expression():
    random = np.random.RandomState(3)
    good = data.reber(150, random) + data.embedded_reber(150, random)
    bad = [data.corrupt(string, random) for string in good]
    parts = [string[:place] for string in good for place in range(len(string))]
    for string in good + bad + parts + ["", "B", "BE", "BTE", "BTTE", "BTXSEE", "xBTXSE"]:
        assert data.is_reber(string) == bool(re.fullmatch(REBER, string)), string
        assert data.is_embedded_reber(string) == bool(re.fullmatch(EMBEDDED, string)), string


def test_the_second_character_of_an_embedded_string_must_come_back():
    assert data.is_embedded_reber("BTBTXSETE")
    assert data.is_embedded_reber("BPBTXSEPE")
    assert not data.is_embedded_reber("BTBTXSEPE")
    assert not data.is_embedded_reber("BPBTXSETE")


def test_no_string_with_one_character_changed_is_grammatical():
    """Two walks that part at one character and read the same afterwards never both end."""
    following = [dict(choices) for choices in _GRAMMAR] + [{}]
    pairs = {
        (first, second)
        for choices in _GRAMMAR
        for one, first in choices
        for other, second in choices
        if one != other
    }
    open_pairs = set(pairs)
    while open_pairs:
        first, second = open_pairs.pop()
        for character in set(following[first]) & set(following[second]):
            pair = following[first][character], following[second][character]
            if pair not in pairs:
                pairs.add(pair)
                open_pairs.add(pair)
    assert (_END, _END) not in pairs
    assert not any(first == second for first, second in pairs)


def test_a_corrupted_string_differs_in_one_character_of_the_alphabet():
    good = data.embedded_reber(50, 1)
    for seed, string in enumerate(good):
        bad = data.corrupt(string, seed)
        assert len(bad) == len(string)
        assert sum(one != other for one, other in zip(bad, string, strict=True)) == 1
        assert set(bad) <= set("BEPSTVX")


def test_half_of_the_labelled_strings_are_good_and_the_labels_are_right():
    strings = data.good_and_corrupted(201, seed=9)
    assert strings.grammatical.sum() == 100
    for codes, length, label in zip(*strings, strict=True):
        assert data.is_embedded_reber(data.decode(codes[:length], "BEPSTVX")) == bool(label[0])
        assert not codes[length:].any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.reber(0), "count must be at least 1, got 0"),
        (lambda: data.embedded_reber(0), "count must be at least 1, got 0"),
        (lambda: data.good_and_corrupted(1), "count must be at least 2, got 1"),
        (lambda: data.corrupt(""), "an empty string has no character to change"),
    ],
)
def test_arguments_out_of_range_are_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()
