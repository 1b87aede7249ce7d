"""Row 13: two simple recurrent layers, each followed by batch normalisation.

Each feature of a layer's outputs is brought to mean 0 and variance 1 over all series and steps of
a batch. That is between the layers and not within them, where it would be needed: what passes from
step to step is normalised by no layer here, and the figure is worse than without. Adam with its
defaults, 20 epochs; the next ten values at every step, the figure is the last step's.
"""

from __future__ import annotations

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import SimpleRNNCell
from unspool.chapter.experiment import Trained, Variant, last_step_error
from unspool.data.synthetic import ten_at_every_step
from unspool.layers import BatchNorm, Dense, Recurrent, Stack
from unspool.models.shapes import SequenceToSequence
from unspool.training.epochs import Epochs


def model(key: PRNGKeyArray) -> SequenceToSequence:
    """(batch, time, 1) -> (batch, time, 10)."""
    first, second, last = jax.random.split(key, 3)
    return SequenceToSequence(
        Stack(
            [
                Recurrent(SimpleRNNCell(1, 20, key=first)),
                BatchNorm(20),
                Recurrent(SimpleRNNCell(20, 20, key=second)),
                BatchNorm(20),
                Dense(20, 10, key=last),
            ]
        )
    )


experiment = Trained(
    data=ten_at_every_step,
    model=model,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    figure=last_step_error,
    improved=Variant(
        how="one-cycle learning rate up to 0.01, gradient clipped to norm 1",
        settings=Epochs(epochs=20, learning_rate=1e-2, schedule="one-cycle", clip_norm=1.0),
    ),
)
