"""Strings as integers: an alphabet, codes with lengths, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unspool.errors import UsageError

Int32 = NDArray[np.int32]


class Encoded(NamedTuple):
    """Strings as codes; what lies beyond a string's length is 0 and means nothing."""

    codes: Int32  # (strings, longest), the place of each character in the alphabet
    lengths: Int32  # (strings,)


def alphabet_of(text: str) -> str:
    """The different characters of a text, sorted."""
    return "".join(sorted(set(text)))


def encode(strings: Sequence[str], alphabet: str) -> Encoded:
    """Each character's place in the alphabet, with each string's length.

    Raises UsageError if there are no strings, if one is empty, or if a character is not in the
    alphabet or the alphabet has one twice.
    """
    if len(set(alphabet)) != len(alphabet):
        raise UsageError(f"alphabet {alphabet!r} has a character twice; alphabet_of makes one")
    if not strings:
        raise UsageError("no strings to encode")
    place = {character: code for code, character in enumerate(alphabet)}
    lengths = np.array([len(string) for string in strings], np.int32)
    if lengths.min() == 0:
        raise UsageError(f"string {int(lengths.argmin())} is empty; leave empty strings out")
    codes = np.zeros((len(strings), int(lengths.max())), np.int32)
    for row, string in enumerate(strings):
        strange = sorted(set(string) - set(alphabet))
        if strange:
            raise UsageError(f"string {row} has {strange[0]!r}, not in the alphabet {alphabet!r}")
        codes[row, : len(string)] = [place[character] for character in string]
    return Encoded(codes, lengths)


def decode(codes: Iterable[int] | Int32, alphabet: str) -> str:
    """The characters of one row of codes, (time,).

    Raises UsageError if a code is no place in the alphabet.
    """
    numbers = [int(code) for code in codes]
    strange = [code for code in numbers if not 0 <= code < len(alphabet)]
    if strange:
        raise UsageError(f"code {strange[0]} is not in an alphabet of {len(alphabet)} characters")
    return "".join(alphabet[code] for code in numbers)
