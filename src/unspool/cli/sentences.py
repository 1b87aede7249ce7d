"""What a report says in words: the training, the scale of MASE, fallbacks, intervals, files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from unspool.cli.actual import Actual
from unspool.cli.run import Run
from unspool.data.faults import plural, series_name
from unspool.evaluation.backtest import Backtest
from unspool.evaluation.splits import shortest
from unspool.training.history import History

NAMED = 3  # series that are named before the others are counted
_STOPPED = {
    "steps": "",
    "patience": ", then nothing better came",
    "minutes": ", then the time was up",
    "interrupted": ", then Ctrl-C",
}


def training(histories: Sequence[History]) -> list[str]:
    """How long was trained and what was kept; a run without checks is the finishing one."""
    checked = [history for history in histories if history.check_errors]
    finishing = [history for history in histories if not history.check_errors]
    said = []
    for number, history in enumerate(checked, start=1):
        which = f"Network {number} of {len(checked)}: trained" if len(checked) > 1 else "Trained"
        best = history.check_errors[history.check_steps.index(history.best_step)]
        said.append(
            f"{which} {plural(len(history.losses), 'step')} in {duration(history.seconds)}"
            f"{_STOPPED[history.stopped]}; kept step {history.best_step:,}, validation error "
            f"{best:.3g} of a window's deviation (untrained: {history.check_errors[0]:.3g})."
        )
    if finishing:
        steps = plural(sum(len(history.losses) for history in finishing), "step")
        seconds = sum(history.seconds for history in finishing)
        said.append(f"Then {steps} with the newest rows too, in {duration(seconds)}.")
    return said


def mase_scale(backtest: Backtest) -> str:
    """What MASE divides by."""
    if backtest.season > 1:
        return f"the mean change from one season ({backtest.season} rows) to the next"
    return "the mean change from one row to the next"


def scores(backtest: Backtest) -> list[str]:
    """What the table of scores does not say itself."""
    said = [f"MASE: the error over {mase_scale(backtest)}, before each window."]
    own = backtest.scores()[backtest.model]
    if own["mase_windows_left_out"]:
        said.append(
            f"MASE leaves out {plural(own['mase_windows_left_out'], 'window')} before which "
            "nothing had changed."
        )
    if backtest.season == 1 and "seasonal-naive" in backtest.forecasts:
        said.append("No season was found, so seasonal-naive is naive.")
    return said


def no_backtest(run: Run) -> str:
    """Why there is nothing to compare."""
    trained = run.forecaster.horizon
    return (
        f"No backtest: with a horizon of {trained} a series needs {shortest(trained)} rows that "
        "vary, and none has them. Every forecast is a baseline's, and nothing says how good it is."
    )


def reservations(run: Run) -> list[str]:
    """Where a model is used for what it was not fitted to."""
    trained = run.forecaster.horizon
    if run.horizon <= trained or run.fitted.model is None:
        return []
    return [
        f"The model was trained and checked {plural(trained, 'step')} ahead: what follows after "
        "those, intervals too, goes on from there unchecked."
    ]


def fallbacks(run: Run) -> list[str]:
    """Which series got a baseline's forecast, by what and why."""
    groups: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row, (method, why) in run.forecasts.fallbacks.items():
        reason, _, detail = why.partition(": ")
        groups.setdefault((method, reason), []).append((row, detail))
    said = []
    for (method, reason), members in groups.items():
        named = [
            series_name(run.panel.ids[row]).removeprefix("series ")
            + (f" ({detail})" if detail else "")
            for row, detail in members[:NAMED]
        ]
        more = len(members) - len(named)
        if more:
            named.append(f"{more:,} more")
        said.append(
            f"{method} forecasts {plural(len(members), 'series')} that "
            f"{'is' if len(members) == 1 else 'are'} {reason}: {_and(named)}."
        )
    if run.fitted.model is not None and len(run.forecasts.fallbacks) == run.panel.n_series:
        said.append(f"So none of these forecasts is {run.forecaster.model_name}'s.")
    without = int(np.isnan(run.forecasts.columns["lower_80"]).any(axis=1).sum())
    if without:
        said.append(
            f"{plural(without, 'series')} without an interval: too few rows to tell how far the "
            "forecast goes wrong."
        )
    return said


def actual(run: Run, came: Actual) -> str:
    """How far what came lies from the forecast."""
    found = came.errors(run.forecasts.columns)
    errors = (f"{name} {_number(found[key])}" for key, name in (("mae", "MAE"), ("rmse", "RMSE")))
    said = f"Beside {plural(found['values'], 'value')} that came, of {came.source}: "
    said += f"{', '.join(errors)}, sMAPE {found['smape']:.3g} %"
    if found["with_interval"]:
        said += (
            f"; {found['within_80']} of {found['with_interval']} in the 80 % interval, "
            f"{found['within_95']} in the 95 % one"
        )
    return f"{said}."


def files(written: Iterable[tuple[str, str]]) -> list[str]:
    """What was written."""
    said = [f"{path} ({what})" for what, path in written]
    return [f"Written: {', '.join(said)}"] if said else []


def interrupted(run: Run) -> str:
    """How far a training came before Ctrl-C."""
    steps = plural(steps_of(run.fitted.histories), "step")
    return f"the forecast is by the best network of {steps} of training"


def steps_of(histories: Iterable[History]) -> int:
    """How many steps were trained in all."""
    return sum(len(history.losses) for history in histories)


def duration(seconds: float) -> str:
    """`0.4 s`, `38 s`, `2 min 5 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
