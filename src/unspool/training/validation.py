"""Windows to validate on, and when one network is worse there than another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unspool.evaluation.chance import is_clear
from unspool.models.network import WindowNetwork
from unspool.training.step import errors_on
from unspool.training.store import Batch

FloatArray = NDArray[np.float64]


class Validation(NamedTuple):
    """Fixed windows after those that are learnt from.

    series, origins: (windows,), which series, and when each forecast begins, on a grid of time that
    the series share.
    """

    windows: Batch
    series: NDArray[np.int64]
    origins: NDArray[np.int64]

    def errors(self, network: WindowNetwork) -> FloatArray:
        """The mean absolute error of each window, in units of its scale, (windows,)."""
        return np.asarray(errors_on(network, self.windows), np.float64)

    def worse(self, errors: FloatArray, best: FloatArray) -> bool:
        """Whether `errors`, (windows,), are above the least so far, `best`, by more than chance.

        Where there are too few windows to tell: whether their mean is above.
        """
        difference = errors - best
        if not np.isfinite(difference).all():
            return True
        horizon = self.windows.ahead.shape[1]
        clear = is_clear(difference, self.series, self.origins, horizon)
        return clear is not False and bool(difference.mean() > 0)
