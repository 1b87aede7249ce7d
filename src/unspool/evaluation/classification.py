"""How good classes were told: accuracy, macro F1, nats; per class; beside other methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]

# A difference that chance alone makes more often than this is none.
CHANCE = 0.05
# No probability counts as less, so that one wrong certainty does not make the mean infinite.
LEAST = 1e-15


class Told(NamedTuple):
    """What a method says of sequences: codes (n,), probabilities (n, classes) or None."""

    codes: Codes
    probabilities: Floats | None = None

    @classmethod
    def by(cls, probabilities: Floats) -> Told:
        """The likeliest classes."""
        return cls(np.asarray(probabilities.argmax(axis=1)), probabilities)


class Scores(TypedDict):
    """accuracy: share told rightly. macro_f1: the mean of the classes' F1. nats: the mean of -log
    of the probability of the right class, None without probabilities. n: sequences.
    """

    accuracy: float
    macro_f1: float
    nats: float | None
    n: int


class ClassScores(NamedTuple):
    """Of one class: `n` sequences have it, `told` are taken for it."""

    label: str
    precision: float
    recall: float
    f1: float
    n: int
    told: int


def scores(actual: Codes, told: Told) -> Scores:
    """The scores of a method; a class that it does not know has the probability `LEAST`.

    F1 is the harmonic mean of precision and recall, 0 where a class is never told rightly; the mean
    is over the classes that are there or are told, each counted alike.
    """
    from sklearn.metrics import f1_score

    nats = None
    if told.probabilities is not None:
        known = told.probabilities.shape[1]
        of_actual = told.probabilities[np.arange(len(actual)), np.minimum(actual, known - 1)]
        likely = np.where(actual < known, of_actual, 0)
        nats = float(-np.log(np.maximum(likely, LEAST)).mean())
    return {
        "accuracy": float((actual == told.codes).mean()),
        "macro_f1": float(f1_score(actual, told.codes, average="macro", zero_division=0)),
        "nats": nats,
        "n": len(actual),
    }


@dataclass(frozen=True)
class Classification:
    """A model beside baselines on the same sequences.

    labels: the text of each class, those that the model does not know at the end. actual: codes
    (n,). told: method -> what it says, the model first.
    """

    model: str
    labels: tuple[str, ...]
    actual: Codes
    told: Mapping[str, Told]

    def scores(self) -> dict[str, Scores]:
        """Method -> its scores, the model first."""
        return {name: scores(self.actual, own) for name, own in self.told.items()}

    def confusion(self) -> NDArray[np.intp]:
        """How many of each class (row) the model takes for each (column)."""
        count = len(self.labels)
        flat = self.actual * count + self.told[self.model].codes
        return np.asarray(np.bincount(flat, minlength=count**2).reshape(count, count))

    def per_class(self) -> list[ClassScores]:
        """The model's scores of each class that is there or told."""
        matrix = self.confusion()
        rows = []
        for code, label in enumerate(self.labels):
            right, n, told = int(matrix[code, code]), matrix[code].sum(), matrix[:, code].sum()
            if n or told:
                f1 = 2 * right / (n + told)
                precision, recall = (right / whole if whole else 0.0 for whole in (told, n))
                rows.append(ClassScores(label, precision, recall, float(f1), int(n), int(told)))
        return rows

    @property
    def best_baseline(self) -> str:
        """The baseline with the highest accuracy."""
        others = [name for name in self.told if name != self.model]
        return max(others, key=lambda name: float((self.told[name].codes == self.actual).mean()))

    @property
    def outcome(self) -> str:
        """ "better", "worse" or "no clear difference" of the model beside the best baseline.

        By the sign test on the sequences that one of them tells rightly and the other does not
        (McNemar 1947, exact).
        """
        from scipy.stats import binomtest

        own, other = (
            self.told[name].codes == self.actual for name in (self.model, self.best_baseline)
        )
        won, lost = int((own & ~other).sum()), int((other & ~own).sum())
        if won == lost or binomtest(won, won + lost).pvalue > CHANCE:
            return "no clear difference"
        return "better" if won > lost else "worse"

    def sentence(self) -> str:
        """Whether the model beats the baselines, with the figures."""
        best, found = self.best_baseline, self.scores()
        own, other = (found[name]["accuracy"] for name in (self.model, best))
        count = len(self.actual)
        on = f"on {count:,} sequence{'' if count == 1 else 's'}"
        outcome = self.outcome
        if outcome == "better":
            return (
                f"{self.model} beats every baseline: accuracy {own:.4f} against {other:.4f} of "
                f"{best}, the best of them ({on})."
            )
        figures = f"accuracy {own:.4f} against {other:.4f} ({on})"
        if outcome == "worse":
            return f"{self.model} does not beat {best}: {figures}; that is simpler and better here."
        return f"No clear difference between {self.model} and {best}: {figures}, could be chance."
