"""Row 4: three simple recurrent layers, the last of one unit, forecast the next value.

The last layer's only unit is both its memory and the forecast, so it remembers next to nothing;
row 5 has a dense layer there.
"""

from __future__ import annotations

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import SimpleRNNCell
from unspool.chapter.experiment import Trained, Variant
from unspool.data.synthetic import one_step
from unspool.layers import Recurrent, Stack
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs


def model(key: PRNGKeyArray) -> SequenceToVector:
    """(batch, time, 1) -> (batch, 1)."""
    first, second, third = jax.random.split(key, 3)
    return SequenceToVector(
        Stack(
            [
                Recurrent(SimpleRNNCell(1, 20, key=first)),
                Recurrent(SimpleRNNCell(20, 20, key=second)),
                Recurrent(SimpleRNNCell(20, 1, key=third)),
            ]
        )
    )


experiment = Trained(
    data=one_step,
    model=model,
    settings=Epochs(epochs=20, batch=32, learning_rate=1e-3),
    improved=Variant(
        how="learning rate from 0.005 down along a cosine, gradient clipped to norm 0.1",
        settings=Epochs(epochs=20, learning_rate=5e-3, schedule="cosine", clip_norm=0.1),
    ),
)
