"""One side of the pairs: what comes in as text, symbols or numbers, and what the network reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.data.tokens import join, split
from unspool.data.vocabulary import Vocabulary
from unspool.errors import DataError, UsageError
from unspool.models.translators.specs import Side

LEVELS = ("characters", "words", "tokens")
NUMBERS = "numbers"

Symbols = list[str]


@dataclass(frozen=True)
class SideSettings:
    """What one side is made of, learned from training pairs.

    level: "characters", "words", "tokens" or "numbers". vocabulary: of symbols. mean, deviation: of
    each feature of numbers, which the network reads and writes in units of them. longest: steps of
    the longest training sequence.
    """

    level: str
    longest: int
    vocabulary: Vocabulary | None = None
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    @property
    def is_symbols(self) -> bool:
        """Whether it is made of symbols, not of numbers."""
        return self.vocabulary is not None

    @property
    def side(self) -> Side:
        """What the network needs to know of it."""
        if self.vocabulary is not None:
            return Side(len(self.vocabulary))
        return Side(len(self.mean), symbols=False)

    @property
    def known(self) -> Vocabulary:
        """The vocabulary of a side of symbols."""
        assert self.vocabulary is not None
        return self.vocabulary

    def text(self, symbols: Sequence[str]) -> str:
        """Symbols as text."""
        return join(symbols, self.level)

    def scaled(self, sequences: Sequence[NDArray[Any]]) -> list[NDArray[np.float32]]:
        """Numbers (time, features) in units of the training pairs' mean and deviation."""
        mean, deviation = np.asarray(self.mean), np.asarray(self.deviation)
        return [((own - mean) / deviation).astype(np.float32) for own in sequences]

    def unscaled(self, numbers: NDArray[Any]) -> NDArray[np.float64]:
        """What the network wrote, in the data's own units."""
        scaled: NDArray[np.float64] = np.asarray(numbers, np.float64) * np.asarray(
            self.deviation
        ) + np.asarray(self.mean)
        return scaled


def listed(given: Any) -> Any:
    """Sequences as a list, whatever they come in; arrays of numbers and a single text as they are.

    A column of Arrow, whose values are no texts, becomes a list of texts.
    """
    if isinstance(given, str | np.ndarray | list):
        return given
    as_list = getattr(given, "to_pylist", None)
    return list(given) if as_list is None else as_list()


def is_numbers(given: Any) -> bool:
    """Whether sequences are of numbers: an array of them, or a list of such arrays."""
    if isinstance(given, np.ndarray):
        return given.dtype.kind in "fiub"
    first = next(iter(given), None)
    if first is None or isinstance(first, str):
        return False
    return np.asarray(first).dtype.kind in "fiub"


def symbols_of(given: Any, level: str, side: str) -> list[Symbols]:
    """Texts, or sequences of symbols, as lists of symbols.

    side: "source" or "target", as errors call it. Raises UsageError for what is neither, DataError
    where one is empty.
    """
    if isinstance(given, str):
        raise UsageError(f"{side}s must be a list of sequences, got one text: put it into a list")
    found: list[Symbols] = []
    for at, one in enumerate(given, 1):
        if isinstance(one, str):
            own = split(one, level)
        elif isinstance(one, list | tuple) and all(isinstance(symbol, str) for symbol in one):
            own = list(one)
        else:
            raise UsageError(
                f"{side} {at} must be a text or a list of symbols, got {type(one).__name__}"
            )
        if not own:
            raise DataError(f"{side} {at} is empty; fill it in, or leave the pair out")
        found.append(own)
    return found


def numbers_of(given: Any, side: str, features: int | None = None) -> list[NDArray[np.float64]]:
    """Arrays (n, time, features), or a list of (time, features) or (time,), as a list of the first.

    Raises DataError where one is empty, has another number of features or is not finite.
    """
    found = []
    for at, one in enumerate(given, 1):
        own = np.asarray(one)
        if own.dtype.kind not in "fiub":
            raise UsageError(f"{side} {at} must be an array of numbers, got {type(one).__name__}")
        own = own.astype(np.float64)
        own = own[:, None] if own.ndim == 1 else own
        if own.ndim != 2:
            raise UsageError(
                f"{side}s of numbers are (n, time, features) or a list of (time, features), got "
                f"{side} {at} of shape {np.shape(one)}"
            )
        features = own.shape[1] if features is None else features
        if not own.size:
            raise DataError(f"{side} {at} is empty; fill it in, or leave the pair out")
        if own.shape[1] != features:
            raise DataError(
                f"{side} {at} has {own.shape[1]} features where {features} are expected"
            )
        wrong = np.argwhere(~np.isfinite(own))
        if len(wrong):
            step, feature = wrong[0]
            raise DataError(
                f"{side} {at}, step {step + 1}, feature {feature + 1}: {own[step, feature]}; fill "
                "it in, or leave the pair out"
            )
        found.append(own)
    return found


def numbers_settings(sequences: Sequence[NDArray[np.float64]]) -> SideSettings:
    """The settings of a side of numbers; a feature that never changes counts as of deviation 1."""
    every = np.concatenate(sequences)
    deviation = every.std(axis=0)
    return SideSettings(
        NUMBERS,
        max(map(len, sequences)),
        mean=tuple(every.mean(axis=0).tolist()),
        deviation=tuple(np.where(deviation > 0, deviation, 1.0).tolist()),
    )
