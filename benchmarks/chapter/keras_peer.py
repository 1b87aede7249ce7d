"""Keras on TensorFlow: the chapter's experiments by `fit`, as its texts have them."""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

import keras
import numpy as np
import tensorflow

from benchmarks.chapter import networks
from benchmarks.workers.versions import installed

# The driver names the number in TF_NUM_INTRAOP_THREADS, which some builds do not heed.
THREADS = int(os.environ["OMP_NUM_THREADS"])
tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
tensorflow.config.threading.set_inter_op_parallelism_threads(THREADS)

Arrays = dict[str, np.ndarray[Any, Any]]


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    return {**installed("keras"), "tensorflow": tensorflow.__version__}


class Rates(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A learning rate for every update."""

    def __init__(self, rates: list[float]) -> None:
        self.rates = tensorflow.constant(rates, tensorflow.float32)

    def __call__(self, step: Any) -> Any:
        """The rate of one update, the last one after the end."""
        last = len(self.rates) - 1
        return tensorflow.gather(
            self.rates, tensorflow.minimum(tensorflow.cast(step, "int32"), last)
        )


class ResetStates(keras.callbacks.Callback):  # type: ignore[misc]
    """Stateful layers begin every epoch, and every validation, with zeros."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin."""
        self._reset()

    def on_test_begin(self, logs: Any = None) -> None:
        """Begin."""
        self._reset()

    def _reset(self) -> None:
        for layer in self.model.layers:
            if hasattr(layer, "reset_states"):
                layer.reset_states()


def fitted(network: Any, task: dict[str, Any], arrays: Arrays, loss: Any = "mse") -> Any:
    """The network after `fit` with the experiment's settings."""
    kind = {"adam": keras.optimizers.Adam, "nadam": keras.optimizers.Nadam}[task["optimiser"]]
    rate = task["learning_rate"] if task["rates"] is None else Rates(task["rates"])
    rule = kind(rate, global_clipnorm=task["clip_norm"], clipvalue=task["clip_value"])
    stateful = task["name"] == "text-generator"
    callbacks = [ResetStates()] if stateful else []
    if task["patience"] is not None:
        callbacks.append(keras.callbacks.EarlyStopping(patience=task["patience"]))
    network.compile(loss=loss, optimizer=rule)
    x, vx = (
        [arrays[name], arrays[f"{name}2"]] if f"{name}2" in arrays else arrays.get(name)
        for name in ("x", "vx")
    )
    network.fit(
        x,
        arrays["y"],
        batch_size=task["batch"],
        epochs=task["epochs"],
        validation_data=None if vx is None else (vx, arrays["vy"]),
        validation_batch_size=task["batch"] if stateful else None,
        shuffle=not stateful,
        callbacks=callbacks,
        verbose=0,
    )
    return network


def squared_error(predictions: Any, targets: Any) -> float:
    """The mean over everything; of sequences the last step's."""
    if targets.ndim == 3:
        predictions, targets = predictions[:, -1], targets[:, -1]
    return float(np.mean((predictions - targets) ** 2))


def forecast(task: dict[str, Any], arrays: Arrays) -> float:
    """Most experiments: fit, predict, the mean squared error."""
    network = fitted(networks.NETWORKS[task["name"]](keras, arrays), task, arrays)
    return squared_error(network.predict(arrays["vx"], verbose=0), arrays["vy"])


def iterated(task: dict[str, Any], arrays: Arrays) -> float:
    """Ten steps, each forecast put behind the series."""
    network = fitted(networks.NETWORKS[task["name"]](keras, arrays), task, arrays)
    series = arrays["jx"]
    for _ in range(10):
        value = network.predict(series, verbose=0)
        series = np.concatenate([series, value[:, None]], axis=1)
    return squared_error(series[:, -10:, 0], arrays["jy"])


def reber(task: dict[str, Any], arrays: Arrays) -> float:
    """Accuracy; codes from 1, so that 0 is what lies past the end."""
    given = dict(arrays)
    for x, lengths in (("x", "lengths"), ("vx", "vlengths")):
        inside = np.arange(arrays[x].shape[1]) < arrays[lengths][:, None]
        given[x] = np.where(inside, arrays[x] + 1, 0)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network = fitted(networks.reber(keras, given), task, given, loss)
    scores = network.predict(given["vx"], verbose=0)
    return float(np.mean((scores > 0) == (given["vy"] > 0.5)))


def encoder_decoder(task: dict[str, Any], arrays: Arrays) -> float:
    """Accuracy when the decoder reads its own; a target of -1 is past the end."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    network = fitted(networks.NETWORKS[task["name"]](keras, arrays), task, arrays, loss)
    before = np.zeros_like(arrays["vx2"])
    for step in range(before.shape[1]):
        scores = network.predict([arrays["vx"], before], verbose=0)
        if step + 1 < before.shape[1]:
            before[:, step + 1] = np.eye(8)[scores[:, step].argmax(axis=-1)]
    own = arrays["vy"] >= 0
    return float((scores.argmax(axis=-1) == arrays["vy"])[own].mean())


def text_generator(task: dict[str, Any], arrays: Arrays) -> float:
    """Nats of the next character; nothing is written."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network = fitted(networks.text_generator(keras, arrays), task, arrays, loss)
    return float(network.history.history["val_loss"][-1])


def wavenet_categorical(task: dict[str, Any], arrays: Arrays) -> float:
    """Nats of the next value's class: another figure than ours, after the same training."""
    classes = np.sign(arrays["y"]) * np.log1p(255 * np.abs(arrays["y"])) / np.log(256)
    given = {**arrays, "y": np.rint((np.clip(classes[..., :1], -1, 1) + 1) / 2 * 255)}
    del given["vx"], given["vy"]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network = fitted(networks.wavenet_categorical(keras, given), task, given, loss)
    return float(network.history.history["loss"][-1])


def strategies(task: dict[str, Any], arrays: Arrays) -> float:
    """Three networks, and 50 iterated forecasts; the vector's error."""
    plain = {name: arrays[name] for name in ("x", "y")}
    one = {**plain, "y": arrays["y"][:, :1]}
    iterating = fitted(networks.to_vector(keras, one), task, one)
    vector = fitted(networks.to_vector(keras, plain), task, plain)
    every = {**plain, "y": arrays["every"]}
    layers = networks.two(keras, "SimpleRNN")
    outputs = arrays["y"].shape[1]
    sequence = fitted(networks.at_every_step(keras, *layers, outputs=outputs), task, every)
    window = arrays["vx"]
    for _ in range(outputs):
        value = iterating.predict(window, verbose=0)
        window = np.concatenate([window[:, 1:], value[:, None]], axis=1)
    sequence.predict(arrays["vx"], verbose=0)
    return squared_error(vector.predict(arrays["vx"], verbose=0), arrays["vy"])


def cells_compared(task: dict[str, Any], arrays: Arrays) -> float:
    """Three kinds of cell from several seeds each; the best median."""
    plain = {name: arrays[name] for name in ("x", "y")}
    medians = []
    for layer in ("SimpleRNN", "LSTM", "GRU"):
        reached = []
        for seed in range(int(arrays["runs"])):
            keras.utils.set_random_seed(seed)
            network = fitted(networks.one_layer(keras, plain, layer), task, plain)
            reached.append(squared_error(network.predict(arrays["vx"], verbose=0), arrays["vy"]))
        medians.append(statistics.median(reached))
    return min(medians)


OTHERS = {
    "iterated": iterated,
    "reber": reber,
    "encoder-decoder": encoder_decoder,
    "attention-decoder": encoder_decoder,
    "text-generator": text_generator,
    "wavenet-categorical": wavenet_categorical,
    "strategies": strategies,
    "cells-compared": cells_compared,
}


class Work:
    """One experiment, once. A `Job` of the workers."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.task, self.facts = task, dict[str, Any]()
        self.arrays = dict(np.load(task["arrays"]))

    def run(self) -> float:
        """Seconds of the whole experiment."""
        seconds: float = self.result()["seconds"]
        return seconds

    def result(self) -> dict[str, Any]:
        """Seconds from making the network to the figure, and the figure."""
        keras.backend.clear_session()
        keras.utils.set_random_seed(0)
        began = time.perf_counter()
        figure = OTHERS.get(self.task["name"], forecast)(self.task, self.arrays)
        return {"seconds": time.perf_counter() - began, "figure": figure}


def prepare(task: dict[str, Any]) -> Work:
    """A task of `work.work_of`."""
    return Work(task)


def forget() -> None:
    """Drop what Keras keeps of models that are gone."""
    keras.backend.clear_session()
