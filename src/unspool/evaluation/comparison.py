"""Whether a model beat its baselines on the same sequences, as a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from unspool.errors import UsageError

CLEAR = 2.0  # standard errors


@dataclass(frozen=True)
class Comparison:
    """outcome: "better", "worse" or "no clear difference" from `best_baseline`, and a sentence."""

    outcome: str
    best_baseline: str
    sentence: str


def compare(
    model: str,
    figures: Mapping[str, float],
    baselines: Mapping[str, Mapping[str, float]],
    metric: str,
    count: int,
    *,
    higher: bool = True,
) -> Comparison:
    """The model beside the best of the baselines by one metric of `count` things.

    A share, such as accuracy, is clearly another where it differs by more than two standard errors
    of the difference of two shares (Wald); any other metric by more than 1 %. Raises UsageError
    where no baseline has the metric.
    """
    known = {name: float(of[metric]) for name, of in baselines.items() if metric in of}
    if not known:
        raise UsageError(f"no baseline has the metric {metric!r}")
    best = (max if higher else min)(known, key=known.__getitem__)
    own, other = float(figures[metric]), known[best]
    gain = own - other if higher else other - own
    said = metric.replace("_", " ")
    if abs(gain) <= _by_chance(own, other, count, share=higher):
        outcome, verb = "no clear difference", "is not clearly other than"
    else:
        outcome, verb = ("better", "beats") if gain > 0 else ("worse", "is worse than")
    sentence = f"{model} {verb} {best}: {said} {own:.4g} and {other:.4g} on {count:,}"
    if outcome != "better":
        sentence += f"; {best} is simpler"
    return Comparison(outcome, best, sentence + ".")


def _by_chance(own: float, other: float, count: int, *, share: bool) -> float:
    """How far two figures may lie from each other without meaning anything."""
    if share and 0 <= own <= 1 and 0 <= other <= 1:
        spread = own * (1 - own) + other * (1 - other)
        return CLEAR * math.sqrt(spread / max(count, 1))
    return 0.01 * abs(other)
