"""A fitted forecaster as a saved model, and back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import unspool
from unspool import arguments
from unspool.bundles import folder
from unspool.bundles.card import Card
from unspool.bundles.codec import decode, encode
from unspool.bundles.folder import expected
from unspool.data.frequency import Frequency
from unspool.data.layout import Layout
from unspool.data.options import TableOptions
from unspool.data.panel import Panel
from unspool.errors import DataError, UsageError
from unspool.evaluation.backtest import Backtest
from unspool.evaluation.baselines import BASELINES, Baseline, Linear, make_baseline
from unspool.models.specs import NETWORKS, Network
from unspool.tasks.bundle import check_task
from unspool.tasks.fitted import compose
from unspool.tasks.forecaster import Forecaster
from unspool.training.history import History
from unspool.training.settings import Training

Arrays = dict[str, NDArray[Any]]

PANEL = ("offsets", "times", "values")
BACKTEST = ("series", "origins", "from_end", "actual", "scale", "mase_scale")


@dataclass(frozen=True)
class Settings:
    """All of a fitted forecaster that is not an array."""

    model: str
    network: dict[str, Any] | None  # the fields of the network's settings, None for a baseline
    horizon: int
    seed: int
    training: Training | None
    table: TableOptions | None
    frame_kind: str
    ids: tuple[Any, ...]
    season: int
    frequency: Frequency
    layout: Layout
    baseline_only: dict[int, str]
    look_back: int
    methods: tuple[str, ...]  # of the backtest, the model first
    histories: tuple[History, ...]


def save(forecaster: Forecaster, path: Path) -> None:
    """Write what `fit` learned; `load` gives a forecaster that forecasts the same bits."""
    fitted = forecaster.fitted
    panel, made = fitted.panel, fitted.backtest
    weights: Arrays = {}
    for name, method in (("model", fitted.model), ("linear", fitted.linear)):
        weights |= _weights_of(method, name)
    series: Arrays = {f"panel.{name}": _plain(getattr(panel, name)) for name in PANEL}
    series |= {"rows": fitted.rows, "movement": fitted.movement, "trained": fitted.trained}
    if made is not None:
        series |= {f"backtest.{name}": getattr(made, name) for name in BACKTEST}
        series |= {f"forecasts.{name}": array for name, array in made.forecasts.items()}
    network = forecaster.network_spec
    settings = Settings(
        model=forecaster.model_name,
        network=None
        if network is None
        else {f.name: getattr(network, f.name) for f in fields(network)},
        horizon=forecaster.horizon,
        seed=forecaster.seed,
        training=forecaster.training,
        table=forecaster.table,
        frame_kind=forecaster.frame_kind_,
        ids=panel.ids,
        season=panel.season,
        frequency=panel.frequency,
        layout=panel.layout,
        baseline_only=panel.baseline_only,
        look_back=fitted.look_back,
        methods=() if made is None else tuple(made.forecasts),
        histories=fitted.histories,
    )
    spec = {
        "task": "forecast",
        "unspool": unspool.__version__,
        "card": encode(card_of(forecaster, weights)),
        "settings": encode(settings),
    }
    folder.write(path, spec, weights, series)


def card_of(forecaster: Forecaster, weights: Arrays) -> Card:
    """What the saved model says of itself: its errors are those of the backtest."""
    fitted = forecaster.fitted
    panel = fitted.panel
    said = f"{panel.n_series:,} series, {panel.frequency.label}, {forecaster.horizon} steps ahead"
    figures: dict[str, dict[str, float]] = {}
    limits = ["the intervals hold for series that go on as they did"]
    if fitted.backtest is None:
        limits.append("no series was long enough for a backtest: its errors are not known")
    else:
        scores = fitted.backtest.scores()
        said += f"; errors of a backtest on {scores[fitted.backtest.model]['windows']} windows"
        figures = {
            name: {
                metric: float(error)
                for metric in ("mae", "rmse", "mase")
                if (error := of[metric]) is not None
            }
            for name, of in scores.items()
        }
    seconds = sum(history.seconds for history in fitted.histories)
    return Card(
        task="forecast",
        model=forecaster.model_name,
        data=said,
        made={
            "unspool": unspool.__version__,
            "seed": str(forecaster.seed),
            "training seconds": f"{seconds:.1f}",
        },
        sizes={
            "parameters": sum(int(array.size) for array in weights.values()),
            "series": panel.n_series,
            "rows": int(fitted.rows.sum()),
        },
        figures=figures.pop(forecaster.model_name, {}),
        baselines=figures,
        limits=tuple(limits),
    )


def load(path: Path) -> Forecaster:
    """What `save` wrote. Raises UsageError where there is nothing, DataError on damage."""
    spec, weights, series = folder.read(path)
    check_task(path, spec, "forecast")
    settings = decode(Settings, spec.get("settings"), "settings")
    try:
        return _restored(settings, weights, series)
    except UsageError as error:  # of a setting that no forecaster could have been given
        raise DataError(f"{str(path)!r} is damaged: {error}") from error


def _restored(settings: Settings, weights: Arrays, series: Arrays) -> Forecaster:
    network = None
    if settings.network is not None:
        arguments.one_of("the saved model", settings.model, tuple(NETWORKS))
        network = decode(NETWORKS[settings.model], settings.network, "settings.network")
    forecaster = Forecaster(
        settings.model if network is None else network,
        settings.horizon,
        training=settings.training,
        table=settings.table,
        seed=settings.seed,
    )
    _check_arrays(settings, series)
    times = series["panel.times"]
    if not settings.layout.style.is_integer:
        times = times.view("datetime64[us]")
    panel = Panel(
        ids=settings.ids,
        offsets=series["panel.offsets"],
        times=times,
        values=series["panel.values"],
        frequency=settings.frequency,
        season=settings.season,
        layout=settings.layout,
        baseline_only=settings.baseline_only,
    )
    made = None
    if settings.methods:
        made = Backtest(
            model=settings.model,
            season=settings.season,
            forecasts={name: series[f"forecasts.{name}"] for name in settings.methods},
            **{name: series[f"backtest.{name}"] for name in BACKTEST},
        )
    linear = _restored_linear(settings, weights, "linear") if settings.methods else None
    forecaster.frame_kind_ = settings.frame_kind
    forecaster.fitted_ = compose(
        panel,
        series["rows"],
        series["movement"],
        series["trained"],
        settings.look_back,
        _restored_model(settings, network, weights),
        linear,
        made,
        settings.histories,
    )
    return forecaster


def _check_arrays(settings: Settings, series: Arrays) -> None:
    """Raise DataError where an array of the series or of the backtest does not fit the others."""
    count = len(settings.ids)
    offsets = expected(series, "panel.offsets", "int64", (count + 1,))
    rows = int(offsets[-1])
    if not count or offsets[0] != 0 or (np.diff(offsets) < 1).any():
        raise DataError("the saved model's panel.offsets must ascend from 0, a series at least")
    expected(series, "panel.times", "int64", (rows,))
    if not np.isfinite(expected(series, "panel.values", "float64", (rows,))).all():
        raise DataError("the saved model's panel.values must be finite")
    expected(series, "rows", "int64", (count,))
    expected(series, "movement", "float64", (count,))
    _check_positions(series, "trained", count)
    if settings.methods:
        windows = len(_check_positions(series, "backtest.series", count))
        for name in ("origins", "from_end"):
            expected(series, f"backtest.{name}", "int64", (windows,))
        for name in ("scale", "mase_scale"):
            expected(series, f"backtest.{name}", "float64", (windows,))
        for name in ("backtest.actual", *(f"forecasts.{method}" for method in settings.methods)):
            expected(series, name, "float64", (windows, settings.horizon))


def _check_positions(series: Arrays, name: str, count: int) -> NDArray[Any]:
    """Positions among `count` series, (any,); raises DataError where one is none."""
    found = series.get(name, np.empty(0))
    positions = expected(series, name, "int64", (len(found),) if found.ndim else (1,))
    if ((positions < 0) | (positions >= count)).any():
        raise DataError(f"the saved model's {name} must be positions of {count} series")
    return positions


def _weights_of(method: Baseline | None, name: str) -> Arrays:
    if isinstance(method, Linear):
        assert method.weight_ is not None
        assert method.bias_ is not None
        return {f"{name}.weight": method.weight_, f"{name}.bias": method.bias_}
    if method is None or not hasattr(method, "networks"):
        return {}
    from unspool.bundles.networks import named_arrays

    weights: Arrays = {}
    for index, network in enumerate(method.networks):
        weights |= named_arrays(network, f"{name}.{index}")
    return weights


def _restored_linear(settings: Settings, weights: Arrays, name: str) -> Linear:
    linear = Linear(settings.look_back)
    shape = (settings.look_back, settings.horizon)
    linear.weight_ = expected(weights, f"{name}.weight", "float64", shape)
    linear.bias_ = expected(weights, f"{name}.bias", "float64", shape[1:])
    return linear


def _restored_model(
    settings: Settings, network: Network | None, weights: Arrays
) -> Baseline | None:
    if not settings.methods:  # no series was long enough to fit one
        return None
    if network is None:
        arguments.one_of("the saved model", settings.model, BASELINES)
        if settings.model == "linear":
            return _restored_linear(settings, weights, "model")
        return make_baseline(settings.model, settings.season, settings.look_back)
    from unspool.bundles.networks import from_arrays
    from unspool.models.predictor import NetworkForecast

    # Ctrl-C may have ended the training before all members were there.
    there = {name.split(".")[1] for name in weights if name.startswith("model.")}
    return NetworkForecast(
        tuple(
            from_arrays(weights, f"model.{member}", network, settings.look_back, settings.horizon)
            for member in range(max(1, len(there)))
        )
    )


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    return array.view(np.int64) if array.dtype.kind == "M" else array
