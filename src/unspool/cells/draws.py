"""Random numbers, drawn by one compiled program for all shapes.

JAX compiles a program for every shape, and whoever makes a model waits for that more than for all
else: a layer of a new size took half a second. Its generator counts (Salmon et al. 2011): the first
numbers of a long draw are those of a short one with the same key. So a power of two is drawn, and
what comes first is taken.

Within a larger program, which is compiled as a whole anyway, the same numbers are drawn by JAX.
"""

from __future__ import annotations

from functools import partial
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.typing import NDArray

from unspool.compiling import QUICKLY

LEAST = 1024

Numbers = Array | NDArray[np.floating]


def is_part() -> bool:
    """Whether a larger program is being traced; a key does not tell, it may be a constant there."""
    return isinstance(jnp.zeros(()), jax.core.Tracer)


def uniform(key: PRNGKeyArray, shape: tuple[int, ...], limit: float = 1.0) -> Float[Numbers, ...]:
    """Uniform numbers in +-limit, an array of NumPy unless it is part of a larger program."""
    if is_part():
        return jax.random.uniform(key, shape, minval=-limit, maxval=limit)
    return _first(_uniform(key, _enough(shape), limit), shape)


def normal(key: PRNGKeyArray, shape: tuple[int, ...]) -> Float[Numbers, ...]:
    """Standard normal numbers, an array of NumPy unless it is part of a larger program."""
    return (
        jax.random.normal(key, shape) if is_part() else _first(_normal(key, _enough(shape)), shape)
    )


def normals(key: PRNGKeyArray, times: int, shape: tuple[int, ...]) -> NDArray[np.floating]:
    """(times, *shape), one draw of `normal` for each of the keys that `key` is split into."""
    drawn = np.asarray(_normals(key, times, _enough(shape)))
    return drawn[:, : prod(shape)].reshape(times, *shape)


def _first(drawn: Array, shape: tuple[int, ...]) -> NDArray[np.floating]:
    return np.asarray(drawn)[: prod(shape)].reshape(shape)


def _enough(shape: tuple[int, ...]) -> int:
    """The power of two that is drawn for `shape`."""
    return max(LEAST, 1 << (prod(shape) - 1).bit_length())


_compiled = partial(jax.jit, compiler_options=QUICKLY)


@partial(_compiled, static_argnums=1)
def _uniform(key: PRNGKeyArray, count: int, limit: float) -> Array:
    return jax.random.uniform(key, (count,), minval=-limit, maxval=limit)


@partial(_compiled, static_argnums=1)
def _normal(key: PRNGKeyArray, count: int) -> Array:
    return jax.random.normal(key, (count,))


@partial(_compiled, static_argnums=(1, 2))
def _normals(key: PRNGKeyArray, times: int, count: int) -> Array:
    return jax.vmap(lambda own: jax.random.normal(own, (count,)))(jax.random.split(key, times))
