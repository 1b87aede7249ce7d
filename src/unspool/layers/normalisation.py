"""Layer and batch normalisation of what passes from one layer to the next."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool import arguments
from unspool.cells import initialisation
from unspool.cells.normalisation import EPSILON
from unspool.errors import UsageError
from unspool.layers import checks
from unspool.layers.layer import CausalLayer
from unspool.layers.masks import own_steps, within
from unspool.layers.pointwise import Pointwise
from unspool.layers.scan import select


class LayerNorm(Pointwise):
    """Each step's features brought to mean 0 and variance 1, then scaled and shifted.

        y = (x - mean(x)) / sqrt(var(x) + epsilon) * scale + shift

    Mean and variance are those of one step's own features (Ba, Kiros and Hinton 2016, equations 3
    and 4), so nothing passes from step to step or from row to row.
    """

    scale: Float[Array, " size"]
    shift: Float[Array, " size"]
    input_size: int = eqx.field(static=True)
    epsilon: float = eqx.field(static=True)

    def __init__(self, size: int, epsilon: float = EPSILON) -> None:
        self.input_size = arguments.size("size", size)
        self.epsilon = positive("epsilon", epsilon)
        self.scale = initialisation.ones(self.input_size)
        self.shift = initialisation.zeros(self.input_size)

    def transformed(
        self, x: Float[Array, "*axes size"], key: PRNGKeyArray | None
    ) -> Float[Array, "*axes size"]:
        """x normalised over its last axis, scaled and shifted."""
        centred = x - jnp.mean(x, axis=-1, keepdims=True)
        variance = jnp.mean(centred**2, axis=-1, keepdims=True)
        return centred * jax.lax.rsqrt(variance + self.epsilon) * self.scale + self.shift


class Statistics(NamedTuple):
    """The running mean and variance of each feature, both (size,)."""

    mean: Float[Array, " size"]
    variance: Float[Array, " size"]


class BatchNorm(CausalLayer):
    """Each feature brought to mean 0 and variance 1 over a batch, then scaled and shifted.

        y = (x - mean) / sqrt(variance + epsilon) * scale + shift

    In training, with a key, mean and variance are those of all steps of the batch that lie within
    the lengths (Ioffe and Szegedy 2015, algorithm 1), and the running ones move towards them:

        running = momentum * running + (1 - momentum) * batch's

    Without a key, or with `inference`, the running ones are used, and each step is by itself: the
    layer is causal then.

    The state is the running `Statistics`, or None for those that the layer stores in `mean` and
    `variance`; unlike other states it has no batch axis. A layer is never changed: training hands
    the moved statistics back as the state, and `settle` puts them into a model. `mean` and
    `variance` get no gradient.
    """

    scale: Float[Array, " size"]
    shift: Float[Array, " size"]
    mean: Float[Array, " size"]
    variance: Float[Array, " size"]
    inference: bool
    input_size: int = eqx.field(static=True)
    momentum: float = eqx.field(static=True)
    epsilon: float = eqx.field(static=True)

    def __init__(self, size: int, momentum: float = 0.99, epsilon: float = 1e-3) -> None:
        self.input_size = arguments.size("size", size)
        self.momentum = arguments.rate("momentum", momentum)
        self.epsilon = positive("epsilon", epsilon)
        self.scale = initialisation.ones(self.input_size)
        self.shift = initialisation.zeros(self.input_size)
        self.mean = initialisation.zeros(self.input_size)
        self.variance = initialisation.ones(self.input_size)
        self.inference = False

    def initial_state(self, batch: int) -> None:
        """None: the statistics that the layer stores."""

    def __call__(
        self,
        x: Float[Array, "batch time size"],
        state: Statistics | None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time size"], Statistics | None]:
        """The outputs at every step; with a key the moved statistics, else the state as it came."""
        x = jnp.asarray(x)
        checks.inputs(self, x, ("batch", "time", "features"))
        if lengths is not None:
            lengths = jnp.asarray(lengths)
            checks.lengths(lengths, *x.shape[:2])
        running = self._running(state)
        x = within(x, lengths)
        if key is None or self.inference:
            return within(self._normalised(x, running), lengths), state
        seen = batch_statistics(x, lengths)
        moved = Statistics(
            *(
                jax.lax.stop_gradient(self.momentum * old + (1 - self.momentum) * new)
                for old, new in zip(running, seen, strict=True)
            )
        )
        return within(self._normalised(x, seen), lengths), moved

    def step(
        self, x: Float[Array, "batch size"], state: Statistics | None = None
    ) -> tuple[Float[Array, "batch size"], Statistics | None]:
        """One time step of every sequence by the running statistics, and the state as it came."""
        x = jnp.asarray(x)
        checks.inputs(self, x, ("batch", "features"))
        return self._normalised(x, self._running(state)), state

    def _running(self, state: Statistics | None) -> Statistics:
        stored = Statistics(self.mean, self.variance)
        if state is not None:
            checks.state(self, state, stored)
            stored = state
        return Statistics(*(jax.lax.stop_gradient(leaf) for leaf in stored))

    def _normalised(self, x: Array, by: Statistics) -> Array:
        return (x - by.mean) * (self.scale * jax.lax.rsqrt(by.variance + self.epsilon)) + self.shift


def batch_statistics(
    x: Float[Array, "batch time size"], lengths: Int[Array, " batch"] | None
) -> Statistics:
    """Mean and mean squared difference of each feature, over all steps within the lengths."""
    if lengths is None:
        mean = jnp.mean(x, axis=(0, 1))
        return Statistics(mean, jnp.mean((x - mean) ** 2, axis=(0, 1)))
    own = own_steps(lengths, x.shape[1])
    # A batch without a single step of its own has nothing to count.
    count = jnp.maximum(jnp.sum(own), 1)
    mean = jnp.sum(x, axis=(0, 1)) / count
    differences = select(own, x - mean, 0)
    return Statistics(mean, jnp.sum(differences**2, axis=(0, 1)) / count)


def positive(name: str, value: float) -> float:
    """`value` as a finite float above 0; anything else is a UsageError that calls it `name`."""
    number = arguments.number(name, value)
    if number <= 0:
        raise UsageError(f"{name} must be above 0, got {value}")
    return number
