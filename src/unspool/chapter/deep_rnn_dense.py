"""Row 5: two simple recurrent layers and a dense one forecast the next value.

The last time step's 20 states are all that the dense layer reads: sequence to vector. Better and
faster than row 4, whose last layer was recurrent too.
"""

from __future__ import annotations

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import SimpleRNNCell
from unspool.chapter.experiment import Trained, Variant
from unspool.data.synthetic import one_step
from unspool.layers import Dense, Recurrent, Stack
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs


def model(key: PRNGKeyArray) -> SequenceToVector:
    """(batch, time, 1) -> (batch, 1)."""
    first, second, last = jax.random.split(key, 3)
    return SequenceToVector(
        Stack(
            [
                Recurrent(SimpleRNNCell(1, 20, key=first)),
                Recurrent(SimpleRNNCell(20, 20, key=second)),
            ]
        ),
        head=Dense(20, 1, key=last),
    )


faster = Variant(
    how="learning rate from 0.005 down along a cosine, gradient clipped to norm 0.1",
    settings=Epochs(epochs=20, learning_rate=5e-3, schedule="cosine", clip_norm=0.1),
)
experiment = Trained(
    data=one_step,
    model=model,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    improved=faster,
)
