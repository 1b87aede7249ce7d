"""Reber's grammar and the embedded one: strings of it, strings beside it, and telling which.

Reber (1967), "Implicit learning of artificial grammars"; embedded by Hochreiter and Schmidhuber
(1997), "Long short-term memory", section 5.1: a Reber string between B T … T E or B P … P E, so
that the second character must be remembered up to the last but one.

A string of either grammar with one character changed is in neither: where the two strings differ
their walks part for good (the tests follow every pair of states). No corrupted string is good by
chance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unspool.data.synthetic.characters import encode
from unspool.data.synthetic.seeds import Seed, check_count, draws
from unspool.errors import UsageError

ALPHABET = "BEPSTVX"

# _GRAMMAR[state] lists the characters allowed there and the state each leads to; the string ends
# where the state is _END. The order within a state is the order in which a draw numbers them.
_END = 7
_GRAMMAR = (
    (("B", 1),),
    (("T", 2), ("P", 3)),
    (("S", 2), ("X", 4)),
    (("T", 3), ("V", 5)),
    (("X", 3), ("S", 6)),
    (("P", 4), ("V", 6)),
    (("E", _END),),
)


class Strings(NamedTuple):
    """Strings as codes of ALPHABET with their lengths, and whether each is grammatical."""

    codes: NDArray[np.int32]  # (strings, longest), 0 beyond a string's length
    lengths: NDArray[np.int32]  # (strings,)
    grammatical: NDArray[np.float32]  # (strings, 1), 1 or 0


def reber(count: int, seed: Seed = 42) -> list[str]:
    """`count` strings of Reber's grammar; every choice in a state is equally likely.

    Raises UsageError for a count below 1.
    """
    check_count("count", count)
    random = draws(seed)
    return [_walk(random) for _ in range(count)]


def embedded_reber(count: int, seed: Seed = 42) -> list[str]:
    """`count` strings of the embedded grammar, both branches equally likely."""
    check_count("count", count)
    random = draws(seed)
    return [_embedded_walk(random) for _ in range(count)]


def corrupt(string: str, seed: Seed = 42) -> str:
    """The string with one character changed to another of BEPSTVX; place and character are drawn.

    Raises UsageError for an empty string.
    """
    if not string:
        raise UsageError("an empty string has no character to change")
    random = draws(seed)
    place = random.randint(len(string))
    others = [character for character in ALPHABET if character != string[place]]
    return string[:place] + str(random.choice(others)) + string[place + 1 :]


def is_reber(string: str) -> bool:
    """Whether the string follows Reber's grammar from its first character to its last."""
    state = 0
    for character in string:
        if state == _END:
            return False
        following = dict(_GRAMMAR[state])
        if character not in following:
            return False
        state = following[character]
    return state == _END


def is_embedded_reber(string: str) -> bool:
    """Whether the string follows the embedded grammar."""
    return (
        len(string) > 4
        and string[0] == "B"
        and string[1] in "TP"
        and string[-2:] == string[1] + "E"
        and is_reber(string[2:-2])
    )


def good_and_corrupted(count: int, seed: Seed = 42) -> Strings:
    """`count` strings of the embedded grammar, the second half of them corrupted.

    The odd one, if any, is a corrupted one. Raises UsageError for a count below 2.
    """
    check_count("count", count, 2)
    random = draws(seed)
    good = embedded_reber(count // 2, random)
    bad = [corrupt(_embedded_walk(random), random) for _ in range(count - len(good))]
    codes, lengths = encode(good + bad, ALPHABET)
    grammatical = np.zeros((count, 1), np.float32)
    grammatical[: len(good)] = 1
    return Strings(codes, lengths, grammatical)


def _walk(random: np.random.RandomState) -> str:
    """One walk through the grammar. A state with one choice draws as well: it is in the stream."""
    state, characters = 0, []
    while state != _END:
        choices = _GRAMMAR[state]
        character, state = choices[random.randint(len(choices))]
        characters.append(character)
    return "".join(characters)


def _embedded_walk(random: np.random.RandomState) -> str:
    """One string of the embedded grammar, with its draws in the order of its characters."""
    random.randint(1)
    branch = "TP"[random.randint(2)]
    random.randint(1)
    inside = _walk(random)
    random.randint(1)
    random.randint(1)
    return f"B{branch}{inside}{branch}E"
