"""A trained network that forecasts plain windows, in blocks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from unspool.compiling import compiled
from unspool.data.windows import newest_columns, scaled
from unspool.models.network import WindowNetwork

FloatArray = NDArray[np.float64]

# More windows are forecast block by block, as many blocks at once as there are processors: while
# one is being scaled another runs. A block is filled up to a power of two, so that few shapes are
# ever compiled.
LARGEST_BLOCK = 1024


class NetworkForecast:
    """The mean forecast of one network or several, as the baselines forecast."""

    def __init__(self, networks: tuple[WindowNetwork, ...]) -> None:
        self.networks = networks

    def forecast(self, windows: FloatArray, horizon: int) -> FloatArray:
        """The next `horizon` values of each window, (n, length) -> (n, horizon).

        A window shorter than what the network reads is padded on the left with NaN.
        """
        windows = newest_columns(windows, self.networks[0].look_back)
        blocks = [
            windows[begin : begin + LARGEST_BLOCK]
            for begin in range(0, len(windows), LARGEST_BLOCK)
        ]
        if len(blocks) < 2:
            return self._block(windows, horizon)
        with ThreadPoolExecutor(os.cpu_count()) as processors:
            return np.concatenate(list(processors.map(self._block, blocks, repeat(horizon))))

    def _block(self, windows: FloatArray, horizon: int) -> FloatArray:
        """At most `LARGEST_BLOCK` windows of the length that the network reads."""
        count = len(windows)
        size = 1 << max(count - 1, 0).bit_length()
        read = scaled(windows)
        levels = np.zeros((size, windows.shape[1]), np.float32)
        known = np.ones(size, np.int32)
        levels[:count], known[:count] = read.levels, read.known
        inputs = jnp.asarray(levels), jnp.asarray(known)
        total = np.zeros((size, horizon))
        for network in self.networks:
            total += np.asarray(_forecast(network, *inputs, horizon))
        return read.restore(total[:count] / len(self.networks))


@compiled
def _forecast(network: WindowNetwork, levels: Array, known: Array, horizon: int) -> Array:
    return network.forecast(levels, known, horizon)
