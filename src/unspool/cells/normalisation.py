"""Layer normalisation of the vectors inside a cell."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# Inside the root, so that a vector of equal numbers, such as the product with a state of zeros,
# gives zeros and has a gradient.
EPSILON = 1e-5


def normalised(
    values: Float[Array, " size"], gain: Float[Array, " size"] | None
) -> Float[Array, " size"]:
    """LN(a) * gain of a vector a (size,), or `values` as they are where `gain` is None.

        LN(a) = (a - mean(a)) / sqrt(var(a) + 1e-5)

    Mean and variance are those of the vector's own elements, the variance as mean of the squared
    differences (Ba, Kiros and Hinton 2016, equations 3 and 4; the bias is the caller's to add).
    """
    if gain is None:
        return values
    count = values.shape[0]
    centred = values - jnp.sum(values) / count
    variance = jnp.sum(centred * centred) / count
    return gain * (centred * jax.lax.rsqrt(variance + EPSILON))
