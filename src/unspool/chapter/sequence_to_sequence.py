"""Row 12: two simple recurrent layers forecast the next ten values at every step.

A loss at every step teaches more than one at the end alone, and its gradients have a shorter way
back. The figure is the error of the last step's ten values, the only ones that use all 50 inputs.
Adam at 0.01, ten times its default.
"""

from __future__ import annotations

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import SimpleRNNCell
from unspool.chapter.experiment import Trained, Variant, last_step_error
from unspool.data.synthetic import ten_at_every_step
from unspool.layers import Dense, Recurrent, Stack
from unspool.models.shapes import SequenceToSequence
from unspool.training.epochs import Epochs


def model(key: PRNGKeyArray) -> SequenceToSequence:
    """(batch, time, 1) -> (batch, time, 10)."""
    first, second, last = jax.random.split(key, 3)
    return SequenceToSequence(
        Stack(
            [
                Recurrent(SimpleRNNCell(1, 20, key=first)),
                Recurrent(SimpleRNNCell(20, 20, key=second)),
                Dense(20, 10, key=last),
            ]
        )
    )


experiment = Trained(
    data=ten_at_every_step,
    model=model,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-2),
    figure=last_step_error,
    improved=Variant(
        how="one-cycle learning rate up to 1e-2, gradient clipped to norm 1",
        settings=Epochs(epochs=20, learning_rate=1e-2, schedule="one-cycle", clip_norm=1.0),
    ),
)
