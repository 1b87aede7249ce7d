"""How many steps a model reads when nobody says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 50
# Where no season was found, one may be hidden.
LEAST_WITHOUT_SEASON = 100
MOST = 512


def choose_look_back(season: int, horizon: int, lengths: NDArray[np.int64]) -> int:
    """Two seasons, three horizons or 50 steps (100 without a season), whichever is most.

    In whole seasons. At most 512, and at most a third of the middle series' rows, so that there
    remain targets to learn from; but at least 2.
    """
    least = LEAST if season > 1 else LEAST_WITHOUT_SEASON
    wanted = max(2 * season, 3 * horizon, least)
    wanted = -(-wanted // season) * season
    limit = min(MOST, int(np.median(lengths)) // 3)
    if wanted > limit >= season:
        wanted = limit // season * season
    return max(2, min(wanted, limit))
