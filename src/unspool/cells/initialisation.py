"""Starting values of a cell's weights, drawn for each gate on its own.

Weights of all gates lie in one matrix, gate below gate. A gate is a layer of its own, so its fan-in
and fan-out are those of its own block, not of the whole matrix.

Where they are not part of a larger program they are computed by NumPy and SciPy, since a cell runs
through here once, and compiling for its sizes would take longer than all the rest.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.nn import initializers
from jaxtyping import Array, Float, PRNGKeyArray

from unspool.cells import draws


def on_device(numbers: Any) -> Float[Array, ...]:
    """An array as JAX's; `jnp.asarray` would compile a program for its shape."""
    array: Array = jax.device_put(numbers)
    return array


def zeros(*shape: int) -> Float[Array, ...]:
    """Zeros of the default type."""
    return on_device(np.zeros(shape))


def ones(*shape: int) -> Float[Array, ...]:
    """Ones of the default type."""
    return on_device(np.ones(shape))


def uniform(key: PRNGKeyArray, *shape: int, limit: float) -> Float[Array, ...]:
    """Uniform in +-`limit`."""
    return on_device(draws.uniform(key, shape, limit))


def normal(key: PRNGKeyArray, *shape: int) -> Float[Array, ...]:
    """Standard normal."""
    return on_device(draws.normal(key, shape))


def glorot(
    key: PRNGKeyArray, gates: int, hidden_size: int, input_size: int
) -> Float[Array, "gates*hidden input"]:
    """Input weights, uniform in +-sqrt(6 / (input_size + hidden_size)), gate below gate.

    This keeps the variance of signals and of gradients alike at the start (Glorot and Bengio 2010,
    equation 16).
    """
    numbers = draws.uniform(key, (gates * hidden_size, input_size))
    variance = numbers.dtype.type(2 / (input_size + hidden_size))
    return on_device(numbers * np.sqrt(3 * variance))


def orthogonal(
    key: PRNGKeyArray, gates: int, hidden_size: int
) -> Float[Array, "gates*hidden hidden"]:
    """Recurrent weights: a random orthogonal matrix for each gate, gate below gate.

    An orthogonal matrix changes no vector's length, so a signal that passes through it at every
    time step neither grows nor dies by it (Saxe, McClelland and Ganguli 2014, section 3).
    """
    if not draws.is_part():
        drawn = draws.normals(key, gates, (hidden_size, hidden_size))
        return on_device(np.concatenate([_orthogonal(gate) for gate in drawn]))
    draw = initializers.orthogonal()
    keys = jax.random.split(key, gates)
    # One gate after the other. JAX factorises a batch of matrices by waiting, on a thread of XLA's
    # pool, for others of that pool: where one program draws several such batches at a time, all
    # threads wait, and for ever.
    blocks: Array = jax.lax.map(lambda gate_key: draw(gate_key, (hidden_size, hidden_size)), keys)
    return blocks.reshape(gates * hidden_size, hidden_size)


def _orthogonal(drawn: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """The orthogonal factor of a matrix, as `initializers.orthogonal` takes it (Mezzadri 2007)."""
    from scipy.linalg import qr  # here, since the command line imports this to name a model

    factor, triangle = qr(drawn, overwrite_a=True, check_finite=False)
    return np.asarray(factor * np.sign(np.diagonal(triangle)))
