"""Row 17: two GRU layers forecast the next ten values at every step.

As row 16 with three gates' worth of weights for four. The reset gate acts on the product of state
and weights, as in Keras and cuDNN; Cho et al. (2014) apply it to the state before the product,
`GRUCell(..., reset_after=False)`.
"""

from __future__ import annotations

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import GRUCell
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
                Recurrent(GRUCell(1, 20, key=first)),
                Recurrent(GRUCell(20, 20, key=second)),
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
        how="one-cycle learning rate up to 1e-2, gradient clipped to norm 1",
        settings=Epochs(epochs=20, learning_rate=1e-2, schedule="one-cycle", clip_norm=1.0),
    ),
)
