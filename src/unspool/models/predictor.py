"""A trained network that forecasts plain windows, in blocks."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from unspool.data.windows import newest_columns, scaled
from unspool.models.recurrent import RecurrentForecaster

FloatArray = NDArray[np.float64]

# More windows are forecast block by block. A block is filled up to a power of two, so that few
# shapes are ever compiled.
LARGEST_BLOCK = 2048


class NetworkForecast:
    """The mean forecast of one network or several, as the baselines forecast."""

    def __init__(self, networks: tuple[RecurrentForecaster, ...]) -> None:
        self.networks = networks

    def forecast(self, windows: FloatArray, horizon: int) -> FloatArray:
        """The next `horizon` values of each window, (n, length) -> (n, horizon).

        A window shorter than what the network reads is padded on the left with NaN.
        """
        look_back = self.networks[0].look_back
        windows = newest_columns(windows, look_back)
        made = np.empty((len(windows), horizon))
        for begin in range(0, len(windows), LARGEST_BLOCK):
            block = windows[begin : begin + LARGEST_BLOCK]
            count = len(block)
            size = min(LARGEST_BLOCK, 1 << (count - 1).bit_length())
            read = scaled(block)
            levels = np.zeros((size, look_back), np.float32)
            known = np.ones(size, np.int32)
            levels[:count], known[:count] = read.levels, read.known
            inputs = jnp.asarray(levels), jnp.asarray(known)
            total = np.zeros((size, horizon))
            for network in self.networks:
                total += np.asarray(_compiled(network, *inputs, horizon))
            made[begin : begin + count] = read.restore(total[:count] / len(self.networks))
        return made


@eqx.filter_jit
def _compiled(network: RecurrentForecaster, levels: Array, known: Array, horizon: int) -> Array:
    return network.forecast(levels, known, horizon)
