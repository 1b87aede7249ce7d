"""A translator writing by itself, compiled: symbols by greedy or beam search, or numbers."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unspool.models import beam
from unspool.models.translators.network import Translator


@eqx.filter_jit
def write_symbols(
    network: Translator,
    source: Array,
    places: Int[Array, "batch time"],
    lengths: Int[Array, " batch"],
    *,
    start: int,
    end: int,
    steps: int,
    width: int,
    penalty: float,
) -> beam.Found:
    """The most likely targets of at most `steps` symbols with the end; arguments as in `search`.

    A code of at least the number of the targets' symbols is that of a copied one: it counts from
    there to its first step in the source.
    """
    memory = network.read(source, lengths)

    def step(newest: Array, states: Any) -> tuple[Array, Any]:
        hidden, weights, states = network.after(memory, newest, states)
        return network.chances(hidden, weights, places), states

    return beam.search(
        step,
        memory.states,
        len(source),
        start=start,
        end=end,
        steps=steps,
        width=width,
        penalty=penalty,
    )


@eqx.filter_jit
def write_numbers(
    network: Translator, source: Array, lengths: Int[Array, " batch"], *, steps: int
) -> Float[Array, "batch steps features"]:
    """The numbers of `steps` steps, each of which reads those of the step before; zeros first."""
    memory = network.read(source, lengths)

    def step(carry: tuple[Array, Any], _: None) -> tuple[tuple[Array, Any], Array]:
        hidden, _, states = network.after(memory, *carry)
        made = network.numbers(hidden)
        return (made, states), made[:, 0]

    first = jnp.zeros((len(source), 1, network.target.size), memory.outputs.dtype)
    states = jax.tree.map(lambda leaf: leaf[:, None], memory.states)
    _, made = jax.lax.scan(step, (first, states), None, length=steps)
    return jnp.moveaxis(made, 0, 1)


@eqx.filter_jit
def attention_weights(
    network: Translator, source: Array, lengths: Int[Array, " batch"], written: Array
) -> Float[Array, "batch written time"]:
    """What the network looked at in the source at each step of what it wrote."""
    return network.weights(source, lengths, written)
