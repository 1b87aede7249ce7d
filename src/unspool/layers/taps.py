"""The products of a convolution: a window's taps side by side, times one matrix."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def reach(kernel: int, dilation: int) -> int:
    """How many steps a kernel spans, from its first tap to its last."""
    return (kernel - 1) * dilation + 1


def products(
    seen: Float[Array, "batch seen input"],
    weight: Float[Array, "output kernel*input"],
    kernel: int,
    *,
    dilation: int = 1,
    stride: int = 1,
) -> Float[Array, "batch time output"]:
    """sum over k of W_k seen_(i * stride + k * dilation), for every i whose window fits.

    One product of all taps side by side. Measured on a CPU (jaxlib 0.10, 1 to 256 channels), that
    is up to twice as fast, with its gradient, as a product for each tap or as XLA's convolution;
    the two leading axes as one make most of the difference.
    """
    batch, length, _ = seen.shape
    time = (length - reach(kernel, dilation)) // stride + 1
    last = (time - 1) * stride + 1
    windows = jnp.concatenate(
        [seen[:, k * dilation : k * dilation + last : stride] for k in range(kernel)], axis=-1
    )  # (batch, time, kernel * input)
    flat = windows.reshape(batch * time, -1) @ weight.T
    return flat.reshape(batch, time, -1)
