"""Strings of digits, and the same backwards or in order: tasks for a translator."""

from __future__ import annotations

from unspool.data.synthetic.dates import TextPairs
from unspool.data.synthetic.seeds import Seed, check_count, draws

DIGITS = "0123456789"
LONGEST = 20


def reversed_digits(count: int, longest: int = LONGEST, seed: Seed = 42) -> TextPairs:
    """`count` strings of 1 to `longest` digits, and each of them backwards: "204" and "402".

    Every length is equally likely, and every digit. Raises UsageError for a count or a length
    below 1.
    """
    sources = _digit_strings(count, longest, seed)
    return TextPairs(sources, [text[::-1] for text in sources])


def sorted_digits(count: int, longest: int = LONGEST, seed: Seed = 42) -> TextPairs:
    """The same strings, and the digits of each in order: "204" and "024"."""
    sources = _digit_strings(count, longest, seed)
    return TextPairs(sources, ["".join(sorted(text)) for text in sources])


def _digit_strings(count: int, longest: int, seed: Seed) -> list[str]:
    check_count("count", count)
    check_count("longest", longest)
    random = draws(seed)
    lengths = random.randint(1, longest + 1, count)
    return ["".join(DIGITS[digit] for digit in random.randint(0, 10, n)) for n in lengths]
