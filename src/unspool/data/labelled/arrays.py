"""What Python hands over as sequences: texts, arrays of one shape, lists of unequal lengths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool.data.labelled.labelled import Numbers
from unspool.errors import UsageError


def is_texts(given: Any) -> bool:
    """Whether these are texts: a list, a column or an array of one axis that begins with one."""
    if isinstance(given, str | bytes):
        raise UsageError("X must be a list of texts, got a single text: put it into a list")
    if isinstance(given, dict) or getattr(given, "ndim", 1) != 1 or not _can_be_counted(given):
        return False
    return len(given) > 0 and isinstance(next(iter(given)), str)


def texts_of(given: Any) -> tuple[str, ...]:
    """A list, a column or an array of texts; UsageError that names the first which is none."""
    texts = tuple(given)
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise UsageError(f"X[{place}] must be a text like X[0], got {type(text).__name__}")
    return tuple(str(text) for text in texts)


def is_list_of_sequences(given: Any) -> bool:
    """Whether these are sequences one by one, rather than one array that holds all of them.

    They are if they are arrays, or if their lengths differ.
    """
    if isinstance(given, np.ndarray) and given.dtype == object and given.ndim == 1:
        given = list(given)
    if not isinstance(given, list | tuple) or not len(given):
        return False
    if isinstance(given[0], np.ndarray):
        return given[0].ndim > 0
    if not all(isinstance(one, list | tuple) for one in given):
        return False
    return len({len(one) for one in given}) > 1


def listed(given: Any) -> tuple[Numbers, ...]:
    """Sequences given one by one, each (time,) or (time, channels), as (time, channels).

    Raises UsageError, naming the sequence, where one is no array of numbers, is empty or has
    another number of channels than the first.
    """
    made: list[Numbers] = []
    for place, one in enumerate(given):
        try:
            array = np.asarray(one, np.float64)
        except (TypeError, ValueError):
            raise UsageError(f"X[{place}] must be an array of numbers, got {one!r:.40}") from None
        if array.ndim not in (1, 2):
            raise UsageError(
                f"X[{place}] must have the shape (time,) or (time, channels), got {array.shape}"
            )
        array = array.reshape(len(array), -1) if array.size else array.reshape(0, 1)
        if made and array.shape[1] != made[0].shape[1]:
            raise UsageError(
                f"X[{place}] has {array.shape[1]} channels and X[0] has {made[0].shape[1]}"
            )
        made.append(array)
    return tuple(made)


def stacked(array: NDArray[Any]) -> tuple[Numbers, ...]:
    """An array (n, time) or (n, time, channels) as n sequences (time, channels)."""
    if array.ndim not in (2, 3):
        raise UsageError(
            f"X must have the shape (n, time) or (n, time, channels), got {array.shape}; sequences "
            "of unequal length are given as a list of arrays"
        )
    numbers = np.asarray(array, np.float64)
    return tuple(numbers[:, :, None] if numbers.ndim == 2 else numbers)


def _can_be_counted(given: Any) -> bool:
    return hasattr(given, "__len__") and hasattr(given, "__iter__")
