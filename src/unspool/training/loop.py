"""A training run: stretches of compiled steps, checks on later data, and when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray
from numpy.typing import NDArray

from unspool.errors import DivergedError
from unspool.models.network import WindowNetwork
from unspool.training.history import History, OnProgress, Progress, unseen
from unspool.training.settings import Training
from unspool.training.step import LONGEST_STRETCH, drawn_at, stretch
from unspool.training.store import Batch, SeriesStore
from unspool.training.update import at_rest, optimiser
from unspool.training.validation import Validation

# A stretch is sized to take about this long, so that progress shows and Ctrl-C is heard.
SECONDS_A_STRETCH = 0.2

# Windows whose deviation is next to nothing have targets of up to about 1e7 deviations; a loss
# above this is the network's doing.
RUNAWAY = 1e9


def train(
    network: WindowNetwork,
    series: SeriesStore,
    validation: Validation | None,
    settings: Training,
    key: PRNGKeyArray,
    *,
    horizon: int,
    steps: int,
    learning_rate: float,
    phase: str = "training",
    seconds: float | None = None,
    name_of: Callable[[int], str] = str,
    on_progress: OnProgress = unseen,
) -> tuple[WindowNetwork, History]:
    """Train for `steps` at most; returns the last network, or the best on `validation`.

    The last, as only there the learning rate has fallen to nothing; the best if the last is worse
    by more than chance. seconds: a bound on the time. name_of: what a series is called in an error.
    Ctrl-C (a KeyboardInterrupt) ends the run and keeps the best, `history.stopped` says so; before
    the first check there is nothing to keep and it is raised. Raises DivergedError on NaN, infinity
    and a loss that has run away.
    """
    run = _Run(settings, steps, learning_rate, seconds)
    history = History()
    rule = optimiser(clip_norm=settings.clip_norm, clip_value=settings.clip_value)
    memory = at_rest(rule, eqx.filter(network, eqx.is_inexact_array))
    every = max(1, math.ceil(steps / settings.checks))
    best, best_error, waited = network, math.inf, 0
    best_errors = np.empty(0)
    error: float | None = None
    step, length, fresh = 0, 1, True
    try:
        if validation is not None:
            best_errors = validation.errors(network)
            error = float(best_errors.mean())
            history.check_steps.append(0)
            history.check_errors.append(error)
            best_error = error if math.isfinite(error) else math.inf
        while step < steps:
            count = min(length, every - step % every, steps - step)
            began = time.perf_counter()
            following, memory, losses, norms = stretch(
                network,
                memory,
                series,
                jnp.asarray(run.rates(step)),
                jnp.asarray(step),
                jnp.asarray(count),
                key,
                batch=settings.batch,
                horizon=horizon,
                clip_norm=settings.clip_norm,
                clip_value=settings.clip_value,
            )
            taken = np.asarray(losses)[:count].astype(float)
            _check_finite(
                taken, np.asarray(norms)[:count], step, series, key, network, settings, horizon,
                learning_rate, name_of,
            )  # fmt: skip
            # Only now: Ctrl-C comes mostly while the losses are waited for.
            network, step = following, step + count
            history.losses.extend(taken.tolist())
            elapsed = time.perf_counter() - began
            if not fresh:  # the first call compiles, and says nothing of the speed
                length = int(np.clip(count * SECONDS_A_STRETCH / elapsed, 1, LONGEST_STRETCH))
            fresh = False
            over = run.over()
            if validation is not None and (step % every == 0 or step == steps or over):
                errors = validation.errors(network)
                error = float(errors.mean())
                history.check_steps.append(step)
                history.check_errors.append(error)
                waited = waited + 1 if validation.worse(errors, best_errors) else 0
                if error < best_error:
                    best, best_error, best_errors, waited = network, error, errors, 0
                    history.best_step = step
                elif not waited and (step == steps or over):
                    best, history.best_step = network, step
            recent = float(np.mean(history.losses[-20:]))
            on_progress(run.progress(phase, step, recent, error))
            if validation is not None and waited >= settings.patience:
                history.stopped = "patience"
                break
            if over and step < steps:
                history.stopped = "minutes"
                break
    except KeyboardInterrupt:
        if validation is not None and not history.check_steps:
            raise
        history.stopped = "interrupted"
    history.seconds = time.perf_counter() - run.began
    if validation is None:
        history.best_step = step
        return network, history
    if not math.isfinite(best_error):
        raise DivergedError(
            f"no network of {step} steps has a finite error on the validation windows: the values "
            "there are too large beside those before them, or the forecasts run away"
        )
    return best, history


class _Run:
    """The clock and the learning rate of a run."""

    def __init__(
        self, settings: Training, steps: int, learning_rate: float, seconds: float | None
    ) -> None:
        self.steps = steps
        self.learning_rate = learning_rate
        self.seconds = seconds
        self.began = time.perf_counter()
        self.compiled: tuple[int, float] | None = None  # the step and the time after the first call

    def elapsed(self) -> float:
        return time.perf_counter() - self.began

    def over(self) -> bool:
        return self.seconds is not None and self.elapsed() >= self.seconds

    def rates(self, step: int) -> NDArray[np.float32]:
        """Learning rates of the steps from `step` on, (LONGEST_STRETCH,)."""
        done = (step + np.arange(LONGEST_STRETCH)) / self.steps
        if self.seconds is not None:
            done = np.maximum(done, self.elapsed() / self.seconds)
        rates = self.learning_rate * (1 + np.cos(np.pi * np.minimum(done, 1.0))) / 2
        return rates.astype(np.float32)

    def progress(self, phase: str, step: int, loss: float, validation: float | None) -> Progress:
        elapsed = self.elapsed()
        left = None
        if self.compiled is None:
            self.compiled = step, elapsed
        else:
            first, compiling = self.compiled
            left = (elapsed - compiling) / (step - first) * (self.steps - step)
        if self.seconds is not None:
            bound = max(self.seconds - elapsed, 0.0)
            left = bound if left is None else min(left, bound)
        return Progress(phase, step, self.steps, loss, validation, elapsed, left)


def _check_finite(
    losses: NDArray[np.floating],
    norms: NDArray[np.floating],
    first: int,
    series: SeriesStore,
    key: PRNGKeyArray,
    network: WindowNetwork,
    settings: Training,
    horizon: int,
    learning_rate: float,
    name_of: Callable[[int], str],
) -> None:
    """Raise DivergedError at the first step whose loss or gradient is not finite, or run away."""
    broken = ~((losses < RUNAWAY) & np.isfinite(norms))
    if not broken.any():
        return
    at = int(broken.argmax())
    what, value = ("gradient", norms[at]) if losses[at] < RUNAWAY else ("loss", losses[at])
    batch = drawn_at(series, first + at, key, settings.batch, network.look_back, horizon)
    raise DivergedError(
        f"training stopped at step {first + at + 1}: the {what} is {value:.3g}; "
        + _cause(batch, losses[:at], learning_rate, name_of)
    )


def _cause(
    batch: Batch,
    before: NDArray[np.floating],
    learning_rate: float,
    name_of: Callable[[int], str],
) -> str:
    """What a batch holds that could have broken a step, or else the learning rate."""
    sizes = np.asarray(jnp.maximum(jnp.abs(batch.levels).max(1), jnp.abs(batch.ahead).max(1)))
    extreme = np.where(np.isfinite(sizes), sizes, np.inf)
    row = int(extreme.argmax())
    where = f"{name_of(int(batch.series[row]))} before its value {int(batch.origins[row]) + 1}"
    if not np.isfinite(extreme[row]):
        return f"its batch holds a value that is not finite, in series {where}"
    told = f"the batch of {len(sizes)} windows is finite (largest: {extreme[row]:.3g} deviations, "
    told += f"series {where})"
    if len(before):
        told += f", the loss before was {before[-1]:.3g}"
    return f"{told}; the learning rate {learning_rate:g} is too high: try --learning-rate " + (
        f"{learning_rate / 10:g}"
    )


@eqx.filter_jit  # one compilation, where each operation by itself would be a dozen
def windows_of(
    batches: SeriesStore,
    chosen: NDArray[np.int64],
    origins: NDArray[np.int64],
    look_back: int,
    horizon: int,
) -> Batch:
    """Fixed windows of a store, such as those to validate on; series by position in the store."""
    return batches.at(
        jnp.asarray(chosen, jnp.int32), jnp.asarray(origins, jnp.int32), look_back, horizon
    )
