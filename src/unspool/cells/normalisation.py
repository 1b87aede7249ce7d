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
    return values if gain is None else gain * _standardised(values)


@jax.custom_jvp
def _standardised(values: Float[Array, " size"]) -> Float[Array, " size"]:
    """LN(a)."""
    return _with_scale(values)[0]


def _with_scale(values: Float[Array, " size"]) -> tuple[Float[Array, " size"], Float[Array, ""]]:
    """LN(a), and 1 / sqrt(var(a) + 1e-5)."""
    count = values.shape[0]
    centred = values - jnp.sum(values) / count
    scale = jax.lax.rsqrt(jnp.sum(centred * centred) / count + EPSILON)
    return centred * scale, scale


@_standardised.defjvp
def _derivative(
    values: tuple[Float[Array, " size"]], changes: tuple[Float[Array, " size"]]
) -> tuple[Float[Array, " size"], Float[Array, " size"]]:
    """How y = LN(a) changes with a: dy = s da - mean(s da) - y mean(y s da), s = 1 / sqrt(...).

    The chain rule through mean, difference, variance and root, put together: so it takes half as
    many operations, and needs y and s alone.
    """
    (given,), (change,) = values, changes
    found, scale = _with_scale(given)
    less = -1 / given.shape[0]
    scaled = change * scale
    return found, scaled + jnp.sum(scaled) * less + found * (jnp.sum(found * scaled) * less)
