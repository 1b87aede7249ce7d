"""A run as one JSON object: every figure that the report shows, and those behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import unspool
from unspool.cli import sentences
from unspool.cli.run import Run
from unspool.data.writing import to_text
from unspool.evaluation.backtest import Backtest
from unspool.evaluation.metrics import scores_per_step


def as_json(run: Run, written: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Everything of a run; what is not there is null."""
    fitted = run.fitted
    return {
        "unspool": unspool.__version__,
        "source": run.source,
        "inferred": _inferred(run),
        "report": None if run.report is None else run.report.to_dict(),
        "settings": _settings(run),
        "interrupted": run.interrupted,
        "training": [
            {"phase": "training" if history.check_errors else "finishing", **history.to_dict()}
            for history in fitted.histories
        ],
        "backtest": None if run.backtest is None else _backtest(run.backtest),
        "verdict": _verdict(run),
        "coverage": _coverage(run),
        "reservations": sentences.reservations(run),
        "fallbacks": [
            {"series": run.panel.ids[row], "method": method, "why": why}
            for row, (method, why) in run.forecasts.fallbacks.items()
        ],
        "forecast": json.loads(to_text(run.columns, "json")),
        "actual": _actual(run),
        "files": [{"what": what, "path": path} for what, path in written],
        "seconds": run.seconds,
    }


def _inferred(run: Run) -> dict[str, Any]:
    panel, layout = run.panel, run.panel.layout
    return {
        "summary": None if run.report is None else run.report.summary,
        "layout": layout.kind,
        "id": layout.id_names,
        "time": layout.time_name,
        "target": layout.target_names,
        "series": panel.n_series,
        "rows": len(panel.values),
        "frequency": panel.frequency.label,
        "frequency_code": panel.frequency.code,
        "season": panel.season,
        "timezone": layout.zone,
        "first": layout.style.say(panel.times.min()),
        "last": layout.style.say(panel.times.max()),
    }


def _settings(run: Run) -> dict[str, Any]:
    forecaster = run.forecaster
    network = forecaster.network_spec
    training = None if network is None or forecaster.training is None else forecaster.training
    return {
        "model": forecaster.model_name,
        "horizon": run.horizon,
        "trained_horizon": forecaster.horizon,
        "look_back": run.fitted.look_back,
        "seed": forecaster.seed,
        "loaded": run.loaded,
        "network": None if network is None else asdict(network),
        "training": None if training is None else asdict(training),
    }


def _backtest(backtest: Backtest) -> dict[str, Any]:
    own = backtest.scores()
    return {
        "windows": own[backtest.model]["windows"],
        "series": own[backtest.model]["series"],
        "horizon": backtest.actual.shape[1],
        "mase_scale": sentences.mase_scale(backtest),
        "scores": own,
        "per_step": {
            name: scores_per_step(backtest.actual, made, backtest.mase_scale, backtest.series)
            for name, made in backtest.forecasts.items()
        },
    }


def _actual(run: Run) -> dict[str, Any] | None:
    if run.actual is None:
        return None
    return {"source": run.actual.source, **run.actual.errors(run.forecasts.columns)}


def _verdict(run: Run) -> dict[str, Any] | None:
    verdict = run.verdict
    if verdict is None:
        return None
    kept = ("model", "outcome", "sentence", "metric", "best_baseline", "change")
    return {name: getattr(verdict, name) for name in kept}


def _coverage(run: Run) -> dict[str, Any] | None:
    coverage = run.fitted.coverage
    if coverage is None:
        return None
    return {**asdict(coverage), "sentences": coverage.sentences()}
