"""Checks of a cell's arguments, shared by the cells."""

from __future__ import annotations

import math
import operator

from unspool.errors import UsageError


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
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
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
