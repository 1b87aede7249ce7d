"""Row 19: a simplified WaveNet, nothing but causal convolutions of growing dilation.

Each of the eight layers sees two steps, which lie 1, 2, 4, 8, 1, 2, 4, 8 apart: an output sees 31
steps, and its way back through the layers is eight long instead of fifty. No padding on the right:
an output never sees what it is to forecast. Adam with its defaults, 20 epochs; the next ten values
at every step, the figure is the last step's.
"""

from __future__ import annotations

import jax
from jaxtyping import PRNGKeyArray

from unspool.chapter.experiment import Trained, Variant, last_step_error
from unspool.data.synthetic import ten_at_every_step
from unspool.layers import Convolution, Stack
from unspool.models.shapes import SequenceToSequence
from unspool.training.epochs import Epochs

DILATIONS = (1, 2, 4, 8) * 2


def model(key: PRNGKeyArray) -> SequenceToSequence:
    """(batch, time, 1) -> (batch, time, 10)."""
    keys = jax.random.split(key, len(DILATIONS) + 1)
    sizes = (1, *(20 for _ in DILATIONS))
    dilated = [
        Convolution(size, 20, 2, dilation=rate, padding="causal", activation="relu", key=own_key)
        for size, rate, own_key in zip(sizes, DILATIONS, keys, strict=False)
    ]
    return SequenceToSequence(
        Stack([*dilated, Convolution(20, 10, 1, padding="causal", key=keys[-1])])
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
