"""One step of gradient descent: loss, gradient, clipping, the optimiser's direction, new weights.

Whatever trains here calls `descend` within its compiled loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float


class Descent(NamedTuple):
    """What a step leaves: new weights and memory; the loss, the gradient's norm before clipping.

    extra: what the loss function handed out beside the loss.
    """

    arrays: Any
    memory: optax.OptState
    loss: Float[Array, ""]
    norm: Float[Array, ""]
    extra: Any


def optimiser(
    name: str = "adam", *, clip_norm: float | None = None, clip_value: float | None = None
) -> optax.GradientTransformation:
    """Clipping, then "adam" (Kingma & Ba 2015) or "nadam" (Dozat 2016); the step applies the rate.

    clip_norm: the gradient of all weights together is shortened to this norm (Pascanu, Mikolov and
    Bengio 2013, algorithm 1). clip_value: each of its elements is held within +-clip_value.
    """
    rules = [] if clip_value is None else [optax.clip(clip_value)]
    rules += [] if clip_norm is None else [optax.clip_by_global_norm(clip_norm)]
    return optax.chain(*rules, optax.scale_by_adam(nesterov=name == "nadam"))


def at_rest(rule: optax.GradientTransformation, weights: Any) -> optax.OptState:
    """What a rule of `optimiser` remembers before the first step: zeros, whatever the rule.

    weights: arrays, or their shapes alone. `rule.init` gives the same, but JAX would compile each
    array that it makes, which takes longer than a small network's first epoch.
    """
    shapes = jax.eval_shape(rule.init, weights)
    return jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)


def descend(
    loss_of: Callable[[Any], tuple[Array, Any]],
    arrays: Any,
    memory: optax.OptState,
    rule: optax.GradientTransformation,
    rate: Float[Array, ""],
    weight_decay: float = 0.0,
) -> Descent:
    """One step. loss_of: weights -> (loss, extra); rule: of `optimiser`; rate: how far to go.

    weight_decay: the share of `rate` that is taken off every weight beside it.
    """
    (loss, extra), gradient = jax.value_and_grad(loss_of, has_aux=True)(arrays)
    direction, memory = rule.update(gradient, memory)
    if weight_decay:
        direction = jax.tree.map(lambda a, d: d + weight_decay * a, arrays, direction)
    arrays = jax.tree.map(lambda a, d: a - rate * d, arrays, direction)
    norm = jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(gradient)))
    return Descent(arrays, memory, loss, norm, extra)
