"""How good a translator is, beside what needs no network; and that in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.evaluation.comparison import compare
from unspool.evaluation.sequences import SequenceBaselines, score
from unspool.tasks.translating.fitted import Fitted
from unspool.tasks.translating.sides import Symbols
from unspool.tasks.translating.writing import numbers, write


@dataclass(frozen=True)
class Judged:
    """Figures by name of the network and of each baseline, on `n` pairs."""

    figures: dict[str, float]
    baselines: dict[str, dict[str, float]]
    n: int
    model: str

    def to_dict(self) -> dict[str, Any]:
        """One flat object, with the baselines' figures in one of their own."""
        return {**self.figures, "n": self.n, "baselines": self.baselines}

    @property
    def sentence(self) -> str:
        """Whether the network beats the baselines: by exact matches, if there are any."""
        if not self.baselines:
            return f"there are no baselines that read numbers and write symbols ({self.model})."
        metric, higher = "mse", False
        if "exact_match" in self.figures:
            everybody = [self.figures, *self.baselines.values()]
            metric = "character_error"
            if any(of["exact_match"] > 0 for of in everybody):
                metric, higher = "exact_match", True
        found = compare(
            self.model, self.figures, self.baselines, metric, self.n, higher=higher
        ).sentence
        return found.replace(f" on {self.n:,}", f" on {self.n:,} pair{'s' * (self.n != 1)}")


def judged_symbols(
    fitted: Fitted,
    sources: Sequence[Any],
    targets: Sequence[Symbols],
    width: int,
    penalty: float,
) -> Judged:
    """Exact match, token accuracy, errors and BLEU, with those of the baselines."""
    level = fitted.sides.target.level
    made = write(fitted, sources, width, penalty)
    baselines: dict[str, dict[str, float]] = {}
    if fitted.references[0]:
        texts = [fitted.sides.source.text(source) for source in sources]
        learned = SequenceBaselines(*fitted.references, fitted.sides.source.level, level)
        for name in learned.names:
            baselines[name] = score(learned.predict(name, texts), targets, level).to_dict()
    return Judged(
        score(made.symbols, targets, level).to_dict(), baselines, len(targets), fitted.spec.name
    )


def judged_numbers(
    fitted: Fitted, sources: Sequence[Any], targets: Sequence[NDArray[Any]]
) -> Judged:
    """Mean square error over the steps of each target, with that of the training targets' mean."""
    assert fitted.mean_target is not None
    longest = max(map(len, targets))
    made = numbers(fitted, sources, longest)
    errors, simple = [], []
    for ours, right in zip(made, targets, strict=True):
        at = np.minimum(np.arange(len(right)), len(fitted.mean_target) - 1)
        errors.append(((ours[: len(right)] - right) ** 2).ravel())
        simple.append(((fitted.mean_target[at] - right) ** 2).ravel())
    ours, theirs = float(np.concatenate(errors).mean()), float(np.concatenate(simple).mean())
    return Judged(
        {"mse": ours, "rmse": ours**0.5},
        {"mean": {"mse": theirs, "rmse": theirs**0.5}},
        len(targets),
        fitted.spec.name,
    )
