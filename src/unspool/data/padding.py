"""Sequences of unequal length as one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.errors import UsageError


def padded(
    sequences: Sequence[NDArray[Any]], longest: int | None = None
) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Arrays (time,) or (time, features) as one (n, longest[, features]), and their lengths.

    Past a sequence's end there are zeros. longest: of the result, that of the longest sequence if
    it is None. Raises UsageError where there is no sequence, where features differ, or where one is
    longer than that.
    """
    if not len(sequences):
        raise UsageError("there are no sequences")
    lengths = np.array([len(sequence) for sequence in sequences], np.int32)
    size = int(lengths.max()) if longest is None else longest
    if lengths.max() > size:
        at = int(lengths.argmax())
        raise UsageError(f"sequence {at + 1} has {lengths[at]} steps, more than {size}")
    first = np.asarray(sequences[0])
    made = np.zeros((len(sequences), size, *first.shape[1:]), first.dtype)
    for row, sequence in enumerate(sequences):
        if np.shape(sequence)[1:] != first.shape[1:]:
            raise UsageError(
                f"sequence {row + 1} has steps of shape {np.shape(sequence)[1:]}, the first has "
                f"{first.shape[1:]}"
            )
        made[row, : len(sequence)] = sequence
    return made, lengths
