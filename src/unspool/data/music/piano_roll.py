"""Piano rolls from a MATLAB file: which of the keys sound in each frame of each piece.

The form is that of Boulanger-Lewandowski, Bengio and Vincent (2012): the arrays `traindata`,
`validdata` and `testdata`, each of one row of pieces (frames, keys) of 0 and 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.data.parts import TEST, TRAIN, VALID, Parts
from unspool.errors import DataError, UsageError

Roll = NDArray[np.int8]  # (time, keys)

_NAMES = {TRAIN: "traindata", VALID: "validdata", TEST: "testdata"}


def read_piano_rolls(path: Path) -> Parts:
    """The pieces of a .mat file by part. Raises UsageError, DataError."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}; check its name and folder")
    try:
        arrays: dict[str, Any] = loadmat(path)
    except (MatReadError, ValueError, TypeError, NotImplementedError, OSError) as error:
        raise DataError(f"{path}: this cannot be read as a MATLAB file: {error}") from None
    found: Parts = {}
    for part, name in _NAMES.items():
        if name not in arrays:
            raise DataError(
                f"{path}: it has no {name}; piano rolls are in traindata, validdata and testdata"
            )
        pieces = [piece for piece in np.asarray(arrays[name]).ravel() if np.size(piece)]
        if not pieces:
            raise DataError(f"{path}: {name} has no pieces")
        found[part] = tuple(
            checked_roll(piece, f"{path}, {name}, piece {number}")
            for number, piece in enumerate(pieces, 1)
        )
    widths = {roll.shape[1] for rolls in found.values() for roll in rolls}
    if len(widths) > 1:
        raise DataError(f"{path}: pieces have {sorted(widths)} keys; all must have as many")
    return found


def checked_roll(piece: Any, where: str) -> Roll:
    """A piece as (time, keys) of 0 and 1. Raises DataError for anything else."""
    values = np.asarray(piece)
    if values.ndim != 2 or not np.issubdtype(values.dtype, np.number):
        raise DataError(f"{where} must be numbers (frames, keys), got shape {values.shape}")
    odd = np.argwhere((values != 0) & (values != 1))
    if len(odd):
        frame, key = odd[0]
        raise DataError(
            f"{where}, frame {frame + 1}, key {key + 1}: {values[frame, key]!s} is neither 0 nor 1"
        )
    return values.astype(np.int8)
