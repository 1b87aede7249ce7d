"""The scale of numbers: by each series itself, or by the channels of all that was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unspool.data.labelled.labelled import Numbers

Floats = NDArray[np.float64]

# Less of a spread than this share of the mean is what rounding leaves of a constant.
CONSTANT = 1e-7


@dataclass(frozen=True)
class Scaling:
    """How the channels of a sequence are brought to one size.

    kind: "series", each channel of each series by its own mean and spread; "channels", by those of
    all training series together; "none". mean, spread: of the training series, one a channel.
    """

    kind: str
    mean: tuple[float, ...]
    spread: tuple[float, ...]

    @classmethod
    def of(cls, sequences: Sequence[Numbers], kind: str) -> Scaling:
        """Of training sequences (time, channels); NaN is left out of mean and spread."""
        mean, spread = _moments(np.concatenate(sequences))
        return cls(kind, tuple(mean.tolist()), tuple(spread.tolist()))

    def scaled(self, sequence: Numbers) -> Numbers:
        """A sequence (time, channels) at that scale; what is missing stays NaN."""
        if self.kind == "none":
            return sequence
        if self.kind == "series":
            mean, spread = _moments(sequence)
        else:
            mean, spread = np.array(self.mean), np.array(self.spread)
        return np.asarray((sequence - mean) / spread)


def _moments(sequence: Numbers) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each channel; a spread of 1 where a channel is constant."""
    seen = ~np.isnan(sequence)
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, sequence, 0).sum(axis=0) / count
    spread = np.sqrt((np.where(seen, sequence - mean, 0) ** 2).sum(axis=0) / count)
    return mean, np.where(spread > CONSTANT * np.abs(mean), spread, 1.0)
