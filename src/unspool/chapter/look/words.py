"""Numbers and names as the pictures say them."""

from __future__ import annotations

from typing import Any

import numpy as np

from unspool.cells import Residual, Zoneout


def count(number: int, thing: str) -> str:
    """1 step, 2 steps."""
    return f"{number} {thing}{'s' * (number != 1)}"


def steps(number: float) -> str:
    """2.4 steps, 1,200 steps; of an infinity, that no number is enough."""
    if np.isinf(number):
        return "no number of steps"
    return f"{number:.1f} steps" if number < 10 else f"{number:,.0f} steps"


def short(number: float) -> str:
    """One digit: 0.3, 4e-11, 9e3."""
    return f"{number:.1g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def name(cell: Any) -> str:
    """LSTM, with its form where it is not the plain one."""
    if isinstance(cell, Zoneout | Residual):
        return f"{name(cell.cell)} in {type(cell).__name__}"
    forms = [form for form in ("layer_norm", "peephole") if getattr(cell, form, False)]
    kind = type(cell).__name__.removesuffix("Cell")
    return ", ".join([kind, *(form.replace("_", " ") for form in forms)])
