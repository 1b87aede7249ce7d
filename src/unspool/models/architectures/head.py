"""The affine map from a network's last features to what it forecasts."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import initialisation


def linear(inputs: int, outputs: int, key: PRNGKeyArray) -> eqx.nn.Linear:
    """`eqx.nn.Linear` with the weights that it draws itself, without compiling for its sizes."""
    shapes = eqx.filter_eval_shape(eqx.nn.Linear, inputs, outputs, key=key)
    weight_key, bias_key = jax.random.split(key)
    limit = inputs**-0.5
    drawn = (
        initialisation.uniform(weight_key, outputs, inputs, limit=limit),
        initialisation.uniform(bias_key, outputs, limit=limit),
    )
    made: Any = eqx.tree_at(lambda head: (head.weight, head.bias), shapes, drawn)
    return made  # type: ignore[no-any-return]
