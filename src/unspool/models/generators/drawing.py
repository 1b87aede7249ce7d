"""A sequence read and drawn step by step, in compiled blocks."""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PRNGKeyArray
from numpy.typing import NDArray

from unspool.models.generators.network import Generator
from unspool.models.sampling import Choice

# Steps of one compiled call, at most.
BLOCK = 512


class Place(NamedTuple):
    """Where a sequence stands.

    value: the last one, which the layers have not read yet. state: theirs before it, of a batch of
    one. drawn: how many values were drawn until here.
    """

    value: Any
    state: Any
    drawn: int


def beginning(network: Generator) -> Place:
    """Before the first value."""
    return Place(network.reader.start(), network.initial_state(1), 0)


def read(network: Generator, place: Place, values: NDArray[np.integer]) -> Place:
    """The place after given values, (time, …); nothing is drawn."""
    for first in range(0, len(values), BLOCK):
        some = values[first : first + BLOCK]
        filled = np.zeros((BLOCK, *some.shape[1:]), np.asarray(place.value).dtype)
        filled[: len(some)] = some
        value, state = _read(
            network, (place.value, place.state), jnp.asarray(filled), jnp.asarray(len(some))
        )
        place = Place(value, state, place.drawn)
    return place


def draw(
    network: Generator, place: Place, count: int, choice: Choice, key: PRNGKeyArray
) -> tuple[NDArray[Any], Place]:
    """The next `count` values (count, …), at most BLOCK, and the place after them.

    What is random about a value depends on the key and on how many were drawn before, and on
    nothing else: however a sequence is cut into calls, it is the same.
    """
    assert 0 < count <= BLOCK
    value, state, values = _drawn(
        network,
        (place.value, place.state),
        jnp.asarray((place.drawn, count)),
        key,
        choice,
    )
    return np.asarray(values)[:count], Place(value, state, place.drawn + count)


@eqx.filter_jit
def _read(network: Generator, place: Any, values: Array, count: Int[Array, ""]) -> Any:
    def step(number: Array, carry: Any) -> Any:
        value, state = carry
        _, state = network.read(value, state)
        return values[number], state

    return jax.lax.fori_loop(0, count, step, place)


@eqx.filter_jit
def _drawn(
    network: Generator, place: Any, numbers: Int[Array, 2], key: PRNGKeyArray, choice: Choice
) -> tuple[Array, Any, Array]:
    """A block whose first numbers[1] values are drawn, the first of them as number numbers[0]."""
    first, count = numbers
    # All at once, which is much quicker than one by one.
    keys = jax.vmap(lambda number: jax.random.fold_in(key, first + number))(jnp.arange(BLOCK))
    noise = jax.vmap(network.writer.noise)(keys)

    def step(number: Array, carry: Any) -> Any:
        value, state, values = carry
        features, state = network.read(value, state)
        value = network.draw(features, noise[number], choice).astype(values.dtype)
        return value, state, values.at[number].set(value)

    value, state = place
    empty = jnp.zeros((BLOCK, *jnp.shape(value)), jnp.asarray(value).dtype)
    value, state, values = jax.lax.fori_loop(0, count, step, (value, state, empty))
    return value, state, values
