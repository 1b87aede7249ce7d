"""Row 9: the model of row 5, which forecasts one step, forecasts ten by reading its own forecasts.

It is trained on 51 values from 0 to 1 and used on series of 60 values, as in the text. Errors are
read again as if they were values, so that they grow from step to step.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from unspool.chapter import deep_rnn_dense
from unspool.chapter.experiment import Trained
from unspool.data.synthetic import one_step, ten_steps
from unspool.models.shapes import SequenceToVector


@eqx.filter_jit
def ten_values(
    model: SequenceToVector, inputs: Float[Array, "batch time 1"], lengths: None = None
) -> Float[Array, "batch 10"]:
    """Ten forecasts, each of them the next input; the states go on from where they are."""
    layers: Any = model.layer
    head: Any = model.head
    outputs, state = layers(inputs)

    def step(carry: tuple[Array, Any], _: None) -> tuple[tuple[Array, Any], Array]:
        hidden, state = carry
        value = head(hidden[:, None])[0][:, 0]  # (batch, 1)
        return layers.step(value, state), value[:, 0]

    _, values = jax.lax.scan(step, (outputs[:, -1], state), None, length=10)
    return jnp.swapaxes(values, 0, 1)


experiment = Trained(
    data=one_step,
    model=deep_rnn_dense.model,
    improved=deep_rnn_dense.faster,
    judged_on=ten_steps,
    forecast=ten_values,
)
