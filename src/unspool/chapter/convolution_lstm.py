"""An exercise: a convolution before two LSTM layers, on the task of the LSTM layers alone.

The convolution (20 filters over 4 values, stride 2) halves the number of steps: its step i has seen
the inputs up to 2 i + 3, so that its targets are those of every second step from index 3 on. The
figure is that of the last step's ten values, as without the convolution.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import LSTMCell
from unspool.chapter.experiment import Trained, last_step_error
from unspool.data.synthetic import Windows, ten_at_every_step
from unspool.layers import Convolution, Dense, Recurrent, Stack
from unspool.models.shapes import SequenceToSequence
from unspool.training.epochs import Epochs


def data() -> Sequence[Windows]:
    """Targets (n, 24, 10) for inputs (n, 50, 1)."""
    return [Windows(part.inputs, part.targets[:, 3::2]) for part in ten_at_every_step()]


def model(key: PRNGKeyArray) -> SequenceToSequence:
    """(batch, time, 1) -> (batch, (time - 4) // 2 + 1, 10)."""
    first, second, third, last = jax.random.split(key, 4)
    return SequenceToSequence(
        Stack(
            [
                Convolution(1, 20, 4, stride=2, padding="valid", key=first),
                Recurrent(LSTMCell(20, 20, key=second)),
                Recurrent(LSTMCell(20, 20, key=third)),
                Dense(20, 10, key=last),
            ]
        )
    )


experiment = Trained(
    data=data,
    model=model,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    figure=last_step_error,
    improved="the texts print no figure for it",
)
