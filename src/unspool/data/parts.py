"""The parts of a data set: what trains, what validates, what tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# What has no parts of its own is all one.
ALL, TRAIN, VALID, TEST = "all", "train", "valid", "test"
PARTS = (TRAIN, VALID, TEST)

# Each part's sequences.
Parts = dict[str, tuple[Any, ...]]

_NAMES = {
    "train": TRAIN,
    "training": TRAIN,
    "valid": VALID,
    "validation": VALID,
    "val": VALID,
    "test": TEST,
}


def part_of(folders: Sequence[str]) -> str:
    """The part that the innermost folder of such a name stands for, or ALL."""
    for folder in reversed(folders):
        if folder.lower() in _NAMES:
            return _NAMES[folder.lower()]
    return ALL
