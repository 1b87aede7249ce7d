"""Sequences as the arrays that a network reads, and back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.data.streams import CHORDS, ROLL, SYMBOLS, Material, is_table
from unspool.data.vocabulary import END, START, UNKNOWN, Vocabulary
from unspool.errors import DataError, UsageError
from unspool.models.generators.build import Values

Codes = NDArray[Any]

UNKNOWNS = ("stop", "skip")
WHAT = {SYMBOLS: "sequences of symbols", CHORDS: "chords", ROLL: "piano rolls"}


@dataclass(frozen=True)
class Coding:
    """What the steps of the sequences are that a generator was made for.

    kind: "symbols", "chords" or "roll". one: whether sequences are pieces of one long one, such as
    a text, and not whole in themselves. level: how text is cut, None for other symbols. size: how
    many symbols, voices or keys. first: the code that is read before a sequence's first symbol.
    """

    kind: str
    one: bool
    level: str | None
    vocabulary: Vocabulary | None
    size: int
    first: int = 0

    @classmethod
    def of(cls, material: Material, training: Sequence[Any], least: int) -> Coding:
        """For a material, with the symbols that occur in training at least `least` times."""
        if material.kind != SYMBOLS:
            return cls(material.kind, False, None, None, training[0].shape[1])
        specials = () if material.one else (START, END)
        if least > 1:
            specials = (*specials, UNKNOWN)
        vocabulary = Vocabulary.of(training, specials, least)
        if not vocabulary.symbols:
            raise UsageError(f"least is {least}, and no symbol occurs so often; make it less")
        first = 0
        if not material.one:
            first = vocabulary.code(START)
        elif not vocabulary.unknown(["\n"]):
            first = int(vocabulary.encode(["\n"])[0])
        else:
            known = Counter(training[0])
            first = int(vocabulary.encode([max(vocabulary.symbols, key=known.__getitem__)])[0])
        return cls(SYMBOLS, material.one, material.level, vocabulary, len(vocabulary), first)

    @property
    def values(self) -> Values:
        """What the network is told."""
        specials = () if self.vocabulary is None else self.vocabulary.specials
        never = tuple(specials.index(name) for name in specials if name != END)
        return Values(self.kind, self.size, self.first, never)

    @property
    def end(self) -> int | None:
        """The code that ends a sequence; None where none does."""
        if self.vocabulary is None or self.one:
            return None
        return self.vocabulary.code(END)

    @property
    def unit(self) -> str:
        """What a step is called."""
        if self.kind == SYMBOLS:
            level = "symbols" if self.level is None else self.level
            return level.removesuffix("s")
        return {CHORDS: "note", ROLL: "frame"}[self.kind]

    def encoded(self, sequences: Sequence[Any], source: str, unknown: str = "stop") -> list[Codes]:
        """Sequences as codes (time, …), whole ones with the code of their end.

        unknown: "stop", symbols that are not known are a DataError that names the first; "skip",
        they are left out.
        """
        if self.vocabulary is None:
            return [self._sized(sequence, source) for sequence in sequences]
        found = []
        for number, sequence in enumerate(sequences, 1):
            where = source if len(sequences) == 1 else f"{source}, sequence {number}"
            codes = self._symbols(sequence, where, unknown)
            if not self.one:
                codes = np.append(codes, np.int32(self.vocabulary.code(END)))
            found.append(codes)
        return found

    def _symbols(self, sequence: Sequence[str], where: str, unknown: str) -> Codes:
        assert self.vocabulary is not None
        if unknown not in UNKNOWNS:
            raise UsageError(f"unknown must be {' or '.join(UNKNOWNS)}, got {unknown!r}")
        if UNKNOWN not in self.vocabulary.specials:
            strange = set(self.vocabulary.unknown(sequence))
            if strange and unknown == "stop":
                at = next(i for i, symbol in enumerate(sequence) if symbol in strange)
                more = f" and {len(strange) - 1} more kinds" if len(strange) > 1 else ""
                raise DataError(
                    f"{where}: {sequence[at]!r}, {_place(sequence, at, self.level)}{more}: none of "
                    f"the {len(self.vocabulary.symbols)} symbols that the model knows; unknown="
                    f"'skip', or --unknown skip, leaves such out"
                )
            sequence = [symbol for symbol in sequence if symbol not in strange]
        return self.vocabulary.encode(sequence)

    def _sized(self, sequence: Codes, source: str) -> Codes:
        if sequence.shape[1] != self.size:
            what = "voices" if self.kind == CHORDS else "keys"
            raise DataError(
                f"{source}: {sequence.shape[1]} {what}, and the model was trained with {self.size}"
            )
        return sequence

    def check_form(self, data: Any) -> None:
        """DataError for a table where music was learned: it need not be read to be told."""
        if self.kind != SYMBOLS and is_table(data):
            source = str(data) if isinstance(data, str | Path) else "the frame"
            raise DataError(
                f"{source}: a table holds {WHAT[SYMBOLS]}, and the model was trained with "
                f"{WHAT[self.kind]}"
            )

    def check_kind(self, material: Material) -> None:
        """DataError where a material is not of the kind that the model was trained with."""
        if material.kind != self.kind:
            raise DataError(
                f"{material.source}: these are {WHAT[material.kind]}, and the model was trained "
                f"with {WHAT[self.kind]}"
            )
        if material.level != self.level:
            forms = [
                "given symbols" if level is None else f"text cut into {level}"
                for level in (material.level, self.level)
            ]
            raise DataError(
                f"{material.source}: this is {forms[0]}, and the model was trained with {forms[1]}"
            )


def fingerprint(codes: Sequence[Codes]) -> str:
    """The same for the same sequences in the same order."""
    made = hashlib.sha256()
    for sequence in codes:
        made.update(np.asarray(sequence.shape, np.int64).tobytes())
        made.update(np.ascontiguousarray(sequence, np.int32).tobytes())
    return made.hexdigest()


def _place(sequence: Sequence[str], at: int, level: str | None) -> str:
    """Where a symbol stands, in words."""
    if level == "characters":
        before = "".join(sequence[:at])
        line = before.count("\n") + 1
        return f"line {line:,}, character {at - (before.rfind(chr(10)) + 1) + 1:,}"
    return f"{(level or 'symbols').removesuffix('s')} {at + 1:,}"
