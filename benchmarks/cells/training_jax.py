"""The training loop of everything that runs on plain JAX: an epoch is one compiled `lax.scan`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.cells import sizes
from benchmarks.cells.sizes import Data, Size

# Of the outputs (batch, time, features) that a model makes of parameters, x and lengths.
Model = Callable[[Any, jax.Array, jax.Array | None], jax.Array]


def squared_error(made: jax.Array, y: jax.Array, lengths: jax.Array | None) -> jax.Array:
    """The mean over every output of every step that counts."""
    errors = jnp.mean((made - y) ** 2, axis=-1)  # (batch, time)
    if lengths is None:
        return jnp.mean(errors)
    counts = jnp.arange(y.shape[1]) < lengths[:, None]
    return jnp.sum(jnp.where(counts, errors, 0)) / jnp.sum(counts)


class Training:
    """Training steps of a model, compiled; a `Job` of `benchmarks.workers`."""

    def __init__(
        self, model: Model, parameters: Any, data: Data, size: Size, check: bool = False
    ) -> None:
        self.size = size
        self.random = np.random.default_rng(2)
        self.data = jax.tree.map(jnp.asarray, (data.x, data.y, data.lengths))
        adam = optax.adam(sizes.LEARNING_RATE, eps=sizes.EPSILON)
        rule = optax.sgd(sizes.CHECKED_RATE) if check else adam
        self.carry = (parameters, rule.init(parameters))

        def epoch(carry: Any, data: Any, index: jax.Array) -> tuple[Any, jax.Array]:
            def step(carry: Any, rows: jax.Array) -> tuple[Any, jax.Array]:
                parameters, memory = carry
                x, y, lengths = jax.tree.map(lambda array: array[rows], data)

                def loss_of(parameters: Any) -> jax.Array:
                    return squared_error(model(parameters, x, lengths), y, lengths)

                loss, gradient = jax.value_and_grad(loss_of)(parameters)
                updates, memory = rule.update(gradient, memory, parameters)
                return (optax.apply_updates(parameters, updates), memory), loss

            return jax.lax.scan(step, carry, index)

        self.epoch = jax.jit(epoch)
        self.facts = {} if check else self._compile()

    def _compile(self) -> dict[str, Any]:
        """Compile, stage by stage; the seconds of each, and the memory that the program needs."""
        index = jnp.asarray(sizes.in_order(self.size, self.size.batches))
        jax.block_until_ready(jax.jit(lambda x: x + 1)(index))  # what JAX sets up only once
        began = time.perf_counter()
        traced = self.epoch.trace(self.carry, self.data, index)
        after_trace = time.perf_counter()
        lowered = traced.lower()
        after_lower = time.perf_counter()
        self.compiled = lowered.compile()
        after_compile = time.perf_counter()
        return {
            "trace s": after_trace - began,
            "lower s": after_lower - after_trace,
            "compile s": after_compile - after_lower,
            "working MB": self.compiled.memory_analysis().temp_size_in_bytes / 1e6,
        }

    def run(self) -> float:
        """An epoch in shuffled order; seconds for one training step."""
        began = time.perf_counter()
        index = sizes.shuffled(self.random, self.size)
        self.carry, losses = self.compiled(self.carry, self.data, index)
        jax.block_until_ready((self.carry, losses))
        return (time.perf_counter() - began) / self.size.batches

    def result(self) -> list[float]:
        """The losses of the first steps, from the starting weights and in order."""
        _, losses = self.epoch(self.carry, self.data, sizes.in_order(self.size, sizes.CHECKED))
        return [float(loss) for loss in losses]
