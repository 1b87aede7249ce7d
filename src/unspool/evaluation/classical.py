"""The baselines of classifiers: the majority, the nearest neighbour, logistic regression.

Each is fitted to the sequences that a network trains on and told the same ones. scikit-learn fits
the regressions; what is kept of them are plain arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from unspool.data.tokens import split
from unspool.evaluation.classification import Told
from unspool.evaluation.nearest import euclid, nearest, of_one_length, warped

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]

# A neighbour's sequences are kept with the model, and looked at one by one for each question.
MOST_VALUES = 2_000_000
# Warping takes time in proportion to training sequences, steps and the width of the band.
MOST_WARPED = 2_000_000
BAND = 0.1
# n-grams: so many symbols at most, seen in at least two texts, the most frequent so many.
LONGEST = {"characters": 4, "bytes": 4, "words": 2, "tokens": 2}
MOST_GRAMS = 20_000
STEPS = 1000  # of the regressions' solver at most


class Baseline(Protocol):
    """What is fitted to the training sequences and then tells classes."""

    @property
    def name(self) -> str:
        """What it is called in tables."""

    def tell(self, sequences: Sequence[Any]) -> Told:
        """The classes of sequences (time, channels) or texts."""


@dataclass(frozen=True)
class Majority:
    """The class that is most frequent; shares (classes,) are the probabilities."""

    shares: Floats
    name = "majority"

    def tell(self, sequences: Sequence[Any]) -> Told:
        """The same for each."""
        return Told.by(np.tile(self.shares, (len(sequences), 1)))


@dataclass(frozen=True)
class Nearest:
    """The class of the nearest training sequence (n, steps, channels), by Euclid or warped.

    band: how far a warping path may lie off, as steps; 0 is Euclid's distance.
    """

    known: Floats
    codes: Codes
    band: int

    @property
    def name(self) -> str:
        """By the distance."""
        return "1-nn dtw" if self.band else "1-nn euclid"

    def tell(self, sequences: Sequence[Any]) -> Told:
        """Without probabilities."""
        given = of_one_length(sequences, self.known.shape[1])
        if self.band:
            return Told(self.codes[nearest(warped(given, self.known, self.band))])
        return Told(self.codes[nearest(euclid(given, self.known))])


@dataclass(frozen=True)
class LogisticSummaries:
    """Logistic regression on means, spreads, least and greatest values, mean absolute steps.

    Of every channel; mean, spread: of each of these features in training, (features,). weights
    (features, classes), bias (classes,).
    """

    mean: Floats
    spread: Floats
    weights: Floats
    bias: Floats
    name = "logistic, summaries"

    def tell(self, sequences: Sequence[Any]) -> Told:
        """By the softmax of the scores."""
        features = (summaries(sequences) - self.mean) / self.spread
        return Told.by(softmax(features @ self.weights + self.bias))


@dataclass(frozen=True)
class LogisticGrams:
    """Logistic regression on the n-grams of a text, sublinear tf-idf of norm 1.

    grams: those that count; rarity: inverse document frequency of each, (grams,). weights (grams,
    classes), bias (classes,).
    """

    level: str
    grams: tuple[str, ...]
    rarity: Floats
    weights: Floats
    bias: Floats
    name = "logistic, n-grams"

    def tell(self, sequences: Sequence[Any]) -> Told:
        """By the softmax of the scores."""
        features = _weighted(_counter(self.level, self.grams).transform(sequences), self.rarity)
        return Told.by(softmax(features @ self.weights + self.bias))


def fit_baselines(
    sequences: Sequence[Any], codes: Codes, classes: int, level: str | None
) -> tuple[Baseline, ...]:
    """The baselines of training sequences; level: how texts are split, None for numbers."""
    shares = np.bincount(codes, minlength=classes) / len(codes)
    if level is not None:
        return (Majority(shares), *_fit_grams(sequences, codes, level))
    return (Majority(shares), *_fit_neighbours(sequences, codes), _fit_summaries(sequences, codes))


def summaries(sequences: Sequence[Floats]) -> Floats:
    """Mean, spread, least, greatest and mean absolute step of every channel, (n, 5 * channels).

    Missing values are left out; all are 0 in a channel that has no others.
    """
    rows = []
    for sequence in sequences:
        row = []
        for values in np.asarray(sequence).T:
            seen = values[~np.isnan(values)]
            if not len(seen):
                row += [0.0] * 5
                continue
            moved = np.abs(np.diff(seen)).mean() if len(seen) > 1 else 0.0
            row += [seen.mean(), seen.std(), seen.min(), seen.max(), moved]
        rows.append(row)
    return np.array(rows)


def grams(text: str, level: str) -> list[str]:
    """The n-grams of a text, n from 1 up; its beginning and its end count as symbols."""
    symbols = ["\x02", *split(text, level), "\x03"]
    return [
        "\x1f".join(symbols[at : at + size])
        for size in range(1, LONGEST[level] + 1)
        for at in range(len(symbols) - size + 1)
    ]


def softmax(scores: Floats) -> Floats:
    """Over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _fit_neighbours(sequences: Sequence[Floats], codes: Codes) -> list[Nearest]:
    steps, channels = max(len(one) for one in sequences), sequences[0].shape[1]
    if len(sequences) * steps * channels > MOST_VALUES:
        return []
    known = of_one_length(sequences, steps)
    found = [Nearest(known, codes, 0)]
    band = max(1, round(BAND * steps))
    if len(sequences) * steps * (2 * band + 1) <= MOST_WARPED and steps > 1:
        found.append(Nearest(known, codes, band))
    return found


def _fit_summaries(sequences: Sequence[Floats], codes: Codes) -> LogisticSummaries:
    features = summaries(sequences)
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return LogisticSummaries(mean, spread, *_logistic((features - mean) / spread, codes, 1.0))


def _fit_grams(texts: Sequence[str], codes: Codes, level: str) -> list[LogisticGrams]:
    from sklearn.feature_extraction.text import CountVectorizer

    own = {text: grams(text, level) for text in texts}
    seen: dict[str, int] = {}
    for found in own.values():
        for gram in set(found):
            seen[gram] = seen.get(gram, 0) + 1
    if max(seen.values()) < 2:
        return []  # no n-gram comes twice: there is nothing to learn from
    counter = CountVectorizer(
        analyzer=own.__getitem__, min_df=2, max_features=MOST_GRAMS, lowercase=False
    )
    counts = counter.fit_transform(texts)
    documents = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.log((1 + len(texts)) / (1 + documents)) + 1
    weights, bias = _logistic(_weighted(counts, rarity), codes, 10.0)
    return [LogisticGrams(level, tuple(counter.get_feature_names_out()), rarity, weights, bias)]


def _counter(level: str, known: tuple[str, ...]) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(
        analyzer=lambda text: grams(text, level), vocabulary=list(known), lowercase=False
    )


def _weighted(counts: Any, rarity: Floats) -> Any:
    """Counts (n, grams), sparse, as (1 + log count) times rarity, each row of norm 1."""
    weighted = counts.astype(np.float64)
    weighted.data = 1 + np.log(weighted.data)
    weighted = weighted.multiply(rarity).tocsr()
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    lengths = np.repeat(np.where(norms > 0, norms, 1.0), np.diff(weighted.indptr))
    weighted.data = weighted.data / lengths
    return weighted


def _logistic(features: Any, codes: Codes, strength: float) -> tuple[Floats, Floats]:
    """Weights (features, classes) and bias (classes,) of a multinomial regression."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=strength, max_iter=STEPS).fit(features, codes)
    weights, bias = fitted.coef_.T, fitted.intercept_
    if weights.shape[1] == 1:  # two classes share one score, that of the second
        weights = np.concatenate([np.zeros_like(weights), weights], axis=1)
        bias = np.array([0.0, bias[0]])
    return np.asarray(weights, np.float64), np.asarray(bias, np.float64)
