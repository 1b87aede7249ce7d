"""Activations by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from unspool import arguments

Activation = Literal["linear", "relu", "tanh", "sigmoid", "elu", "gelu", "softmax"]

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda values: values,
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "elu": jax.nn.elu,
    "gelu": jax.nn.gelu,
    "softmax": jax.nn.softmax,
}


def checked(name: str) -> str:
    """`name` if it is that of an activation, else a UsageError that lists them."""
    return arguments.choice("activation", name, tuple(FUNCTIONS))


def activate(name: str, values: Float[Array, "*axes features"]) -> Float[Array, "*axes features"]:
    """The activation of each value; "softmax" is that of the last axis."""
    return FUNCTIONS[name](values)
