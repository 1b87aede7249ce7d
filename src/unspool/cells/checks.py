"""Checks of a cell's arguments, shared by the cells."""

from __future__ import annotations

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


def choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """`value` if it is one of `allowed`; else a UsageError that lists them."""
    if value not in allowed:
        listed = " or ".join(repr(word) for word in allowed)
        raise UsageError(f"{name} must be {listed}, got {value!r}")
    return value
