"""Versions of installed packages, without importing them."""

from __future__ import annotations

import importlib.metadata


def installed(*names: str) -> dict[str, str]:
    """By name; each must be installed."""
    return {name: importlib.metadata.version(name) for name in names}
