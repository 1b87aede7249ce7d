"""Which symbols each side knows, and which are hidden in training so that copying is learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from unspool.data.vocabulary import END, START, UNKNOWN, Vocabulary
from unspool.tasks.translating.sides import SideSettings, Symbols

# A symbol that at most this share of the pairs has on both sides is copied rather than learned.
RARE = 0.01
# In this share of such pairs its symbol is hidden, so that there is something to copy.
HIDDEN = 0.2
# A symbol of no text stands in front of a hidden one: it is then in no vocabulary.
_MARK = "\0"


class Copied(NamedTuple):
    """Symbols that stand on both sides of a pair: the rare ones, and all."""

    rare: frozenset[str]
    shared: frozenset[str]


def shared_symbols(sources: Sequence[Symbols], targets: Sequence[Symbols]) -> Copied:
    """Which symbols could be copied, and which of them are too rare to be learned."""
    counts: Counter[str] = Counter()
    for source, target in zip(sources, targets, strict=True):
        counts.update(set(source) & set(target))
    most = max(1, int(RARE * len(sources)))
    return Copied(
        frozenset(symbol for symbol, count in counts.items() if count <= most), frozenset(counts)
    )


def source_settings(sources: Sequence[Symbols], level: str) -> SideSettings:
    """A source's symbols. A word seen once is unknown, so that there is something unknown to see.

    Characters are all known, and so are words where none is seen twice.
    """
    vocabulary = Vocabulary.of(sources, (UNKNOWN,), least=1 if level == "characters" else 2)
    if not vocabulary.symbols:
        vocabulary = Vocabulary.of(sources, (UNKNOWN,))
    return SideSettings(level, max(map(len, sources)), vocabulary)


def target_settings(
    targets: Sequence[Symbols], level: str, sources: Sequence[Symbols] | None
) -> SideSettings:
    """A target's symbols; `sources` are given where copying is on.

    Then a symbol seen in one target alone, whose source has it too, is left to copying.
    """
    left_out: set[str] = set()
    if sources is not None:
        counts: Counter[str] = Counter()
        for target in targets:
            counts.update(set(target))
        for source, target in zip(sources, targets, strict=True):
            left_out |= {symbol for symbol in set(source) & set(target) if counts[symbol] == 1}
    kept = ([symbol for symbol in target if symbol not in left_out] for target in targets)
    vocabulary = Vocabulary.of(kept, (START, END, UNKNOWN))
    return SideSettings(level, max(map(len, targets)), vocabulary)


def hidden(
    sources: Sequence[Symbols],
    targets: Sequence[Symbols],
    symbols: frozenset[str],
    random: np.random.Generator,
) -> tuple[list[Symbols], list[Symbols]]:
    """The pairs, in some of which one of `symbols` is made unknown on both sides."""
    made: tuple[list[Symbols], list[Symbols]] = ([], [])
    for source, target in zip(sources, targets, strict=True):
        own = sorted(symbols & set(source) & set(target))
        chosen = None
        if own and random.random() < HIDDEN:
            chosen = own[random.integers(len(own))]
        for side, given in zip(made, (source, target), strict=True):
            side.append([_MARK + one if one == chosen else one for one in given])
    return made
