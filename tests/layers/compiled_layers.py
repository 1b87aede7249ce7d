"""Layers compiled whole: operation by operation, compiling would be most of what tests take."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np

_run = eqx.filter_jit(lambda layer, *given, **named: layer(*given, **named))
_step = eqx.filter_jit(lambda layer, *given: layer.step(*given))


def run(layer: Any, *given: Any, **named: Any) -> Any:
    """What a layer returns, as arrays of NumPy."""
    return jax.tree.map(np.asarray, _run(layer, *given, **named))


def one_step(layer: Any, *given: Any) -> Any:
    """What a layer's `step` returns, likewise."""
    return jax.tree.map(np.asarray, _step(layer, *given))
