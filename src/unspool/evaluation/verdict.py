"""Whether a model beat the baselines, in words, with regard to what chance alone could do.

`chance.py` says when a difference counts as clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unspool.errors import UsageError
from unspool.evaluation.baselines import BASELINES
from unspool.evaluation.chance import is_clear
from unspool.evaluation.metrics import Scores, scores

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison on the same windows.

    outcome: "better", "worse", "no clear difference" or "too few windows", of `model` beside
    `best_baseline`, the baseline with the least error by `metric` ("mae", or "mase" for several
    series). change: the model's error relative to that baseline's, -0.24 = 24 % lower; None where
    the baseline makes no error. scores: method -> its errors.
    """

    model: str
    outcome: str
    sentence: str
    metric: str
    best_baseline: str
    change: float | None
    scores: Mapping[str, Scores]


def judge(
    model: str,
    actual: ArrayLike,
    forecasts: Mapping[str, ArrayLike],
    scale: ArrayLike,
    origins: ArrayLike | None = None,
    series: ArrayLike | None = None,
    advice: str = "--model {}",
) -> Verdict:
    """Compare `model` with the other methods in `forecasts`, all on the same windows.

    actual and each forecast: (windows, horizon); scale: (windows,), for MASE; origins: (windows,),
    the step of the time grid at which each forecast begins (left out: 0, 1, 2, ...); series:
    (windows,) labels (left out: one series). advice: how a person asks for the baseline instead,
    with {} for its name. Raises UsageError where there is no method to compare with.
    """
    truth = np.asarray(actual, dtype=np.float64)
    labels = np.zeros(len(truth), dtype=np.int64) if series is None else np.asarray(series)
    when = np.arange(len(truth)) if origins is None else np.asarray(origins, dtype=np.int64)
    others = [name for name in forecasts if name != model]
    if model not in forecasts or not others:
        raise UsageError(
            f"a verdict needs forecasts of {model} and of at least one other method; got "
            f"{', '.join(forecasts) or 'none'}"
        )
    found = {name: scores(truth, made, scale, labels) for name, made in forecasts.items()}
    several = found[model]["series"] > 1
    metric = "mase" if several and found[model]["mase"] is not None else "mae"
    error = {name: _value(of, metric) for name, of in found.items()}
    best = min(others, key=lambda name: error[name])

    divisor = np.broadcast_to(np.asarray(scale, dtype=np.float64), (len(truth),))
    kept = divisor > 0 if metric == "mase" else np.ones(len(truth), dtype=bool)
    unit = divisor[kept] if metric == "mase" else np.ones(int(kept.sum()))
    loss = {
        name: np.abs(truth - np.asarray(forecasts[name], dtype=np.float64))[kept].mean(axis=1)
        / unit
        for name in (model, best)
    }
    clear = is_clear(loss[model] - loss[best], labels[kept], when[kept], truth.shape[1])
    change = None if error[best] == 0 else error[model] / error[best] - 1
    if clear is None:
        outcome = "too few windows"
    elif not clear:
        outcome = "no clear difference"
    else:
        outcome = "better" if error[model] < error[best] else "worse"
    return Verdict(
        model=model,
        outcome=outcome,
        sentence=_sentence(
            model, best, outcome, metric, error, change, found[model], advice, len(others)
        ),
        metric=metric,
        best_baseline=best,
        change=change,
        scores=found,
    )


def _sentence(
    model: str,
    best: str,
    outcome: str,
    metric: str,
    error: Mapping[str, float],
    change: float | None,
    of: Scores,
    advice: str,
    others: int,
) -> str:
    figures = f"{metric.upper()} {_number(error[model])} against {_number(error[best])}"
    size = (
        "" if change is None else f"{_percent(abs(change))} {'lower' if change < 0 else 'higher'}, "
    )
    windows = f"{of['windows']:,} window{'' if of['windows'] == 1 else 's'}"
    if of["series"] > 1:
        windows += f" of {of['series']:,} series"
    instead = advice.format(best)
    rank = "the only one compared" if others == 1 else "the best of them"
    if outcome == "better":
        every = "every other baseline" if model in BASELINES else "every baseline"
        return f"{model} beats {every}: {figures} of {best}, {rank} ({size}on {windows})."
    if outcome == "worse":
        return f"{model} does not beat {best}: {figures} ({size}on {windows}); use {instead}."
    simpler = f"; {best} is simpler: {instead}" if model not in BASELINES else ""
    if outcome == "no clear difference":
        return (
            f"No clear difference between {model} and {best}: {figures} ({size}on {windows}), "
            f"which could be chance{simpler}."
        )
    return f"Too few windows to tell {model} from {best}: {figures} ({size}on {windows}){simpler}."


def _value(of: Scores, metric: str) -> float:
    value = of["mase"] if metric == "mase" else of["mae"]
    return float("inf") if value is None else value


def _number(value: float) -> str:
    """Four digits at least, thousands parted: 28,411 or 0.7312."""
    if value == 0:
        return "0"
    decimals = max(0, 3 - int(np.floor(np.log10(abs(value)))))
    return f"{value:,.{decimals}f}" if decimals <= 6 else f"{value:.3e}"


def _percent(share: float) -> str:
    if share >= 0.1:
        return f"{100 * share:,.0f} %"
    return f"{100 * share:.1f} %"
