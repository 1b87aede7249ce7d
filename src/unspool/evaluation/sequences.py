"""How right sequences are: whole, symbol by symbol, and by what would have to be edited.

Edit distances are rapidfuzz's and BLEU is sacrebleu's; docs/metrics.md defines every figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unspool.data.tokens import join, split
from unspool.errors import UsageError

# How BLEU cuts a text into symbols, by the level of the targets.
_BLEU_TOKENS = {"characters": "char", "words": "13a", "tokens": "none"}


@dataclass(frozen=True)
class SequenceScores:
    """Figures of predictions beside their targets; `bleu` is 0 to 100, the others are shares.

    The errors may be above 1, where predictions are longer than their targets.
    """

    exact_match: float
    accuracy: float
    character_error: float
    word_error: float
    bleu: float
    n: int

    def to_dict(self) -> dict[str, float]:
        """The figures by name, without n."""
        return {name: value for name, value in vars(self).items() if name != "n"}


def score(
    predictions: Sequence[Sequence[str]], targets: Sequence[Sequence[str]], level: str
) -> SequenceScores:
    """The figures of predicted symbols beside the right ones, both of one level.

    Raises UsageError where their numbers differ, there is none, or a target is empty.
    """
    from rapidfuzz.distance import Levenshtein

    if len(predictions) != len(targets) or not targets:
        raise UsageError(
            f"as many predictions as targets are compared, and at least one, got "
            f"{len(predictions)} and {len(targets)}"
        )
    empty = [at for at, target in enumerate(targets) if not len(target)]
    if empty:
        raise UsageError(f"target {empty[0] + 1} is empty: there is nothing to compare with")
    pairs = [(list(ours), list(right)) for ours, right in zip(predictions, targets, strict=True)]
    texts = [(join(ours, level), join(right, level)) for ours, right in pairs]
    words = [(ours.split(), right.split()) for ours, right in texts]
    return SequenceScores(
        exact_match=float(np.mean([ours == right for ours, right in pairs])),
        accuracy=sum(sum(a == b for a, b in zip(*pair, strict=False)) for pair in pairs)
        / sum(max(map(len, pair)) for pair in pairs),
        character_error=sum(Levenshtein.distance(*pair) for pair in texts)
        / sum(len(right) for _, right in texts),
        word_error=sum(Levenshtein.distance(*pair) for pair in words)
        / max(1, sum(len(right) for _, right in words)),
        bleu=_bleu(texts, level),
        n=len(pairs),
    )


def _bleu(texts: Sequence[tuple[str, str]], level: str) -> float:
    from sacrebleu.metrics.bleu import BLEU

    measure = BLEU(tokenize=_BLEU_TOKENS[level], effective_order=True)
    found = measure.corpus_score([ours for ours, _ in texts], [[right for _, right in texts]])
    return min(100.0, float(found.score))  # rounding may lead above it


class SequenceBaselines:
    """What needs no network, learned from training pairs of symbols.

    "copy" gives the source back; "most frequent" the target seen most often, of several the one
    seen first; "nearest" the target of the training source that the fewest edits (Levenshtein) lead
    to, of several the first.
    """

    names = ("copy", "most frequent", "nearest")

    def __init__(
        self, sources: Sequence[str], targets: Sequence[str], source_level: str, level: str
    ) -> None:
        self.source_level, self.level = source_level, level
        self.sources, self.targets = list(sources), list(targets)
        if not self.sources or len(self.sources) != len(self.targets):
            raise UsageError("baselines need at least one pair, and a target for each source")
        counts: dict[str, int] = {}
        for target in self.targets:
            counts[target] = counts.get(target, 0) + 1
        self.most_frequent = max(counts, key=counts.__getitem__)

    def predict(self, name: str, sources: Sequence[str]) -> list[list[str]]:
        """A baseline's predictions for texts, as symbols of the targets."""
        if name == "copy":
            return [split(source, self.level) for source in sources]
        if name == "most frequent":
            return [split(self.most_frequent, self.level)] * len(sources)
        if name == "nearest":
            return [split(self.targets[at], self.level) for at in self._nearest(sources)]
        raise UsageError(f"baseline must be one of {', '.join(self.names)}, got {name!r}")

    def _nearest(self, sources: Sequence[str]) -> list[int]:
        """The place of the nearest training source of each source."""
        from rapidfuzz.distance import Levenshtein
        from rapidfuzz.process import cdist

        letters: dict[str, str] = {}

        def as_letters(text: str) -> str:
            """A character for each symbol, so that words are compared as fast as characters."""
            if self.source_level == "characters":
                return text
            return "".join(
                letters.setdefault(symbol, chr(0x10000 + len(letters)))
                for symbol in split(text, self.source_level)
            )

        known = [as_letters(text) for text in self.sources]
        asked = [as_letters(text) for text in sources]
        found: list[int] = []
        block = max(1, 20_000_000 // len(known))  # distances that are in memory at a time
        for begin in range(0, len(asked), block):
            distances: NDArray[np.int32] = cdist(
                asked[begin : begin + block], known, scorer=Levenshtein.distance, dtype=np.int32
            )
            found += distances.argmin(axis=1).tolist()
        return found
