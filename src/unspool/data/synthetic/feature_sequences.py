"""Sequences of ten features, of different lengths, and one value to be told from each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unspool.data.synthetic.seeds import Seed, check_count, draws
from unspool.data.synthetic.windows import Float32

FEATURES = 10
SHORTEST, LONGEST = 10, 30
KEPT = 0.8  # of the sum, from step to step


class FeatureSequences(NamedTuple):
    """Sequences and the value of each; what lies beyond a sequence's length is zero."""

    inputs: Float32  # (count, LONGEST, FEATURES)
    targets: Float32  # (count, 1)
    lengths: NDArray[np.int32]  # (count,)


def feature_sequences(count: int, seed: Seed = 42) -> FeatureSequences:
    """`count` sequences of 10 to 30 steps of standard normal features, and a leaky sum of each.

    s_t = 0.8 s_{t-1} + 0.6 a x_t, with a row a of length 1 that is the same for all sequences; the
    target is s at a sequence's own last step. Its variance is just below 1, so that the error of
    always forecasting 0 is 1. Raises UsageError for a count below 1.
    """
    check_count("count", count)
    random = draws(seed)
    direction = random.standard_normal(FEATURES)
    direction /= np.linalg.norm(direction)
    lengths = random.randint(SHORTEST, LONGEST + 1, count)
    inputs = random.standard_normal((count, LONGEST, FEATURES))
    inside = np.arange(LONGEST) < lengths[:, None]
    inputs[~inside] = 0
    age = lengths[:, None] - 1 - np.arange(LONGEST)
    share = np.where(inside, 0.6 * KEPT ** np.maximum(age, 0), 0)
    targets = np.einsum("nt,ntf,f->n", share, inputs, direction)[:, None]
    return FeatureSequences(
        inputs.astype(np.float32), targets.astype(np.float32), lengths.astype(np.int32)
    )
