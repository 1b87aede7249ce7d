"""Symbols as whole numbers and back: the alphabet of characters, words or other tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unspool.errors import UsageError

UNKNOWN, START, END = "<unknown>", "<start>", "<end>"


@dataclass(frozen=True)
class Vocabulary:
    """Symbols in their order; a symbol's code is its place, after those of the specials.

    specials: codes that stand for no symbol of a sequence, such as UNKNOWN, START and END.
    """

    symbols: tuple[str, ...]
    specials: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        twice = [symbol for symbol, count in Counter(self.symbols).items() if count > 1]
        if twice:
            raise UsageError(f"a vocabulary has each symbol once, got {twice[0]!r} twice")

    @classmethod
    def of(
        cls, sequences: Iterable[Sequence[str]], specials: Sequence[str] = (), least: int = 1
    ) -> Vocabulary:
        """The symbols of sequences, sorted; those seen fewer than `least` times are left out."""
        counts: Counter[str] = Counter()
        for sequence in sequences:
            counts.update(sequence)
        kept = sorted(symbol for symbol, count in counts.items() if count >= least)
        return cls(tuple(kept), tuple(specials))

    def __len__(self) -> int:
        return len(self.specials) + len(self.symbols)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {symbol: len(self.specials) + at for at, symbol in enumerate(self.symbols)}

    def code(self, special: str) -> int:
        """The code of a special; UsageError where this vocabulary does not have it."""
        if special not in self.specials:
            raise UsageError(f"this vocabulary has no {special}; it has {self.specials}")
        return self.specials.index(special)

    def unknown(self, sequence: Sequence[str]) -> list[str]:
        """The symbols of a sequence that are not known, each once, in the order of the sequence."""
        return [symbol for symbol in dict.fromkeys(sequence) if symbol not in self._places]

    def encode(self, sequence: Sequence[str]) -> NDArray[np.int32]:
        """A sequence as codes (time,).

        What is not known becomes the code of UNKNOWN; UsageError where there is no such code.
        """
        if UNKNOWN in self.specials:
            otherwise = self.code(UNKNOWN)
        else:
            strange = self.unknown(sequence)
            if strange:
                at = list(sequence).index(strange[0])
                raise UsageError(
                    f"{strange[0]!r}, symbol {at + 1} of a sequence, is none of the "
                    f"{len(self.symbols)} known ones: leave it out, or train with it"
                )
            otherwise = -1
        places = self._places
        return np.array([places.get(symbol, otherwise) for symbol in sequence], np.int32)

    def decode(self, codes: Iterable[int]) -> list[str]:
        """The symbols of codes; specials are left out. UsageError for what is no code."""
        first, made = len(self.specials), []
        for code in codes:
            if not 0 <= code < len(self):
                raise UsageError(f"code {code} is not in a vocabulary of {len(self)}")
            if code >= first:
                made.append(self.symbols[code - first])
        return made
