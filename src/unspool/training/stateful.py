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

from unspool.errors import DivergedError, UsageError
from unspool.layers import Layer
from unspool.training.epochs import EpochHistory, Epochs
from unspool.training.history import OnProgress, Progress, unseen
from unspool.training.update import descend, optimiser

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


def fit_stateful(
    layer: AnyLayer,
    training: Streams,
    validation: Streams | None,
    loss: Loss,
    settings: Epochs,
    key: PRNGKeyArray,
    *,
    phase: str = "training",
    on_progress: OnProgress = unseen,
) -> tuple[AnyLayer, EpochHistory]:
    """Train a layer on batches in their order; every epoch begins with the initial state.

    loss(outputs, targets) is a scalar, the mean over a batch. `settings.batch` and
    `settings.patience` are not used: the streams have a batch of their own, and the order is
    theirs. Ctrl-C after the first epoch keeps what was learned. Raises DivergedError where a loss
    is not finite.
    """
    if settings.patience is not None:
        raise UsageError("patience is not for stateful training; leave it out")
    began = time.perf_counter()
    history = EpochHistory()
    batches = len(training.inputs)
    rates = jnp.asarray(settings.rates(settings.epochs * batches)).reshape(-1, batches)
    clipped = {"clip_norm": settings.clip_norm, "clip_value": settings.clip_value}
    streams = jax.tree.map(jnp.asarray, training)
    memory = optimiser(settings.optimiser, **clipped).init(eqx.filter(layer, eqx.is_inexact_array))

    def run(layer: Layer, memory: optax.OptState, epoch: int, until: int) -> Any:
        return _epoch(
            layer,
            memory,
            streams,
            rates[epoch],
            jnp.asarray(until),
            jax.random.fold_in(key, epoch),
            loss=loss,
            optimiser_name=settings.optimiser,
            **clipped,
        )

    jax.block_until_ready(run(layer, memory, 0, 0))  # type: ignore[no-untyped-call]
    if validation is not None:
        stateful_loss(layer, validation, loss)
    history.compile_seconds = time.perf_counter() - began
    try:
        for epoch in range(settings.epochs):
            following, memory_then, losses = run(layer, memory, epoch, batches)
            reached = float(jnp.mean(losses))
            if not math.isfinite(reached):
                raise DivergedError(
                    f"training stopped in epoch {epoch + 1}: the loss is {reached}; the learning "
                    f"rate {settings.learning_rate:g} is too high: try "
                    f"{settings.learning_rate / 10:g}"
                )
            layer, memory = following, memory_then
            history.loss.append(reached)
            if validation is not None:
                history.validation_loss.append(stateful_loss(layer, validation, loss))
            elapsed = time.perf_counter() - began
            left = (elapsed - history.compile_seconds) / (epoch + 1) * (settings.epochs - epoch - 1)
            validated = history.validation_loss[-1] if history.validation_loss else None
            on_progress(
                Progress(phase, epoch + 1, settings.epochs, reached, validated, elapsed, left)
            )
    except KeyboardInterrupt:
        if not history.loss:
            raise
        history.stopped = "interrupted"
    history.seconds = time.perf_counter() - began
    return layer, history


def stateful_loss(layer: Layer, streams: Streams, loss: Loss) -> float:
    """The mean loss over the batches, run in their order from the initial state."""
    return float(_evaluated(layer, jax.tree.map(jnp.asarray, streams), loss))


@eqx.filter_jit
def _epoch(
    layer: Layer,
    memory: optax.OptState,
    streams: Streams,
    rates: Float[Array, " batches"],
    until: Int[Array, ""],
    key: PRNGKeyArray,
    *,
    loss: Loss,
    optimiser_name: str,
    clip_norm: float | None,
    clip_value: float | None,
) -> tuple[Layer, optax.OptState, Float[Array, " batches"]]:
    """The updates of an epoch up to batch number `until`: layer, memory and losses."""
    rule = optimiser(optimiser_name, clip_norm=clip_norm, clip_value=clip_value)
    arrays, rest = eqx.partition(layer, eqx.is_inexact_array)

    def step(number: Array, carry: Any) -> Any:
        arrays, memory, state, losses = carry

        def loss_of(arrays: Any) -> tuple[Array, Any]:
            outputs, reached = eqx.combine(arrays, rest)(
                streams.inputs[number], state, key=jax.random.fold_in(key, number)
            )
            return loss(outputs, streams.targets[number]), reached

        made = descend(loss_of, arrays, memory, rule, rates[number])
        return made.arrays, made.memory, made.extra, losses.at[number].set(made.loss)

    state = layer.initial_state(streams.inputs.shape[1])
    carry = (arrays, memory, state, jnp.zeros(len(streams.inputs)))
    arrays, memory, _, losses = jax.lax.fori_loop(0, until, step, carry)
    return eqx.combine(arrays, rest), memory, losses


@eqx.filter_jit
def _evaluated(layer: Layer, streams: Streams, loss: Loss) -> Array:
    """The mean of the losses of the batches in order."""

    def step(state: Any, batch: Streams) -> tuple[Any, Array]:
        outputs, state = layer(jnp.asarray(batch.inputs), state)
        return state, loss(outputs, batch.targets)

    _, losses = jax.lax.scan(step, layer.initial_state(streams.inputs.shape[1]), streams)
    return jnp.mean(losses)
