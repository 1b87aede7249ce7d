"""Row 18: a convolution that halves the number of steps, then two GRU layers.

The convolution (20 filters over 4 values, stride 2, no padding) makes 24 steps of 50: the GRU has
half as far to remember. Its step i has seen the inputs up to 2 i + 3, so that the targets are those
of every second step from index 3 on. Adam with its defaults, 20 epochs; the next ten values at
every step that is left, the figure is the last one's.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import GRUCell
from unspool.chapter.experiment import Trained, Variant, last_step_error
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
                Recurrent(GRUCell(20, 20, key=second)),
                Recurrent(GRUCell(20, 20, key=third)),
                Dense(20, 10, key=last),
            ]
        )
    )


experiment = Trained(
    data=data,
    model=model,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    figure=last_step_error,
    improved=Variant(
        how="one-cycle learning rate up to 0.01, gradient clipped to norm 1",
        settings=Epochs(epochs=20, learning_rate=1e-2, schedule="one-cycle", clip_norm=1.0),
    ),
)
