from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from unspool.cells import GRUCell
from unspool.errors import DivergedError, UsageError
from unspool.layers import Dense, Embedding, Recurrent, Stack
from unspool.training.epochs import Epochs
from unspool.training.stateful import (
    Streams,
    fit_stateful,
    next_step_streams,
    shifted_streams,
    stateful_loss,
)

SEQUENCE = np.random.RandomState(0).randint(0, 4, 73).astype(np.int32)


def network():
    first, second, last = jax.random.split(jax.random.key(1), 3)
    return Stack(
        [
            Embedding(4, 3, key=first),
            Recurrent(GRUCell(3, 5, key=second)),
            Dense(5, 4, key=last),
        ]
    )


def cross_entropy(scores, targets):
    return optax.softmax_cross_entropy_with_integer_labels(scores, targets).mean()


def test_each_row_goes_on_in_the_same_row_of_the_next_batch():
    streams = next_step_streams(np.arange(26), batch=3, steps=4)
    assert streams.inputs.shape == (2, 3, 4)
    assert streams.inputs[:, 1].ravel().tolist() == list(range(8, 16))
    np.testing.assert_array_equal(streams.targets, streams.inputs + 1)


def test_all_but_the_target_of_the_last_step_can_be_used():
    assert next_step_streams(np.arange(25), 3, 4).targets[-1, -1, -1] == 24
    assert len(next_step_streams(np.arange(24), 3, 4).inputs) == 1


def test_an_epoch_is_adam_on_the_batches_in_order_with_the_state_handed_on(quick_compiling):
    streams = next_step_streams(SEQUENCE, 2, 6)
    settings = Epochs(epochs=2, learning_rate=0.05)
    trained, history = fit_stateful(
        network(), streams, streams, cross_entropy, settings, jax.random.key(0)
    )

    expected = network()
    rule = optax.adam(0.05)
    memory = rule.init(eqx.filter(expected, eqx.is_inexact_array))
    losses = []

    @partial(eqx.filter_value_and_grad, has_aux=True)
    def loss_of(model, inputs, targets, state):
        outputs, state = model(inputs, state)
        return cross_entropy(outputs, targets), state

    @eqx.filter_jit
    def step(model, memory, state, inputs, targets):
        (loss, state), gradient = loss_of(model, inputs, targets, state)
        change, memory = rule.update(gradient, memory)
        return eqx.apply_updates(model, change), memory, state, loss

    for _ in range(2):
        state = expected.initial_state(2)
        for inputs, targets in zip(*streams, strict=True):
            expected, memory, state, loss = step(expected, memory, state, inputs, targets)
            losses.append(float(loss))
    np.testing.assert_allclose(
        history.loss, np.mean(np.reshape(losses, (2, -1)), axis=1), rtol=1e-4
    )
    for reached, wanted in zip(jax.tree.leaves(trained), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(reached, wanted, rtol=2e-3, atol=2e-4)
    assert history.validation_loss[-1] == pytest.approx(
        stateful_loss(trained, streams, cross_entropy)
    )
    assert history.loss[1] < history.loss[0]


def test_the_loss_in_pieces_is_that_of_the_streams_in_one(quick_compiling):
    model, pieces = network(), next_step_streams(SEQUENCE, 2, 6)
    whole = Streams(*(part.swapaxes(0, 1).reshape(1, 2, 36) for part in pieces))
    assert stateful_loss(model, pieces, cross_entropy) == pytest.approx(
        stateful_loss(model, whole, cross_entropy), rel=1e-5
    )
    outputs, _ = model(jnp.asarray(pieces.inputs[1]))
    fresh = float(cross_entropy(outputs, pieces.targets[1]))
    second = Streams(pieces.inputs[1:2], pieces.targets[1:2])
    assert stateful_loss(model, second, cross_entropy) == pytest.approx(fresh, rel=1e-5)


def test_a_sequence_too_short_for_one_batch_is_refused():
    with pytest.raises(UsageError, match="12 steps are too few for 3 streams of 4: at least 13"):
        next_step_streams(np.arange(12), 3, 4)


def test_patience_needs_something_held_out():
    streams = next_step_streams(SEQUENCE, 2, 6)
    with pytest.raises(UsageError, match="patience needs validation streams"):
        fit_stateful(network(), streams, None, cross_entropy, Epochs(patience=2), jax.random.key(0))


def test_a_loss_that_is_not_finite_ends_training(quick_compiling):
    streams = next_step_streams(SEQUENCE, 2, 6)

    with pytest.raises(DivergedError, match="training stopped in epoch 1: the loss is nan"):
        fit_stateful(
            network(), streams, None, cross_entropy, Epochs(learning_rate=1e38), jax.random.key(0)
        )


def test_ctrl_c_after_the_first_epoch_keeps_what_was_learned(quick_compiling):
    def interrupt(progress):
        if progress.step == 2:
            raise KeyboardInterrupt

    streams = next_step_streams(SEQUENCE, 2, 6)
    trained, history = fit_stateful(
        network(), streams, None, cross_entropy, Epochs(), jax.random.key(0), on_progress=interrupt
    )
    assert history.stopped == "interrupted"
    assert len(history.loss) == 2
    assert stateful_loss(trained, streams, cross_entropy) < history.loss[0]


def test_every_epoch_begins_elsewhere_in_the_ring_of_the_sequence():
    of_epoch = shifted_streams(np.arange(26), 3, 4, seed=0)
    first, second = of_epoch(0), of_epoch(1)
    np.testing.assert_array_equal(first.targets, (first.inputs + 1) % 26)
    assert first.inputs.shape == (2, 3, 4)
    assert first.inputs[0, 0, 0] != second.inputs[0, 0, 0]
    np.testing.assert_array_equal(of_epoch(1).inputs, second.inputs)
    with pytest.raises(UsageError, match="12 steps are too few"):
        shifted_streams(np.arange(12), 3, 4, seed=0)


def test_streams_may_change_with_the_epoch_and_validation_be_ones_own(quick_compiling):
    seen, settings = [], Epochs(epochs=3, learning_rate=0.05, keep="best")

    def streams(epoch):
        seen.append(epoch)
        return next_step_streams(np.roll(SEQUENCE, epoch), 2, 6)

    figures = iter([9.0, 3.0, 1.0, 2.0])  # the first one is asked for while compiling
    trained, history = fit_stateful(
        network(), streams, lambda _: next(figures), cross_entropy, settings, jax.random.key(0)
    )
    assert seen == [0, 0, 1, 2]
    assert history.validation_loss == [3.0, 1.0, 2.0]
    assert history.kept == 2
    two = Epochs(epochs=3, learning_rate=0.05)
    shorter, _ = fit_stateful(
        network(), streams, None, cross_entropy, two, jax.random.key(0), on_progress=stop_after(2)
    )
    for kept, wanted in zip(jax.tree.leaves(trained), jax.tree.leaves(shorter), strict=True):
        np.testing.assert_array_equal(kept, wanted)


def stop_after(epochs):
    def on_progress(progress):
        if progress.step == epochs:
            raise KeyboardInterrupt

    return on_progress


def test_ctrl_c_within_the_first_epoch_keeps_its_updates(quick_compiling):
    streams = next_step_streams(np.tile(SEQUENCE, 3), 2, 6)

    def interrupt(progress):
        raise KeyboardInterrupt

    trained, history = fit_stateful(
        network(), streams, streams, cross_entropy, Epochs(), jax.random.key(0),
        on_progress=interrupt,
    )  # fmt: skip
    assert history.stopped == "interrupted"
    assert len(history.loss) == len(history.validation_loss) == 1
    assert stateful_loss(trained, streams, cross_entropy) == history.validation_loss[0]
