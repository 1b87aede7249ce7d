"""Exercises: row 11 with clipped gradients, residual connections, layer norm, or both directions.

All forecast ten values at once from 50, as row 11 does, and are trained as long; beside each other
they show what each technique brings. Clipping is tried at ten times row 11's learning rate, which
it is made for: now and then a gradient is far too long, and one such step undoes many.
"""

from __future__ import annotations

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import SimpleRNNCell
from unspool.chapter import sequence_to_vector
from unspool.chapter.experiment import Trained
from unspool.data.synthetic import ten_steps
from unspool.layers import Bidirectional, Dense, Recurrent, Shortcut, Stack
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs

AN_EXERCISE = "an exercise: what it improves, or does not, is row 11"


def residual_model(key: PRNGKeyArray) -> SequenceToVector:
    """Four recurrent layers; each but the first is added to what it reads."""
    *own, last = jax.random.split(key, 5)
    layers = [Recurrent(SimpleRNNCell(1 if i == 0 else 20, 20, key=k)) for i, k in enumerate(own)]
    return SequenceToVector(
        Stack([layers[0], *(Shortcut(layer) for layer in layers[1:])]),
        head=Dense(20, 10, key=last),
    )


def normalised_model(key: PRNGKeyArray) -> SequenceToVector:
    """Cells that normalise their units before the tanh, at every step."""
    first, second, last = jax.random.split(key, 3)
    return SequenceToVector(
        Stack(
            [
                Recurrent(SimpleRNNCell(1, 20, layer_norm=True, key=first)),
                Recurrent(SimpleRNNCell(20, 20, layer_norm=True, key=second)),
            ]
        ),
        head=Dense(20, 10, key=last),
    )


def bidirectional_model(key: PRNGKeyArray) -> SequenceToVector:
    """Ten units read from each end; what they make of every step is read in order."""
    forward, backward, second, last = jax.random.split(key, 4)
    return SequenceToVector(
        Stack(
            [
                Bidirectional(
                    Recurrent(SimpleRNNCell(1, 10, key=forward)),
                    Recurrent(SimpleRNNCell(1, 10, key=backward)),
                ),
                Recurrent(SimpleRNNCell(20, 20, key=second)),
            ]
        ),
        head=Dense(20, 10, key=last),
    )


unclipped = Trained(
    ten_steps, sequence_to_vector.model, AN_EXERCISE, Epochs(epochs=20, learning_rate=1e-2)
)
clipped_by_value = Trained(
    ten_steps,
    sequence_to_vector.model,
    AN_EXERCISE,
    Epochs(epochs=20, learning_rate=1e-2, clip_value=0.01),
)
clipped_by_norm = Trained(
    ten_steps,
    sequence_to_vector.model,
    AN_EXERCISE,
    Epochs(epochs=20, learning_rate=1e-2, clip_norm=0.1),
)
residual = Trained(ten_steps, residual_model, AN_EXERCISE)
layer_norm_cells = Trained(ten_steps, normalised_model, AN_EXERCISE)
bidirectional = Trained(ten_steps, bidirectional_model, AN_EXERCISE)
