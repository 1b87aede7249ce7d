"""Training any model on pairs of inputs and targets, epoch by epoch, and predicting with it.

A model is called as `model(inputs, lengths, key=key)` and returns a prediction and its layers'
states, like the shapes in `unspool.models.shapes`. A key means training.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import NDArray

from unspool import arguments
from unspool.compiling import compiled
from unspool.errors import DivergedError, UsageError
from unspool.layers import settle
from unspool.training.epochs import EpochHistory, Epochs
from unspool.training.history import OnProgress, Progress, unseen
from unspool.training.kept import Kept
from unspool.training.pace import Pace
from unspool.training.update import at_rest, descend, optimiser

Model = TypeVar("Model", bound=Callable[..., tuple[Any, Any]])
Loss = Callable[[Any, Any, Any], Any]


class Examples(NamedTuple):
    """Inputs and targets, pytrees of arrays with a leading axis of examples; lengths (examples,).

    `lengths` says how many steps of each example's inputs are its own, all of them if it is None.
    """

    inputs: Any
    targets: Any
    lengths: Any = None


def fit(
    model: Model,
    training: Examples,
    validation: Examples | None,
    loss: Loss,
    settings: Epochs,
    key: PRNGKeyArray,
    *,
    metric: Loss | None = None,
    at_epoch: Callable[[Model, float], Model] | None = None,
    phase: str = "training",
    on_progress: OnProgress = unseen,
) -> tuple[Model, EpochHistory]:
    """Train a model; returns it as it is after the last epoch, and the losses on the way.

    loss(prediction, targets, lengths) is a scalar, the mean over a batch; it is compiled, and a
    function that stays the same is compiled once. metric is computed from the whole validation
    set's prediction, as NumPy arrays, after every epoch. Examples are shuffled anew in every
    epoch, and a last batch that they do not fill is filled up with the epoch's first ones. The last
    network is returned, with `patience` too, unless `keep` is "best": only then has the validation
    set chosen it.

    at_epoch(model, done) is the model that an epoch begins with, of the same structure, where
    `done` of the run, 0 to 1, is behind it: what is not trained may change from epoch to epoch.

    Ctrl-C (a KeyboardInterrupt) after the first epoch ends the run, and what was learned by then
    is returned; `stopped` says so, as it does where the minutes were over. Raises UsageError where
    the examples do not fit each other, DivergedError where a loss is not finite.
    """
    count = _count(training, "training")
    if validation is not None:
        _count(validation, "validation")
    else:
        for name, given in (("patience", settings.patience), ("keep", settings.keep == "best")):
            if given:
                raise UsageError(f"{name} needs validation examples: give them, or leave it out")
    batches = -(-count // settings.batch)
    pace, kept = Pace(settings, settings.epochs * batches), Kept(settings)
    history = EpochHistory()
    shuffled = np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel())
    examples = jax.tree.map(jnp.asarray, training)
    clipped = {"clip_norm": settings.clip_norm, "clip_value": settings.clip_value}
    decay = settings.weight_decay
    arrays = eqx.filter(model, eqx.is_inexact_array)
    weights = jax.eval_shape(lambda arrays: ravel_pytree(arrays)[0], arrays)
    memory = at_rest(optimiser(settings.optimiser, **clipped), weights)

    def run(first: int, until: int, order: NDArray[np.integer]) -> tuple[Any, Any, Array]:
        """The updates of one epoch from number `first` up to `until`, counted over all epochs."""
        at = first - first % batches
        rates = np.zeros(batches, np.float32)
        rates[first - at : until - at] = pace.rates(first, until)
        return _updates(
            model,
            memory,
            examples,
            jnp.asarray(order, jnp.int32),
            jnp.asarray(rates),
            jnp.asarray((at, first, until)),
            key,
            loss=loss,
            optimiser_name=settings.optimiser,
            weight_decay=decay,
            **clipped,
        )

    def validate() -> tuple[list[float], list[float]]:
        """The validation loss and the metric, as lists that are empty where there is none."""
        if validation is None:
            return [], []
        predicted = predict(model, validation.inputs, validation.lengths)
        reached = float(_scored(loss, predicted, validation.targets, validation.lengths))
        if metric is None:
            return [reached], []
        return [reached], [float(metric(predicted, validation.targets, validation.lengths))]

    # Everything once without a single update, so that compiling is timed apart.
    np.asarray(run(0, 0, np.zeros((batches, settings.batch), int))[2])
    validate()
    history.compile_seconds = pace.elapsed
    try:
        for epoch in range(settings.epochs):
            if at_epoch is not None:
                model = at_epoch(model, max(epoch / settings.epochs, pace.share))
            # Beyond its end a resized array begins anew.
            order = np.resize(shuffled.permutation(count), (batches, settings.batch))
            step, end = epoch * batches, (epoch + 1) * batches
            taken: list[NDArray[np.floating]] = []
            while step < end and not (pace.over and (taken or history.loss)):
                until = pace.until(step, end)
                called = time.perf_counter()
                following, memory_then, losses = run(step, until, order)
                taken.append(np.asarray(losses)[step - end + batches : until - end + batches])
                # Only now: Ctrl-C comes mostly while the losses are waited for.
                model, memory = following, memory_then
                pace.took(until - step, time.perf_counter() - called)
                step = until
            if not taken:
                history.stopped = "minutes"
                break
            _reject_divergence(np.concatenate(taken), epoch, settings)
            reached, scored = validate()
            history.loss.append(float(np.concatenate(taken).mean()))
            history.validation_loss += reached
            history.metric += scored
            kept.see(model, history)
            on_progress(_progress(phase, history, settings, pace, step))
            if settings.patience is not None and kept.waited >= settings.patience:
                history.stopped = "patience"
                break
            if pace.over and step < pace.steps:
                history.stopped = "minutes"
                break
    except KeyboardInterrupt:
        if not history.loss:
            raise
        history.stopped = "interrupted"
    history.seconds = pace.elapsed
    return model if settings.keep == "last" else kept.model, history


def predict(model: Callable[..., Any], inputs: Any, lengths: Any = None, batch: int = 1024) -> Any:
    """A model's predictions, as NumPy arrays with a leading axis of examples.

    They are made in blocks of one size, at most `batch`, so that one program is compiled; the
    last block is filled up with copies of its last example, of which nothing is returned.
    """
    arguments.whole("batch", batch)
    count = _count(Examples(inputs, None, lengths), "given")
    blocks = -(-count // batch)
    size = -(-count // blocks)
    made = []
    for begin in range(0, count, size):
        rows = np.minimum(np.arange(begin, begin + size), count - 1)
        block = jax.tree.map(lambda leaf, rows=rows: np.asarray(leaf)[rows], (inputs, lengths))
        made.append(jax.tree.map(np.asarray, _predicted(model, *block)))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:count], *made)


@compiled
def _updates(
    model: Any,
    memory: optax.OptState,
    examples: Examples,
    order: Int[Array, "batches batch"],
    rates: Float[Array, " batches"],
    steps: Int[Array, 3],
    key: PRNGKeyArray,
    *,
    loss: Loss,
    optimiser_name: str,
    weight_decay: float,
    clip_norm: float | None,
    clip_value: float | None,
) -> tuple[Any, optax.OptState, Float[Array, " batches"]]:
    """The updates of an epoch, or some of them: the model, the memory, the losses of those.

    steps: the number of the epoch's first update, the first to be made and the one not to be made
    any more. What is random in a step depends on its number alone.
    """
    rule = optimiser(optimiser_name, clip_norm=clip_norm, clip_value=clip_value)
    arrays, rest = eqx.partition(model, eqx.is_inexact_array)
    # As one vector: clipping and Adam are then a few operations and not a few for each array.
    vector, apart = ravel_pytree(arrays)
    begin, first, until = steps

    def step(number: Array, carry: Any) -> Any:
        vector, memory, losses = carry
        chosen = order[number - begin]
        inputs, targets, lengths = jax.tree.map(lambda leaf: leaf[chosen], examples)

        def loss_of(vector: Array) -> tuple[Array, Any]:
            combined = eqx.combine(apart(vector), rest)
            prediction, states = combined(inputs, lengths, key=jax.random.fold_in(key, number))
            return loss(prediction, targets, lengths), states

        made = descend(loss_of, vector, memory, rule, rates[number - begin], weight_decay)
        settled = settle(eqx.combine(apart(made.arrays), rest), made.extra)
        vector, _ = ravel_pytree(eqx.filter(settled, eqx.is_inexact_array))
        return vector, made.memory, losses.at[number - begin].set(made.loss)

    carry = (vector, memory, jnp.zeros(order.shape[0]))
    vector, memory, losses = jax.lax.fori_loop(first, until, step, carry)
    return eqx.combine(apart(vector), rest), memory, losses


@compiled
def _predicted(model: Any, inputs: Any, lengths: Any) -> Any:
    return model(inputs, lengths)[0]


@compiled
def _scored(loss: Loss, prediction: Any, targets: Any, lengths: Any) -> Array:
    return jnp.asarray(loss(prediction, targets, lengths))


def _count(examples: Examples, which: str) -> int:
    """How many examples there are; UsageError where the arrays do not agree, or there is none."""
    counts = {np.shape(leaf)[:1] for leaf in jax.tree.leaves(examples)}
    if len(counts) != 1 or counts in ({()}, {(0,)}):
        raise UsageError(
            f"the {which} examples must be arrays with one leading axis of at least one example, "
            f"got the sizes {sorted(size[0] if size else 0 for size in counts)}"
        )
    return int(counts.pop()[0])


def _reject_divergence(losses: NDArray[np.floating], epoch: int, settings: Epochs) -> None:
    broken = ~np.isfinite(losses)
    if not broken.any():
        return
    at = int(broken.argmax())
    raise DivergedError(
        f"training stopped in epoch {epoch + 1}: the loss of batch {at + 1} of {len(losses)} is "
        f"{losses[at]:.3g}; the learning rate {settings.learning_rate:g} is too high, or the "
        f"examples hold values that are not finite: try {settings.learning_rate / 10:g}"
    )


def _progress(
    phase: str, history: EpochHistory, settings: Epochs, pace: Pace, step: int
) -> Progress:
    validation = history.validation_loss[-1] if history.validation_loss else None
    return Progress(
        phase,
        len(history.loss),
        settings.epochs,
        history.loss[-1],
        validation,
        pace.elapsed,
        pace.left(step, history.compile_seconds),
    )
