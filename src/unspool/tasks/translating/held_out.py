"""Which pairs are trained on, and which are held out to be judged by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.errors import DataError, UsageError


def check_share(share: Any) -> None:
    """UsageError unless a share is a number of at least 0 and below 1."""
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
        raise UsageError(f"held_out must be a number of at least 0 and below 1, got {share!r}")


def held_out(
    sources: Sequence[Any], share: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows to train on and those held out, in the order in which they came.

    Equal sources stay together, so that no source that is judged by was trained on. Raises
    DataError where there are too few for both.
    """
    keys = [_key(source) for source in sources]
    groups: dict[Any, list[int]] = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    if share == 0:
        return np.arange(len(keys)), np.arange(0)
    if len(groups) < 2:
        raise DataError(
            f"{len(keys)} pair{'s' * (len(keys) != 1)} with {len(groups)} different "
            f"source{'s' * (len(groups) != 1)}: at least two are needed, one to train on and one "
            "to judge by"
        )
    order = np.random.default_rng(seed).permutation(len(groups))
    members = list(groups.values())
    wanted = max(1, round(share * len(keys)))
    out: list[int] = []
    for group in order[:-1]:
        if len(out) >= wanted:
            break
        out += members[group]
    held = np.sort(np.array(out, np.intp))
    return np.setdiff1d(np.arange(len(keys)), held), held


def spread(sequences: Sequence[Any], most: int) -> list[Any]:
    """At most so many of the sequences, evenly spread: files are often in some order."""
    if len(sequences) <= most:
        return list(sequences)
    return [sequences[at] for at in np.linspace(0, len(sequences) - 1, most).astype(int)]


def _key(source: Any) -> Any:
    return source.tobytes() if isinstance(source, np.ndarray) else tuple(source)
