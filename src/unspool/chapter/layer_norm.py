"""Row 14: two simple recurrent layers whose cell normalises before its activation.

Each step's sums are brought to mean 0 and variance 1 over the units of the layer, then scaled,
shifted and put through tanh: no state can fade or explode. This needs no batch and is the same in
training and in use. Adam with its defaults, 20 epochs; the next ten values at every step, the
figure is the last step's.
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
                Recurrent(SimpleRNNCell(1, 20, layer_norm=True, key=first)),
                Recurrent(SimpleRNNCell(20, 20, layer_norm=True, key=second)),
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
