"""Shapes and types of arrays that are not there yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax


def struct(shape: Sequence[int], dtype: Any) -> jax.ShapeDtypeStruct:
    """An array's shape and type."""
    return jax.ShapeDtypeStruct(tuple(shape), dtype)  # type: ignore[no-untyped-call]
