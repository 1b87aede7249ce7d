"""Row 7: sequences of ten features and of any length to one value.

The text builds these two networks and has no data for them. Here the value is a sum of one
combination of the features that fades by a fifth with each step, over 10 to 30 steps; its variance
is 1, so that a figure of 1 would mean that nothing was learned. The prediction is what the network
says at each sequence's own last step.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import LSTMCell, SimpleRNNCell
from unspool.chapter.experiment import Trained
from unspool.data.synthetic import feature_sequences
from unspool.layers import Dense, Recurrent, Stack
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs


def data() -> Sequence[Sequence[object]]:
    """2,000 sequences to train on and 500 to validate on."""
    every = feature_sequences(2_500)
    return [part[:2_000] for part in every], [part[2_000:] for part in every]


def simple_rnn(key: PRNGKeyArray) -> SequenceToVector:
    """SimpleRNN 32, Dense 1: (batch, time, 10) -> (batch, 1)."""
    first, last = jax.random.split(key)
    return SequenceToVector(
        Recurrent(SimpleRNNCell(10, 32, key=first)), head=Dense(32, 1, key=last)
    )


def lstm(key: PRNGKeyArray) -> SequenceToVector:
    """LSTM 64, LSTM 32, Dense 1: (batch, time, 10) -> (batch, 1)."""
    first, second, last = jax.random.split(key, 3)
    return SequenceToVector(
        Stack(
            [
                Recurrent(LSTMCell(10, 64, key=first)),
                Recurrent(LSTMCell(64, 32, key=second)),
            ]
        ),
        head=Dense(32, 1, key=last),
    )


NO_FIGURE = "the texts print no figure for it"

features_simple_rnn = Trained(
    data=data, model=simple_rnn, settings=Epochs(epochs=10), improved=NO_FIGURE
)
features_lstm = Trained(data=data, model=lstm, settings=Epochs(epochs=10), improved=NO_FIGURE)
