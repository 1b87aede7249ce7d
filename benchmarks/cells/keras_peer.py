"""Keras, on the backend that the environment variable KERAS_BACKEND names when this is imported."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from benchmarks.cells import sizes
from benchmarks.cells.equations import EQUATIONS, NORM_EPSILON, Library
from benchmarks.cells.sizes import Data, Size
from benchmarks.cells.weights import Weights, drawn
from benchmarks.workers.versions import installed

BACKEND = keras.backend.backend()
if BACKEND == "tensorflow":
    import tensorflow

    # The driver names the number in TF_NUM_INTRAOP_THREADS, which some builds do not heed.
    THREADS = int(os.environ["OMP_NUM_THREADS"])
    tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
    tensorflow.config.threading.set_inter_op_parallelism_threads(THREADS)

BUILT_IN = {
    "simple_rnn": keras.layers.SimpleRNN,
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
    "gru_lengths": keras.layers.GRU,
}


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    backend = ("jax", "jaxlib") if BACKEND == "jax" else ("tensorflow",)
    if backend == ("tensorflow",):
        return {**installed("keras"), "tensorflow": tensorflow.__version__}
    return installed("keras", *backend)


def normalise(values: Any, gain: Any, bias: Any) -> Any:
    """Layer norm of the last axis."""
    centred = values - keras.ops.mean(values, axis=-1, keepdims=True)
    variance = keras.ops.mean(keras.ops.square(centred), axis=-1, keepdims=True)
    scaled = centred * keras.ops.rsqrt(variance + NORM_EPSILON) * gain
    return scaled if bias is None else scaled + bias


LIBRARY = Library(
    sigmoid=keras.ops.sigmoid,
    tanh=keras.ops.tanh,
    split=lambda rows, parts: keras.ops.split(rows, parts, axis=-1),
    join=lambda parts: keras.ops.concatenate(parts, axis=-1),
    normalise=normalise,
)


class WrittenCell(keras.layers.Layer):  # type: ignore[misc]
    """A cell of `EQUATIONS` for `keras.layers.RNN`."""

    def __init__(self, cell: str, units: int, weights: Weights) -> None:
        super().__init__()
        self.equations, self.units, self.given = EQUATIONS[cell], units, weights
        self.state_size = [units] * self.equations.states
        self.output_size = units

    def build(self, input_shape: Any) -> None:
        """Make the weights, with the values that were given."""
        self.own = {
            name: self.add_weight(
                name=name,
                shape=array.shape,
                initializer=lambda shape, dtype=None, array=array: keras.ops.array(array),
            )
            for name, array in self.given.items()
        }
        self.built = True

    def call(self, inputs: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        """One step."""
        own = {name: variable.value for name, variable in self.own.items()}
        product = keras.ops.matmul(inputs, own["input_kernel"])
        values = self.equations.from_input(LIBRARY, own, product)
        following = self.equations.step(LIBRARY, own, values, tuple(states))
        return following[0], list(following)


def in_keras_order(cell: str, weights: Weights) -> list[np.ndarray[Any, Any]]:
    """The weights as `set_weights` of Keras's own layer takes them."""
    kernels = [weights["input_kernel"], weights["state_kernel"]]
    if not cell.startswith("gru"):
        return [*kernels, weights["bias"]]
    second = np.zeros_like(weights["bias"])
    second[-len(weights["candidate_state_bias"]) :] = weights["candidate_state_bias"]
    arrays = [*kernels, np.stack([weights["bias"], second])]

    def update_first(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        reset, update, candidate = np.split(array, 3, axis=-1)
        return np.concatenate([update, reset, candidate], axis=-1)

    return [update_first(array) for array in arrays]


class OneBias(keras.constraints.Constraint):  # type: ignore[misc]
    """The second row of a GRU's bias stays zero where it is only added to the first.

    Both get the first's gradient, so that their sum learns twice as fast as a single bias.
    """

    def __init__(self, units: int) -> None:
        self.counts = np.ones((2, 3 * units), np.float32)
        self.counts[1, : 2 * units] = 0

    def __call__(self, w: Any) -> Any:
        """The rows as they may be."""
        return w * self.counts


def model(cell: str, size: Size, one_bias: bool = False) -> Any:
    """The layers, with the weights that all libraries start from."""
    layers, head = drawn(cell, size)
    made: list[Any] = [keras.Input((size.time, size.inputs))]
    fill: list[tuple[Any, list[Any]]] = []
    if cell == "gru_lengths":
        made.append(keras.layers.Masking(0.0))
    for weights, dilation in zip(layers, sizes.DILATIONS, strict=False):
        if cell == "convolution":
            layer = keras.layers.Conv1D(
                size.units,
                sizes.KERNEL,
                padding="causal",
                dilation_rate=dilation,
                activation="relu",
            )
            fill.append((layer, [weights["kernel"], weights["bias"]]))
        elif cell in BUILT_IN:
            constraint = OneBias(size.units) if one_bias and cell.startswith("gru") else None
            layer = BUILT_IN[cell](size.units, return_sequences=True, bias_constraint=constraint)
            fill.append((layer, in_keras_order(cell, weights)))
        else:
            written = WrittenCell(cell, size.units, weights)
            layer = keras.layers.RNN(written, return_sequences=True)
        made.append(layer)
    dense = keras.layers.Dense(sizes.OUTPUTS)
    fill.append((dense, [head["kernel"], head["bias"]]))
    network = keras.Sequential([*made, dense])
    for layer, arrays in fill:
        layer.set_weights(arrays)
    return network


class Clock(keras.callbacks.Callback):  # type: ignore[misc]
    """Seconds from the beginning of the first epoch to the end of the last."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Nothing has begun."""
        self.began: float | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """The first one counts."""
        self.began = self.began or time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The last one counts."""
        self.seconds = time.perf_counter() - (self.began or 0.0)


class Fit:
    """`fit`, as in the chapter; or with every step compiled by XLA. A `Job` of the workers."""

    def __init__(self, network: Any, data: Data, size: Size, variant: str, check: bool) -> None:
        self.network, self.data, self.size, self.facts = network, data, size, dict[str, Any]()
        compiled = {"jit_compile": True} if variant == "fit, jit_compile" else {}
        adam = keras.optimizers.Adam(sizes.LEARNING_RATE, epsilon=sizes.EPSILON)
        rule = keras.optimizers.SGD(sizes.CHECKED_RATE) if check else adam
        network.compile(loss="mse", optimizer=rule, **compiled)

    def run(self) -> float:
        """An epoch in shuffled order; seconds for one training step."""
        clock = Clock()
        self.network.fit(
            self.data.x,
            self.data.y,
            batch_size=self.size.batch,
            epochs=1,
            verbose=0,
            callbacks=[clock],
        )
        return clock.seconds / self.size.batches

    def result(self) -> list[float]:
        """The losses of the first steps, from the starting weights and in order."""
        found = []
        for rows in sizes.in_order(self.size, sizes.CHECKED):
            # What train_on_batch returns is the mean since the last reset.
            self.network.reset_metrics()
            found.append(float(self.network.train_on_batch(self.data.x[rows], self.data.y[rows])))
        return found


class TrainStep:
    """Keras's own training step under `jax.jit`, without `fit` around it. A `Job`."""

    def __init__(self, network: Any, data: Data, size: Size) -> None:
        import jax
        import jax.numpy as jnp

        self.size, self.facts = size, dict[str, Any]()
        self.random = np.random.default_rng(2)
        self.x, self.y = jnp.asarray(data.x), jnp.asarray(data.y)
        rule = keras.optimizers.Adam(sizes.LEARNING_RATE, epsilon=sizes.EPSILON)
        network.compile(loss="mse", optimizer=rule)
        rule.build(network.trainable_variables)
        network.train_on_batch(data.x[: size.batch], data.y[: size.batch])  # makes the metrics
        kinds = ("trainable", "non_trainable", "metrics")
        variables = [getattr(network, f"{kind}_variables") for kind in kinds]
        variables.insert(2, rule.variables)
        self.state = tuple([variable.value for variable in kind] for kind in variables)

        def step(state: Any, x: Any, y: Any, rows: Any) -> tuple[Any, Any]:
            logs, following = network.train_step(state, (x[rows], y[rows]))
            return logs, following

        self.step = jax.jit(step)
        self.wait = jax.block_until_ready

    def run(self) -> float:
        """An epoch in shuffled order; seconds for one training step."""
        began = time.perf_counter()
        for rows in sizes.shuffled(self.random, self.size):
            _, self.state = self.step(self.state, self.x, self.y, rows)
        self.wait(self.state)
        return (time.perf_counter() - began) / self.size.batches

    def result(self) -> None:
        """`Fit` is the one that is compared."""


def prepare(task: dict[str, Any]) -> Fit | TrainStep:
    """`variant` is "fit", "fit, jit_compile" or "train_step"; `check` is for comparing losses."""
    size, cell = sizes.size_of(task), task["cell"]
    check = task.get("check", False)
    network, data = model(cell, size, one_bias=check), sizes.data(cell, size)
    if task["variant"] == "train_step":
        return TrainStep(network, data, size)
    return Fit(network, data, size, task["variant"], check)


def forget() -> None:
    """Drop what Keras keeps of models that are gone."""
    keras.backend.clear_session()
