"""Which sequences train and which are held out: of every class the same share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.intp]


def hold_out(codes: Codes, share: float, seed: int) -> tuple[Codes, Codes]:
    """Positions of those that train and of those that are held out, both ascending.

    Of a class of n sequences round(n * share) are held out, drawn at random, but never all: a class
    of one trains.
    """
    random = np.random.default_rng(seed)
    held = np.zeros(len(codes), bool)
    for code in np.unique(codes):
        own = random.permutation(np.flatnonzero(codes == code))
        held[own[: min(round(len(own) * share), len(own) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)
