"""Training by epochs against shuffling, gradient and Adam written out."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.errors import DivergedError, UsageError
from unspool.layers import BatchNorm, Dense, Dropout, Stack
from unspool.models.shapes import SequenceToSequence
from unspool.training import pace
from unspool.training.epochs import Epochs
from unspool.training.supervised import Examples, fit, predict

KEY = jax.random.key(7)
COUNT = 10


class Line(eqx.Module):
    """A linear function of a vector, in the form in which models are called."""

    weight: Any

    def __call__(self, x, lengths=None, *, key=None):
        return x @ self.weight, None


def squared(prediction, targets, lengths):
    return ((prediction - targets) ** 2).mean()


@pytest.fixture
def examples():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(COUNT, 3)).astype(np.float32)
    targets = (inputs @ [1.0, -2.0, 0.5] + 0.1 * random.normal(size=COUNT)).astype(np.float32)
    return Examples(inputs, targets)


def line():
    return Line(jnp.asarray([0.5, 0.5, 0.5]))


def reference(examples, epochs, batch, rates):
    """Weights and mean losses of epochs of Adam, batch after batch."""
    shuffled = np.random.default_rng(np.asarray(jax.random.key_data(KEY)).ravel())
    weight, mean, square = np.full(3, 0.5), np.zeros(3), np.zeros(3)
    losses, step = [], 0
    for _ in range(epochs):
        order = list(shuffled.permutation(COUNT))
        while len(order) % batch:  # filled up with the epoch's first
            order.append(order[len(order) - COUNT])
        of_epoch = []
        for at in range(0, len(order), batch):
            chosen = order[at : at + batch]
            x, y = examples.inputs[chosen].astype(float), examples.targets[chosen].astype(float)
            error = x @ weight - y
            of_epoch.append((error**2).mean())
            gradient = 2 * x.T @ error / batch
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.999 * square + 0.001 * gradient**2
            step += 1
            direction = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
            weight = weight - rates[step - 1] * direction
        losses.append(np.mean(of_epoch))
    return weight, losses


@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
def test_epochs_are_shuffled_batches_of_adam(examples, schedule):
    settings = Epochs(epochs=3, batch=4, learning_rate=0.1, schedule=schedule)
    model, history = fit(line(), examples, examples, squared, settings, KEY)
    weight, losses = reference(examples, 3, 4, settings.rates(9))
    np.testing.assert_allclose(model.weight, weight, rtol=1e-4)
    np.testing.assert_allclose(history.loss, losses, rtol=1e-4)
    error = examples.inputs @ weight - examples.targets
    assert history.validation_loss[-1] == pytest.approx((error**2).mean(), rel=1e-4)
    assert len(history.validation_loss) == 3
    assert history.stopped == "epochs"
    assert history.seconds >= history.compile_seconds > 0


def test_how_an_epoch_is_cut_into_calls_changes_no_bit(examples, monkeypatch):
    settings = Epochs(epochs=2, batch=2, learning_rate=0.1)
    whole, _ = fit(line(), examples, None, squared, settings, KEY)
    monkeypatch.setattr(pace, "FIRST_CALL", 1)
    monkeypatch.setattr(pace, "SECONDS_A_CALL", 1e-9)
    cut, history = fit(line(), examples, None, squared, settings, KEY)
    assert np.asarray(cut.weight).tobytes() == np.asarray(whole.weight).tobytes()
    assert history.validation_loss == []


def test_another_key_shuffles_otherwise(examples):
    settings = Epochs(epochs=1, batch=4, learning_rate=0.1)
    one, _ = fit(line(), examples, None, squared, settings, KEY)
    same, _ = fit(line(), examples, None, squared, settings, KEY)
    other, _ = fit(line(), examples, None, squared, settings, jax.random.key(8))
    np.testing.assert_array_equal(one.weight, same.weight)
    assert (np.asarray(one.weight) != np.asarray(other.weight)).any()


def test_a_loss_is_compiled_once_for_runs_of_one_kind(examples):
    seen = []

    def loss(prediction, targets, lengths):
        seen.append(prediction.shape)
        return squared(prediction, targets, lengths)

    for epochs in (1, 2):
        fit(line(), examples, examples, loss, Epochs(epochs=epochs, batch=4), KEY)
    # Once each for training, on batches, and for validation, on all.
    assert sorted(seen) == [(4,), (COUNT,)]


def test_the_metric_is_of_the_whole_validation_set(examples):
    def worst(prediction, targets, lengths):
        assert isinstance(prediction, np.ndarray)
        return np.abs(prediction - targets).max()

    model, history = fit(
        line(), examples, examples, squared, Epochs(epochs=2, batch=4), KEY, metric=worst
    )
    assert len(history.metric) == 2
    made = predict(model, examples.inputs)
    assert history.metric[-1] == pytest.approx(np.abs(made - examples.targets).max())


def sequences(count=12, time=5, features=2):
    random = np.random.default_rng(1)
    inputs = random.normal(3.0, 2.0, size=(count, time, features)).astype(np.float32)
    return Examples(inputs, inputs[..., :1])


def test_batch_normalisations_learn_their_statistics_from_the_batches():
    examples = sequences()
    model = SequenceToSequence(Stack([BatchNorm(2, momentum=0.5), Dense(2, 1, key=KEY)]))
    settings = Epochs(epochs=1, batch=12, learning_rate=0.1)
    made, history = fit(model, examples, examples, squared, settings, KEY)
    norm = made.layer.layers[0]
    # One batch that holds all: half of the start, half of the batch.
    mean = examples.inputs.mean(axis=(0, 1))
    np.testing.assert_allclose(norm.mean, mean / 2, rtol=1e-5)
    variance = examples.inputs.var(axis=(0, 1))
    np.testing.assert_allclose(norm.variance, (1 + variance) / 2, rtol=1e-5)
    # What is stored is what validation and prediction use.
    stored, _ = made(jnp.asarray(examples.inputs))
    np.testing.assert_allclose(predict(made, examples.inputs), stored, rtol=1e-5)
    assert history.validation_loss[0] == pytest.approx(
        float(((stored - examples.targets) ** 2).mean()), rel=1e-4
    )


def test_dropout_acts_in_training_alone_and_anew_at_each_step():
    examples = sequences()
    seen = []

    def loss(prediction, targets, lengths):
        jax.debug.callback(lambda value: seen.append(np.asarray(value)), prediction)
        return squared(prediction, targets, lengths)

    model = SequenceToSequence(Dropout(0.5))
    made, _ = fit(model, examples, None, loss, Epochs(epochs=2, batch=12), KEY)
    jax.effects_barrier()
    masks = [value == 0 for value in seen]
    assert len(masks) == 2
    assert all(0.3 < mask.mean() < 0.7 for mask in masks)
    assert (masks[0] != masks[1]).any()
    np.testing.assert_array_equal(predict(made, examples.inputs), examples.inputs)


def test_lengths_reach_the_model_and_the_loss():
    examples = sequences()
    lengths = np.arange(1, 13) % 5 + 1

    def within(prediction, targets, lengths):
        own = jnp.arange(prediction.shape[1]) < lengths[:, None]
        return (jnp.abs(prediction[..., 0]) * ~own).sum() + (own * 1.0).sum()

    model = SequenceToSequence(Dense(2, 1, key=KEY))
    examples = Examples(examples.inputs, examples.targets, lengths)
    _, history = fit(model, examples, None, within, Epochs(epochs=1, batch=12), KEY)
    # The outputs past each end are zero.
    assert history.loss == [lengths.sum()]


@pytest.mark.parametrize("batch", [1, 3, 4, 10, 1000])
def test_predictions_in_blocks_are_those_of_all_at_once(examples, batch):
    shapes = []

    class Seen(Line):
        def __call__(self, x, lengths=None, *, key=None):
            shapes.append(x.shape)
            assert key is None
            return {"y": x @ self.weight, "own": lengths}, None

    lengths = np.arange(COUNT)
    made = predict(Seen(line().weight), examples.inputs, lengths, batch)
    np.testing.assert_allclose(made["y"], examples.inputs.sum(1) / 2, rtol=1e-5)
    np.testing.assert_array_equal(made["own"], lengths)
    assert len(shapes) == 1
    assert shapes[0][0] <= batch


def test_patience_ends_the_run_and_keeps_the_last_network(examples):
    upside_down = Examples(examples.inputs, -examples.targets)
    settings = Epochs(epochs=50, batch=5, learning_rate=0.01, patience=3)
    model, history = fit(line(), examples, upside_down, squared, settings, KEY)
    assert history.stopped == "patience"
    best = int(np.argmin(history.validation_loss))
    assert len(history.loss) == best + 1 + 3
    last = squared(predict(model, upside_down.inputs), upside_down.targets, None)
    assert history.validation_loss[-1] == pytest.approx(last, rel=1e-5)


def test_progress_is_told_after_every_epoch(examples):
    told = []
    settings = Epochs(epochs=3, batch=5)
    _, history = fit(
        line(), examples, examples, squared, settings, KEY, phase="x", on_progress=told.append
    )
    assert [(p.phase, p.step, p.steps) for p in told] == [("x", 1, 3), ("x", 2, 3), ("x", 3, 3)]
    assert [p.loss for p in told] == history.loss
    assert [p.validation for p in told] == history.validation_loss
    assert told[-1].seconds_left == 0


def test_ctrl_c_ends_the_run_with_what_is_there(examples):
    def press(progress):
        if progress.step == 2:
            raise KeyboardInterrupt

    settings = Epochs(epochs=9, batch=4, learning_rate=0.1)
    model, history = fit(line(), examples, None, squared, settings, KEY, on_progress=press)
    assert history.stopped == "interrupted"
    assert len(history.loss) == 2
    # As if those had been all of them, since the rate stays the same.
    weight, _ = reference(examples, 2, 4, settings.rates(27))
    np.testing.assert_allclose(model.weight, weight, rtol=1e-4)


def test_ctrl_c_before_the_first_epoch_has_nothing_to_keep(examples):
    calls = []

    def press(prediction, targets, lengths):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return 0.0

    with pytest.raises(KeyboardInterrupt):
        fit(line(), examples, examples, squared, Epochs(epochs=2, batch=4), KEY, metric=press)


def test_a_loss_that_is_not_finite_ends_the_run_and_is_named(examples):
    examples.inputs[3] = np.nan
    with pytest.raises(DivergedError, match=r"in epoch 1: the loss of batch \d of 3 is nan; .*0.1"):
        fit(line(), examples, None, squared, Epochs(epochs=2, batch=4, learning_rate=1.0), KEY)


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [(np.zeros((3, 2)), np.zeros(4)), (np.zeros((0, 2)), np.zeros(0)), (np.zeros(()), np.zeros(3))],
    ids=["different", "none", "a number"],
)
def test_examples_that_do_not_fit_are_refused(inputs, targets, examples):
    with pytest.raises(UsageError, match="the training examples must be arrays with one leading"):
        fit(line(), Examples(inputs, targets), None, squared, Epochs(), KEY)
    with pytest.raises(UsageError, match="the validation examples must be arrays"):
        fit(line(), examples, Examples(inputs, targets), squared, Epochs(), KEY)


def test_patience_needs_something_to_validate_on(examples):
    with pytest.raises(UsageError, match="patience needs validation examples"):
        fit(line(), examples, None, squared, Epochs(patience=2), KEY)


def test_predict_refuses_a_batch_of_nothing(examples):
    with pytest.raises(UsageError, match="batch must be a whole number of at least 1, got 0"):
        predict(line(), examples.inputs, batch=0)
