"""Sequences as the arrays that a network reads: codes or scaled numbers, padded, with lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unspool.data.labelled.labelled import Numbers
from unspool.data.labelled.scaling import Scaling
from unspool.data.padding import padded
from unspool.data.tokens import split
from unspool.data.vocabulary import UNKNOWN, Vocabulary
from unspool.errors import DataError


class Prepared(NamedTuple):
    """What a network reads: (n, time) codes or (n, time, features); lengths None if all equal."""

    inputs: NDArray[Any]
    lengths: NDArray[np.int32] | None


@dataclass(frozen=True)
class TextPreparation:
    """Texts, split into symbols, as their codes; a symbol that was not trained on has its own."""

    level: str
    vocabulary: Vocabulary

    @classmethod
    def of(cls, texts: Sequence[str], level: str) -> TextPreparation:
        """With the symbols of training texts."""
        return cls(level, Vocabulary.of([split(text, level) for text in texts], (UNKNOWN,)))

    @property
    def features(self) -> int:
        """How many codes there are."""
        return len(self.vocabulary)

    def prepared(self, texts: Sequence[str], names: Sequence[str]) -> Prepared:
        """The codes of texts; DataError, naming it, where a text has no symbol."""
        symbols = [split(text, self.level) for text in texts]
        for name, own in zip(names, symbols, strict=True):
            if not own:
                raise DataError(f"{name}: the text has no {self.level}; leave it out")
        inputs, lengths = padded([self.vocabulary.encode(own) for own in symbols])
        return Prepared(inputs, _differing(lengths))

    def unknown(self, texts: Sequence[str]) -> list[str]:
        """The symbols of texts that the training did not have, each once."""
        symbols = (symbol for text in texts for symbol in split(text, self.level))
        return self.vocabulary.unknown(list(symbols))


@dataclass(frozen=True)
class NumberPreparation:
    """Numbers scaled; what is missing is zero, and channels after them say where (1 missing).

    channels: of a sequence. masked: those of them with something missing in training, which have
    such a channel. What is missing in another one is zero, the mean, and nothing says so.
    """

    scaling: Scaling
    channels: int
    masked: tuple[int, ...]

    @classmethod
    def of(cls, sequences: Sequence[Numbers], scaling: str) -> NumberPreparation:
        """With the scale and the missing channels of training sequences (time, channels)."""
        together = np.concatenate(sequences)
        masked = np.flatnonzero(np.isnan(together).any(axis=0)).tolist()
        return cls(Scaling.of(sequences, scaling), together.shape[1], tuple(masked))

    @property
    def features(self) -> int:
        """How many numbers a step has."""
        return self.channels + len(self.masked)

    def prepared(self, sequences: Sequence[Numbers], names: Sequence[str]) -> Prepared:
        """The features of sequences (time, channels).

        Raises DataError, naming the sequence, where one has no steps, another number of channels or
        an infinite value.
        """
        made = []
        for name, sequence in zip(names, sequences, strict=True):
            check_numbers(sequence, name, self.channels)
            missing = np.isnan(sequence)
            scaled = np.where(missing, 0, self.scaling.scaled(sequence))
            marks = missing[:, list(self.masked)]
            made.append(np.concatenate([scaled, marks], axis=1).astype(np.float32))
        inputs, lengths = padded(made)
        return Prepared(inputs, _differing(lengths))


Preparation = TextPreparation | NumberPreparation


def check_numbers(sequence: Numbers, name: str, channels: int) -> None:
    """DataError unless a sequence has steps, that many channels and no infinity."""
    if not len(sequence):
        raise DataError(f"{name}: the sequence has no steps; leave it out")
    if sequence.shape[1] != channels:
        raise DataError(
            f"{name}: it has {sequence.shape[1]} channels, those trained on have {channels}"
        )
    if np.isinf(sequence).any():
        step = int(np.isinf(sequence).any(axis=1).argmax())
        raise DataError(
            f"{name}: step {step + 1} is infinity; correct it, or give NaN where a value is missing"
        )


def _differing(lengths: NDArray[np.int32]) -> NDArray[np.int32] | None:
    return None if (lengths == lengths[0]).all() else lengths
