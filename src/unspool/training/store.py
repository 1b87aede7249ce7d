"""Series on the device, and batches of windows drawn from them within a compiled step."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import NDArray

from unspool.data.panel import Panel
from unspool.data.windows import centre_and_scale


class Batch(NamedTuple):
    """Windows with what follows them, in units of each window's scale, from its newest value on."""

    levels: Float[Array, "batch look_back"]
    known: Int[Array, " batch"]
    ahead: Float[Array, "batch horizon"]
    series: Int[Array, " batch"]
    origins: Int[Array, " batch"]


class SeriesStore(NamedTuple):
    """Series end to end, each less its mean and over its deviation, and where windows may begin.

    A window's forecast origin is drawn from `first` to `last`, both included, counted from the
    series' own beginning.
    """

    values: Float[Array, " rows"]
    starts: Int[Array, " series"]
    first: Int[Array, " series"]
    last: Int[Array, " series"]

    def draw(self, key: PRNGKeyArray, batch: int, look_back: int, horizon: int) -> Batch:
        """Windows at random: every series as likely as the others, every origin of it too."""
        which, where = jax.random.split(key)
        series = jax.random.randint(which, (batch,), 0, self.starts.shape[0])
        first, last = self.first[series], self.last[series]
        origins = first + jax.random.randint(where, (batch,), 0, last - first + 1)
        return self.at(series, origins, look_back, horizon)

    def at(self, series: Array, origins: Array, look_back: int, horizon: int) -> Batch:
        """The windows before the given origins, and what follows."""
        steps = jnp.arange(-look_back, horizon)
        rows = (self.starts[series] + origins)[:, None] + steps
        values = self.values[jnp.clip(rows, 0, self.values.shape[0] - 1)]
        known = jnp.minimum(origins, look_back)
        real = steps[:look_back] >= -known[:, None]
        moved = values - values[:, look_back - 1 : look_back]
        levels = jnp.where(real, moved[:, :look_back], 0.0)
        mean = levels.sum(1) / known
        spread = jnp.where(real, levels - mean[:, None], 0.0)
        scale = jnp.sqrt((spread**2).sum(1) / known)[:, None]
        # A window that does not vary teaches nothing: its levels and its targets count as 0. One
        # that holds a NaN must stay one: a scale that is not small, and so the loss becomes NaN.
        varies = ~(scale <= LEAST_SCALE)
        scale = jnp.where(varies, scale, 1.0)
        ahead = jnp.where(varies, moved[:, look_back:] / scale, 0.0)
        return Batch(jnp.where(varies, levels / scale, 0.0), known, ahead, series, origins)


# Of a series' own deviation; below it lies only what rounding to float32 leaves.
LEAST_SCALE = 1e-5


def store(
    panel: Panel,
    series: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    fitted_on: NDArray[np.int64],
) -> SeriesStore:
    """The chosen series of a panel on the device, windows to be drawn between `first` and `last`.

    fitted_on: (n,), how many values from a series' beginning are there; no window may reach
    further. Their mean and deviation keep float32 precise, and cancel out of every window, which
    is scaled by itself.
    """
    values = np.zeros(len(panel.values), np.float32)
    for position, rows in zip(series, fitted_on, strict=True):
        begin = panel.offsets[position]
        own = panel.values[begin : begin + rows]
        mean, deviation = centre_and_scale(own)
        values[begin : begin + rows] = (own - mean) / (deviation or 1.0)
    return SeriesStore(
        jnp.asarray(values),
        jnp.asarray(panel.offsets[:-1][series], jnp.int32),
        jnp.asarray(first, jnp.int32),
        jnp.asarray(last, jnp.int32),
    )
