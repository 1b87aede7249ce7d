"""The derivative of a model's newest output with respect to each step that it read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from unspool.chapter.look.observed import differentiable, newest


def input_gradient_norm(model: Any, inputs: Any) -> NDArray[np.float64]:
    """The norm of d y / d x(T-d) for d = 0 .. time - 1, (time,); y is the newest output.

    inputs: what the model takes, for a batch of one series. y is what it says at its last step, or
    all that it says where that is one vector. Of a pair of inputs, an encoder's and a decoder's,
    the steps are those of the decoder and, before them, of the encoder. Tokens count as the vectors
    that the embedding makes of them. The norm is the root of the sum of all squared derivatives
    over the root of the number of outputs, as in `state_gradient_norm`.

    Raises UsageError where the inputs are something else than one series.
    """
    vary, start = differentiable(model, inputs)

    def output(at: Any) -> Array:
        varied, given = vary(at)
        return newest(varied(given)[0])

    norms = eqx.filter_jit(lambda at: norms_over_time(output, at))(start)
    return np.asarray(norms[::-1], np.float64)


def norms_over_time(
    output: Callable[[list[Array]], Float[Array, " outputs"]], at: list[Array]
) -> Float[Array, " time"]:
    """The norm of the derivative of `output` with respect to every step of `at`, in their order.

    at: arrays (1, time, features), one after the other.
    """
    made, pull = jax.vjp(output, at)

    def squares(row: Array) -> Array:
        (gradients,) = pull(row)
        return jnp.concatenate([jnp.sum(part[0] ** 2, axis=-1) for part in gradients])

    rows = jnp.eye(made.size, dtype=made.dtype)
    return jnp.sqrt(jnp.sum(jax.lax.map(squares, rows), axis=0) / made.size)
