"""From a panel to trained networks: those kept from the newest rows, and the final ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import PRNGKeyArray
from numpy.typing import NDArray

from unspool.data.panel import Panel
from unspool.errors import DivergedError
from unspool.evaluation.baselines import Linear
from unspool.evaluation.splits import Split, first_origins, origins_between
from unspool.models.build import build
from unspool.models.network import WindowNetwork
from unspool.models.specs import Network
from unspool.training.history import History, OnProgress
from unspool.training.loop import train, windows_of
from unspool.training.settings import Training
from unspool.training.store import SeriesStore, store
from unspool.training.validation import Validation

IntArray = NDArray[np.int64]

VALIDATION_WINDOWS = 2048
# The final training goes on where the kept-back one ended, more carefully.
FINISHING_RATE = 0.3
# Of a time limit, what the kept-back training may take; the final one has the rest.
SHARE_OF_TIME = 0.8


@dataclass(frozen=True)
class FittedNetworks:
    """Trained networks: `held_back` never saw the backtest's rows, `final` saw all."""

    held_back: tuple[WindowNetwork, ...]
    final: tuple[WindowNetwork, ...]
    histories: tuple[History, ...]

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the training."""
        return any(history.stopped == "interrupted" for history in self.histories)


def fit_networks(
    panel: Panel,
    series: IntArray,
    parts: Split,
    spec: Network,
    settings: Training,
    look_back: int,
    horizon: int,
    seed: int,
    linear: Linear,
    on_progress: OnProgress,
) -> FittedNetworks:
    """Train on the rows before `parts.validation_end`, then go on with all rows.

    series: positions in the panel of those trained on, which `parts` is about. linear: fitted on
    the training part; the networks' linear part starts from it. Everything random follows `seed`.
    Ctrl-C leaves the networks that are trained by then; where there is none, it is raised.
    """
    training = _store(panel, series, parts.train_end, look_back, horizon)
    everything = _store(panel, series, parts.length, look_back, horizon)
    chosen, origins = origins_between(
        parts.train_end, parts.validation_end, horizon, VALIDATION_WINDOWS, VALIDATION_WINDOWS
    )
    # Apart from `everything`, whose means and deviations know the backtest's rows.
    known = _store(panel, series, parts.validation_end, look_back, horizon)
    windows = windows_of(known, chosen, origins, look_back, horizon)
    validation = Validation(windows, chosen, origins - parts.validation_end[chosen])
    lag_weight, bias = linear.weight_, linear.bias_
    if lag_weight is None or bias is None:
        raise ValueError("linear must be fitted before the networks that start from it")
    outputs = 1 if spec.strategy == "recursive" else horizon
    held_back: list[WindowNetwork] = []
    final: list[WindowNetwork] = []
    histories: list[History] = []
    budget = None if settings.minutes is None else settings.minutes * 60 / spec.members
    try:
        for key in jax.random.split(jax.random.key(seed), spec.members):
            building, training_key, finishing_key = jax.random.split(key, 3)
            network = build(
                spec,
                look_back,
                horizon,
                lag_weight=lag_weight[:, :outputs],
                bias=bias[:outputs],
                key=building,
            )
            label = f" {len(held_back) + 1} of {spec.members}" if spec.members > 1 else ""
            run = _Run(settings, horizon, lambda row: repr(panel.ids[series[row]]), on_progress)
            network, history = run(
                network, training, validation, training_key, settings.steps, f"training{label}",
                1.0, None if budget is None else budget * SHARE_OF_TIME,
            )  # fmt: skip
            histories.append(history)
            held_back.append(network)
            steps = math.ceil(
                settings.finish * max(history.best_step, settings.steps / settings.checks)
            )
            if steps and history.stopped != "interrupted":
                network, finishing = run(
                    network, everything, None, finishing_key, steps, f"finishing{label}",
                    FINISHING_RATE, None if budget is None else budget * (1 - SHARE_OF_TIME),
                )  # fmt: skip
                histories.append(finishing)
                _check_finished(network, validation, history, settings)
            final.append(network)
            if histories[-1].stopped == "interrupted":
                break
    except KeyboardInterrupt:
        # Between two runs, or before the first check of one: what is trained by then is kept.
        if not held_back:
            raise
        histories[-1].stopped = "interrupted"
        final += held_back[len(final) :]
    return FittedNetworks(tuple(held_back), tuple(final), tuple(histories))


def _check_finished(
    network: WindowNetwork, validation: Validation, history: History, settings: Training
) -> None:
    """Raise DivergedError if finishing, which nothing else watches, has spoilt the network.

    It has learned from the windows of `validation` by now; a sound one cannot be far worse there.
    """
    before = history.check_errors[history.check_steps.index(history.best_step)]
    after = float(validation.errors(network).mean())
    if not after <= 2 * before + 1:
        rate = settings.learning_rate
        raise DivergedError(
            f"training on all rows has spoilt the network: its error went from {before:.3g} to "
            f"{after:.3g} deviations of a window; the learning rate {rate:g} is too high: try "
            f"--learning-rate {rate / 10:g}"
        )


@dataclass(frozen=True)
class _Run:
    settings: Training
    horizon: int
    name_of: Callable[[int], str]
    on_progress: OnProgress

    def __call__(
        self,
        network: WindowNetwork,
        series: SeriesStore,
        validation: Validation | None,
        key: PRNGKeyArray,
        steps: int,
        phase: str,
        rate: float,
        seconds: float | None,
    ) -> tuple[WindowNetwork, History]:
        return train(
            network,
            series,
            validation,
            self.settings,
            key,
            horizon=self.horizon,
            steps=steps,
            learning_rate=self.settings.learning_rate * rate,
            phase=phase,
            seconds=seconds,
            name_of=self.name_of,
            on_progress=self.on_progress,
        )


def _store(
    panel: Panel, series: IntArray, end: IntArray, look_back: int, horizon: int
) -> SeriesStore:
    first = first_origins(end, look_back, horizon)
    return store(panel, series, first, end - horizon, fitted_on=end)
