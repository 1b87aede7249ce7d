"""Row 6: one long sine, read in windows of 20, the next value forecast.

The naive forecast is over the whole sine; the text takes the later value for the forecast of the
earlier one, which by symmetry has the same error. The networks train for 10 epochs with Adam's
defaults, and the last fifth of the windows validates. The text's logs are cut at epoch 8 or 9: its
figures are of the last epoch that can be read.

784 windows and 10 epochs are 240 updates, after which one run is far better than another: with
these settings the single SimpleRNN ends anywhere from 0.00002 to 0.007. The text's figure for it is
a lucky one: of 20 runs in Keras one is as good, and most end above 0.0003.

The improved form adds the last value to its output, and its dense layer begins with zeros. So it
begins as the naive forecast and learns the change alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray
from numpy.typing import NDArray

from unspool.cells import LSTMCell, SimpleRNNCell
from unspool.chapter.experiment import Computed, Trained, Variant
from unspool.chapter.naive_forecasts import NOTHING_TO_LEARN, last_value
from unspool.data.synthetic import Windows, long_sine, long_sine_windows, sliding_windows
from unspool.layers import Convolution, Dense, Layer, Recurrent, Shortcut, Stack
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs


def simple_rnn(key: PRNGKeyArray) -> list[Layer]:
    """SimpleRNN 20, Dense 1."""
    first, last = jax.random.split(key)
    return [Recurrent(SimpleRNNCell(1, 20, key=first)), Dense(20, 1, key=last)]


def deep_rnn(key: PRNGKeyArray) -> list[Layer]:
    """SimpleRNN 20, SimpleRNN 20, Dense 1."""
    first, second, last = jax.random.split(key, 3)
    return [
        Recurrent(SimpleRNNCell(1, 20, key=first)),
        Recurrent(SimpleRNNCell(20, 20, key=second)),
        Dense(20, 1, key=last),
    ]


def convolution_lstm(key: PRNGKeyArray) -> list[Layer]:
    """A causal convolution of 32 filters over 3 values, LSTM 20, Dense 1."""
    first, second, last = jax.random.split(key, 3)
    return [
        Convolution(1, 32, 3, padding="causal", activation="relu", key=first),
        Recurrent(LSTMCell(32, 20, key=second)),
        Dense(20, 1, key=last),
    ]


def plain(layers: list[Layer]) -> SequenceToVector:
    """(batch, 20, 1) -> (batch, 1), what the layers give at the last step."""
    return SequenceToVector(Stack(layers))


def from_the_last_value(layers: list[Layer]) -> SequenceToVector:
    """The same, added to the last value, and 0 at first."""
    *below, dense = layers
    silent = eqx.tree_at(lambda layer: layer.weight, dense, replace_fn=jnp.zeros_like)
    return SequenceToVector(Shortcut(Stack([*below, silent])))


TEN_EPOCHS = Epochs(epochs=10, batch=32, learning_rate=1e-3)
ONE_CYCLE = Epochs(epochs=10, batch=32, learning_rate=1e-2, schedule="one-cycle")
BEGINS_NAIVE = "the last value is added to an output that begins at 0; one-cycle rate up to 0.01"

sine_simple_rnn = Trained(
    data=long_sine_windows,
    model=lambda key: plain(simple_rnn(key)),
    settings=TEN_EPOCHS,
    improved=Variant(
        how=BEGINS_NAIVE,
        model=lambda key: from_the_last_value(simple_rnn(key)),
        settings=ONE_CYCLE,
    ),
)

sine_deep_rnn = Trained(
    data=long_sine_windows,
    model=lambda key: plain(deep_rnn(key)),
    settings=TEN_EPOCHS,
    improved=Variant(
        how=BEGINS_NAIVE,
        model=lambda key: from_the_last_value(deep_rnn(key)),
        settings=ONE_CYCLE,
    ),
)

sine_convolution_lstm = Trained(
    data=long_sine_windows,
    model=lambda key: plain(convolution_lstm(key)),
    settings=TEN_EPOCHS,
    improved=Variant(
        how=BEGINS_NAIVE,
        model=lambda key: from_the_last_value(convolution_lstm(key)),
        settings=ONE_CYCLE,
    ),
)


def whole_sine() -> Sequence[Windows]:
    """Nothing to train on; every value to validate on, with the one before it."""
    every = sliding_windows(long_sine(), 1)
    return Windows(every.inputs[:0], every.targets[:0]), every


def mean_absolute_error(prediction: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
    """As a figure."""
    return float(np.mean(np.abs(prediction.astype(np.float64) - targets)))


sine_naive = Computed(whole_sine, last_value, improved=NOTHING_TO_LEARN, figure=mean_absolute_error)
