"""Stateful training: one long sequence in pieces, the state handed on from piece to piece.

The sequence is cut into a few streams that run side by side. A batch is the next piece of every
stream, and the layer starts it with the state that the piece before ended with. Gradients stop at
the border between two pieces: back-propagation through time, truncated (Williams and Peng 1990).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import NDArray

from unspool.compiling import compiled
from unspool.errors import DivergedError, UsageError
from unspool.layers import Layer
from unspool.training.epochs import EpochHistory, Epochs
from unspool.training.history import OnProgress, Progress, unseen
from unspool.training.kept import Kept
from unspool.training.pace import Pace
from unspool.training.update import at_rest, descend, optimiser

AnyLayer = TypeVar("AnyLayer", bound=Layer)
Loss = Callable[[Any, Any], Any]


class Streams(NamedTuple):
    """A sequence as batches in order: row b of batch i goes on in row b of batch i + 1."""

    inputs: NDArray[Any]  # (batches, batch, steps)
    targets: NDArray[Any]  # (batches, batch, steps), the inputs one step later


def next_step_streams(sequence: NDArray[Any], batch: int, steps: int) -> Streams:
    """A sequence (time,) as `batch` streams in pieces of `steps`, with what comes next as targets.

    Stream b is the b-th of as many equal parts; what does not fill the last piece is left out.
    Raises UsageError where the sequence is too short for one batch.
    """
    pieces = (len(sequence) - 1) // (batch * steps)
    if pieces < 1:
        raise UsageError(
            f"{len(sequence)} steps are too few for {batch} streams of {steps}: "
            f"at least {batch * steps + 1} are needed"
        )
    used = batch * pieces * steps

    def arranged(values: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(values.reshape(batch, pieces, steps).swapaxes(0, 1))

    return Streams(arranged(sequence[:used]), arranged(sequence[1 : used + 1]))


def shifted_streams(
    sequence: NDArray[Any], batch: int, steps: int, seed: int
) -> Callable[[int], Streams]:
    """`next_step_streams` of a sequence that in every epoch begins elsewhere, as if it were a ring.

    So that the borders between streams and between pieces, across which nothing is learned, lie
    elsewhere each time. The place is drawn from the seed and the number of the epoch.
    """
    next_step_streams(sequence, batch, steps)  # whether it is long enough

    def of_epoch(epoch: int) -> Streams:
        begin = np.random.default_rng((seed, epoch)).integers(len(sequence))
        return next_step_streams(np.roll(sequence, -begin, axis=0), batch, steps)

    return of_epoch


def fit_stateful(
    layer: AnyLayer,
    training: Streams | Callable[[int], Streams],
    validation: Streams | Callable[[Any], float] | None,
    loss: Loss,
    settings: Epochs,
    key: PRNGKeyArray,
    *,
    phase: str = "training",
    on_progress: OnProgress = unseen,
) -> tuple[AnyLayer, EpochHistory]:
    """Train a layer on batches in their order; every epoch begins with the initial state.

    training: the streams of every epoch, or a function that gives those of an epoch by its number,
    always in the same shapes. validation: streams, or a function that gives a layer's loss.
    loss(outputs, targets) is a scalar, the mean over a batch. `settings.batch` is not used: the
    streams have a batch of their own, and the order is theirs. Ctrl-C after the first updates
    keeps what was learned. Raises DivergedError where a loss is not finite.
    """
    if validation is None and (settings.patience is not None or settings.keep == "best"):
        name = "patience" if settings.patience is not None else "keep"
        raise UsageError(f"{name} needs validation streams: give them, or leave it out")
    streams_of = training if callable(training) else lambda _: training
    first_streams = streams_of(0)
    batches = len(first_streams.inputs)
    pace, kept = Pace(settings, settings.epochs * batches), Kept(settings)
    history = EpochHistory()
    clipped = {"clip_norm": settings.clip_norm, "clip_value": settings.clip_value}
    rule = optimiser(settings.optimiser, **clipped)
    memory = at_rest(rule, eqx.filter(layer, eqx.is_inexact_array))
    start = layer.initial_state(first_streams.inputs.shape[1])

    def validated_loss(layer: Any) -> float | None:
        if validation is None:
            return None
        return validation(layer) if callable(validation) else stateful_loss(layer, validation, loss)

    def run(streams: Streams, state: Any, epoch: int, first: int, until: int) -> Any:
        """The updates of an epoch from batch number `first` up to `until`."""
        rates = np.zeros(batches, np.float32)
        rates[first:until] = pace.rates(epoch * batches + first, epoch * batches + until)
        return _stretch(
            layer,
            memory,
            state,
            streams,
            jnp.asarray(rates),
            jnp.asarray((first, until)),
            jax.random.fold_in(key, epoch),
            loss=loss,
            optimiser_name=settings.optimiser,
            weight_decay=settings.weight_decay,
            **clipped,
        )

    def report(step: int, reached: float) -> None:
        """Say how far the run is, within an epoch too: one may take minutes."""
        validated = history.validation_loss[-1] if history.validation_loss else None
        left = pace.left(step, history.compile_seconds)
        done = len(history.loss)
        on_progress(Progress(phase, done, settings.epochs, reached, validated, pace.elapsed, left))

    def finish(losses: NDArray[np.floating]) -> None:
        """Take notice of what an epoch led to, or of as much of it as there was."""
        reached = float(losses.mean())
        if not math.isfinite(reached):
            raise DivergedError(
                f"training stopped in epoch {len(history.loss) + 1}: the loss is {reached}; the "
                f"learning rate {settings.learning_rate:g} is too high: try "
                f"{settings.learning_rate / 10:g}"
            )
        history.loss.append(reached)
        validated = validated_loss(layer)
        if validated is not None:
            history.validation_loss.append(validated)
        kept.see(layer, history)

    # Everything once without a single update, so that compiling is timed apart.
    first = jax.tree.map(jnp.asarray, first_streams)
    jax.block_until_ready(run(first, start, 0, 0, 0))  # type: ignore[no-untyped-call]
    validated_loss(layer)
    history.compile_seconds = pace.elapsed
    taken: list[NDArray[np.floating]] = []
    try:
        for epoch in range(settings.epochs):
            state, done = start, 0
            streams = jax.tree.map(jnp.asarray, streams_of(epoch))
            taken = []
            while done < batches and not (pace.over and (taken or history.loss)):
                until = pace.until(epoch * batches + done, (epoch + 1) * batches) - epoch * batches
                called = time.perf_counter()
                following, memory_then, state, losses = run(streams, state, epoch, done, until)
                taken.append(np.asarray(losses)[done:until])
                # Only now: Ctrl-C comes mostly while the losses are waited for.
                layer, memory = following, memory_then
                pace.took(until - done, time.perf_counter() - called)
                done = until
                if done < batches:
                    report(epoch * batches + done, float(taken[-1].mean()))
            if not taken:
                history.stopped = "minutes"
                break
            finish(np.concatenate(taken))
            step = epoch * batches + done
            report(step, history.loss[-1])
            if settings.patience is not None and kept.waited >= settings.patience:
                history.stopped = "patience"
                break
            if pace.over and step < pace.steps:
                history.stopped = "minutes"
                break
    except KeyboardInterrupt:
        if not history.loss:
            if not taken:
                raise
            finish(np.concatenate(taken))
        history.stopped = "interrupted"
    history.seconds = pace.elapsed
    return layer if settings.keep == "last" else kept.model, history


def stateful_loss(layer: Layer, streams: Streams, loss: Loss) -> float:
    """The mean loss over the batches, run in their order from the initial state."""
    return float(_evaluated(layer, jax.tree.map(jnp.asarray, streams), loss))


@compiled
def _stretch(
    layer: Layer,
    memory: optax.OptState,
    state: Any,
    streams: Streams,
    rates: Float[Array, " batches"],
    numbers: Int[Array, 2],
    key: PRNGKeyArray,
    *,
    loss: Loss,
    optimiser_name: str,
    weight_decay: float,
    clip_norm: float | None,
    clip_value: float | None,
) -> tuple[Layer, optax.OptState, Any, Float[Array, " batches"]]:
    """The updates of an epoch from one batch number up to another: layer, memory, state, losses."""
    rule = optimiser(optimiser_name, clip_norm=clip_norm, clip_value=clip_value)
    arrays, rest = eqx.partition(layer, eqx.is_inexact_array)

    def step(number: Array, carry: Any) -> Any:
        arrays, memory, state, losses = carry

        def loss_of(arrays: Any) -> tuple[Array, Any]:
            outputs, reached = eqx.combine(arrays, rest)(
                streams.inputs[number], state, key=jax.random.fold_in(key, number)
            )
            return loss(outputs, streams.targets[number]), reached

        made = descend(loss_of, arrays, memory, rule, rates[number], weight_decay)
        return made.arrays, made.memory, made.extra, losses.at[number].set(made.loss)

    carry = (arrays, memory, state, jnp.zeros(len(streams.inputs)))
    first, until = numbers
    arrays, memory, state, losses = jax.lax.fori_loop(first, until, step, carry)
    return eqx.combine(arrays, rest), memory, state, losses


@compiled
def _evaluated(layer: Layer, streams: Streams, loss: Loss) -> Array:
    """The mean of the losses of the batches in order."""

    def step(state: Any, batch: Streams) -> tuple[Any, Array]:
        outputs, state = layer(jnp.asarray(batch.inputs), state)
        return state, loss(outputs, batch.targets)

    _, losses = jax.lax.scan(step, layer.initial_state(streams.inputs.shape[1]), streams)
    return jnp.mean(losses)
