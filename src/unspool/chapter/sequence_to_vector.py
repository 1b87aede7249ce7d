"""Row 11: two simple recurrent layers, and a dense one that forecasts ten values at once.

No forecast is read again, so errors do not add up as in row 9.
"""

from __future__ import annotations

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import SimpleRNNCell
from unspool.chapter.experiment import Trained, Variant
from unspool.data.synthetic import ten_steps
from unspool.layers import Dense, Recurrent, Stack
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs


def model(key: PRNGKeyArray) -> SequenceToVector:
    """(batch, time, 1) -> (batch, 10)."""
    first, second, last = jax.random.split(key, 3)
    return SequenceToVector(
        Stack(
            [
                Recurrent(SimpleRNNCell(1, 20, key=first)),
                Recurrent(SimpleRNNCell(20, 20, key=second)),
            ]
        ),
        head=Dense(20, 10, key=last),
    )


experiment = Trained(
    data=ten_steps,
    model=model,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    improved=Variant(
        how="learning rate from 0.005 down along a cosine, gradient clipped to norm 0.1",
        settings=Epochs(epochs=20, learning_rate=5e-3, schedule="cosine", clip_norm=0.1),
    ),
)
