"""Checks of arguments and settings: the value, or a UsageError that names it and says what fits."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any

from unspool.errors import UsageError

LARGEST_SEED = 2**32 - 1  # JAX cuts off what is more, so that other seeds would give the same bits


def size(name: str, value: int) -> int:
    """`value` as an int of at least 1; anything else is a UsageError that calls it `name`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{name} must be an integer of at least 1, got {value!r}") from None
    if number < 1:
        raise UsageError(f"{name} must be at least 1, got {number}")
    return number


def number(name: str, value: float) -> float:
    """`value` as a finite float; anything else is a UsageError that calls it `name`."""
    if not _is_number(value) or not math.isfinite(value):
        raise UsageError(f"{name} must be a finite number, got {value!r}")
    return float(value)


def rate(name: str, value: float) -> float:
    """`value` as a share from 0 to below 1; anything else is a UsageError that calls it `name`."""
    share = number(name, value)
    if not 0 <= share < 1:
        raise UsageError(f"{name} must be at least 0 and below 1, got {value}")
    return share


def choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """`value` if it is one of `allowed`; else a UsageError that lists them."""
    if value not in allowed:
        *others, last = (repr(word) for word in allowed)
        raise UsageError(f"{name} must be {', '.join(others)} or {last}, got {value!r}")
    return value


def whole(name: str, value: Any, least: int = 1) -> None:
    """A UsageError unless `value` is an int of at least `least`; True is none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UsageError(f"{name} must be a whole number of at least {least}, got {value!r}")


def positive(name: str, value: Any) -> None:
    """A UsageError unless `value` is a finite number above 0."""
    if not _is_number(value) or not 0 < value < math.inf:
        raise UsageError(f"{name} must be a number above 0, got {value!r}")


def share(name: str, value: Any) -> None:
    """A UsageError unless `value` is a number from 0 to below 1."""
    if not _is_number(value) or not 0 <= value < 1:
        raise UsageError(f"{name} must be a number from 0 to below 1, got {value!r}")


def seed(value: Any) -> None:
    """A UsageError unless `value` is a seed of JAX and NumPy."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_SEED:
        raise UsageError(f"seed must be a whole number from 0 to {LARGEST_SEED}, got {value!r}")


def one_of(name: str, value: Any, allowed: Iterable[str]) -> None:
    """A UsageError that lists what is allowed unless `value` is one of that."""
    if value not in allowed:
        raise UsageError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
