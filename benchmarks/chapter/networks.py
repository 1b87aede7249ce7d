"""The chapter's networks by Keras's own names, as the texts write them.

Each takes the module `keras` and the arrays of the work, so that this file can be read where Keras
is not installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Network = Callable[[Any, Any], Any]
ANY = [None, 1]  # any number of steps of one value


def sequential(keras: Any, shape: list[int | None], *layers: Any) -> Any:
    """Layers in a row."""
    return keras.Sequential([keras.Input(shape), *layers])


def linear(keras: Any, arrays: Any) -> Any:
    return sequential(
        keras, [50, 1], keras.layers.Flatten(), keras.layers.Dense(arrays["y"].shape[1])
    )


def simple_rnn(keras: Any, arrays: Any) -> Any:
    return sequential(keras, ANY, keras.layers.SimpleRNN(1))


def deep_rnn(keras: Any, arrays: Any) -> Any:
    rnn = keras.layers.SimpleRNN
    return sequential(
        keras, ANY, rnn(20, return_sequences=True), rnn(20, return_sequences=True), rnn(1)
    )


def to_vector(keras: Any, arrays: Any) -> Any:
    rnn = keras.layers.SimpleRNN
    outputs = arrays["y"].shape[1]
    return sequential(
        keras, ANY, rnn(20, return_sequences=True), rnn(20), keras.layers.Dense(outputs)
    )


def one_layer(keras: Any, arrays: Any, layer: str = "SimpleRNN") -> Any:
    return sequential(keras, ANY, getattr(keras.layers, layer)(20), keras.layers.Dense(1))


def sine_convolution_lstm(keras: Any, arrays: Any) -> Any:
    return sequential(
        keras,
        [20, 1],
        keras.layers.Conv1D(32, 3, padding="causal", activation="relu"),
        keras.layers.LSTM(20),
        keras.layers.Dense(1),
    )


def features_simple_rnn(keras: Any, arrays: Any) -> Any:
    return sequential(
        keras,
        [None, 10],
        keras.layers.Masking(0.0),
        keras.layers.SimpleRNN(32),
        keras.layers.Dense(1),
    )


def features_lstm(keras: Any, arrays: Any) -> Any:
    return sequential(
        keras,
        [None, 10],
        keras.layers.Masking(0.0),
        keras.layers.LSTM(64, return_sequences=True),
        keras.layers.LSTM(32),
        keras.layers.Dense(1),
    )


def at_every_step(keras: Any, *layers: Any, outputs: int = 10) -> Any:
    """The layers and a dense one at every step."""
    dense = keras.layers.TimeDistributed(keras.layers.Dense(outputs))
    return sequential(keras, ANY, *layers, dense)


def two(keras: Any, layer: str) -> list[Any]:
    """Two layers of 20 units that hand on their sequences."""
    return [getattr(keras.layers, layer)(20, return_sequences=True) for _ in range(2)]


def sequence_to_sequence(keras: Any, arrays: Any) -> Any:
    return at_every_step(keras, *two(keras, "SimpleRNN"))


def batch_norm(keras: Any, arrays: Any) -> Any:
    first, second = two(keras, "SimpleRNN")
    norm = keras.layers.BatchNormalization
    return at_every_step(keras, first, norm(), second, norm())


def normalised_cell(keras: Any) -> Any:
    """SimpleRNN 20 whose sums are normalised before the tanh."""

    class Cell(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.state_size = self.output_size = 20
            self.inner = keras.layers.SimpleRNNCell(20, activation=None)
            self.norm = keras.layers.LayerNormalization()

        def build(self, input_shape: Any) -> None:
            self.inner.build(input_shape)
            self.norm.build((None, 20))
            self.built = True

        def call(self, inputs: Any, states: Any) -> Any:
            outputs, _ = self.inner(inputs, states)
            following = keras.ops.tanh(self.norm(outputs))
            return following, [following]

    return Cell()


def normalised(keras: Any, *, sequences: bool = True) -> list[Any]:
    """Two layers of such cells."""
    return [
        keras.layers.RNN(normalised_cell(keras), return_sequences=True),
        keras.layers.RNN(normalised_cell(keras), return_sequences=sequences),
    ]


def layer_norm(keras: Any, arrays: Any) -> Any:
    return at_every_step(keras, *normalised(keras))


def lstm(keras: Any, arrays: Any) -> Any:
    return at_every_step(keras, *two(keras, "LSTM"))


def gru(keras: Any, arrays: Any) -> Any:
    return at_every_step(keras, *two(keras, "GRU"))


def strided(keras: Any, layer: str) -> Any:
    first = keras.layers.Conv1D(20, 4, strides=2, padding="valid")
    return at_every_step(keras, first, *two(keras, layer))


def convolution_gru(keras: Any, arrays: Any) -> Any:
    return strided(keras, "GRU")


def convolution_lstm(keras: Any, arrays: Any) -> Any:
    return strided(keras, "LSTM")


def wavenet_simple(keras: Any, arrays: Any) -> Any:
    dilated = [
        keras.layers.Conv1D(20, 2, padding="causal", activation="relu", dilation_rate=rate)
        for rate in (1, 2, 4, 8) * 2
    ]
    return sequential(keras, ANY, *dilated, keras.layers.Conv1D(10, 1))


def gated(keras: Any, outputs: int, layers: int = 5) -> Any:
    """Row 20 put right: tanh(a) sigmoid(b), residuals and skips of their own, a linear output."""
    convolution = keras.layers.Conv1D
    inputs = keras.Input(ANY)
    z = convolution(32, 2, padding="causal")(inputs)
    skips = []
    for layer in range(layers):
        both = convolution(64, 2, padding="causal", dilation_rate=2**layer)(z)
        unit = keras.ops.tanh(both[..., :32]) * keras.ops.sigmoid(both[..., 32:])
        skips.append(convolution(32, 1)(unit))
        if layer < layers - 1:
            z = keras.layers.Add()([convolution(32, 1)(unit), z])
    z = keras.ops.relu(keras.layers.Add()(skips))
    z = convolution(32, 1, activation="relu")(z)
    return keras.Model(inputs, convolution(outputs, 1)(z))


def wavenet(keras: Any, arrays: Any) -> Any:
    return gated(keras, 10)


def wavenet_nine_steps(keras: Any, arrays: Any) -> Any:
    return gated(keras, 10, layers=3)


def wavenet_categorical(keras: Any, arrays: Any) -> Any:
    return gated(keras, 256)


def reber(keras: Any, arrays: Any) -> Any:
    """Code 0 is what lies past the end."""
    return sequential(
        keras,
        [None],
        keras.layers.Embedding(8, 5, mask_zero=True),
        keras.layers.GRU(30),
        keras.layers.Dense(1),
    )


def text_generator(keras: Any, arrays: Any) -> Any:
    characters = int(arrays["characters"])
    return keras.Sequential(
        [
            keras.Input(batch_shape=(16, arrays["x"].shape[1])),
            keras.layers.Embedding(characters, 8),
            keras.layers.GRU(32, return_sequences=True, stateful=True),
            keras.layers.Dense(characters),
        ]
    )


def encoder_decoder(keras: Any, arrays: Any, *, attention: bool = False) -> Any:
    """Rows 24 and 26: steps of the encoder that are all zero are past the end."""
    read, before = keras.Input([None, 10]), keras.Input([None, 8])
    encoder = keras.layers.LSTM(32, return_sequences=True, return_state=True)
    memory, *states = encoder(keras.layers.Masking(0.0)(read))
    outputs = keras.layers.LSTM(32, return_sequences=True)(before, initial_state=states)
    if attention:
        query, key = keras.layers.Dense(32)(outputs), keras.layers.Dense(32)(memory)
        context = keras.layers.AdditiveAttention()([query, memory, key])
        outputs = keras.layers.Concatenate()([outputs, context])
    return keras.Model([read, before], keras.layers.Dense(8)(outputs))


def attention_decoder(keras: Any, arrays: Any) -> Any:
    return encoder_decoder(keras, arrays, attention=True)


def residual(keras: Any, arrays: Any) -> Any:
    """Four layers, each but the first added to what it reads."""
    inputs = keras.Input(ANY)
    z = keras.layers.SimpleRNN(20, return_sequences=True)(inputs)
    for _ in range(3):
        z = keras.layers.Add()([keras.layers.SimpleRNN(20, return_sequences=True)(z), z])
    return keras.Model(inputs, keras.layers.Dense(10)(z[:, -1]))


def layer_norm_cells(keras: Any, arrays: Any) -> Any:
    return sequential(keras, ANY, *normalised(keras, sequences=False), keras.layers.Dense(10))


def bidirectional(keras: Any, arrays: Any) -> Any:
    rnn = keras.layers.SimpleRNN
    both = keras.layers.Bidirectional(rnn(10, return_sequences=True))
    return sequential(keras, ANY, both, rnn(20), keras.layers.Dense(10))


# By the experiment's name. Row 15 is row 14 here: Keras runs its cells by a loop of its own.
NETWORKS: dict[str, Network] = {
    "linear": linear,
    "linear-nadam": linear,
    "simple-rnn": simple_rnn,
    "simple-rnn-nadam": simple_rnn,
    "deep-rnn": deep_rnn,
    "deep-rnn-dense": to_vector,
    "sine-simple-rnn": one_layer,
    "sine-deep-rnn": to_vector,
    "sine-convolution-lstm": sine_convolution_lstm,
    "features-simple-rnn": features_simple_rnn,
    "features-lstm": features_lstm,
    "iterated": to_vector,
    "linear-ten": linear,
    "sequence-to-vector": to_vector,
    "sequence-to-sequence": sequence_to_sequence,
    "batch-norm": batch_norm,
    "layer-norm": layer_norm,
    "own-rnn": layer_norm,
    "lstm": lstm,
    "gru": gru,
    "convolution-gru": convolution_gru,
    "wavenet-simple": wavenet_simple,
    "wavenet": wavenet,
    "wavenet-nine-steps": wavenet_nine_steps,
    "wavenet-categorical": wavenet_categorical,
    "reber": reber,
    "encoder-decoder": encoder_decoder,
    "attention-decoder": attention_decoder,
    "text-generator": text_generator,
    "unclipped": to_vector,
    "clipped-by-value": to_vector,
    "clipped-by-norm": to_vector,
    "residual": residual,
    "layer-norm-cells": layer_norm_cells,
    "bidirectional": bidirectional,
    "convolution-lstm": convolution_lstm,
}
