"""Which scale suits labelled series: told by their nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unspool.data.labelled.scaling import Scaling
from unspool.evaluation.nearest import euclid, of_one_length

Floats = NDArray[np.float64]

MOST = 500  # series that are asked, as the time grows with their square
STEPS = 256  # of each at most


def choose_scaling(sequences: Sequence[Floats], codes: NDArray[np.intp], seed: int) -> str:
    """What tells classes better: "series", each one by itself, or "channels", by all of them.

    By the share of training series whose nearest other one, by Euclid's distance, is of their
    class. Series that have been brought to one scale already give "channels".
    """
    chosen = np.random.default_rng(seed).permutation(len(sequences))[:MOST]
    own = [sequences[row] for row in chosen]
    steps = min(max(len(one) for one in own), STEPS)
    right = {}
    for kind in ("channels", "series"):
        scaling = Scaling.of(own, kind)
        distances = _others(of_one_length([scaling.scaled(one) for one in own], steps))
        right[kind] = (codes[chosen][distances.argmin(axis=1)] == codes[chosen]).sum()
    return "series" if right["series"] > right["channels"] else "channels"


def _others(sequences: Floats) -> Floats:
    """Distances between different sequences."""
    distances = euclid(sequences, sequences)
    np.fill_diagonal(distances, np.inf)
    return distances
