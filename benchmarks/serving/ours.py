"""Unspool: the layers in one jit."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np

from benchmarks.cells.ours import network, versions
from benchmarks.serving.task import Prediction, size_of

__all__ = ["prepare", "versions"]


def prepare(task: dict[str, Any]) -> Prediction:
    """Weights are arguments of the compiled call, as in a program that may load others."""
    size = size_of(task)
    arrays, rest = eqx.partition(network(task["cell"], size), eqx.is_array)

    # Not eqx.filter_jit, which sorts its arguments in Python: a small network would wait for that.
    @jax.jit
    def newest(arrays: Any, x: Any) -> jax.Array:
        outputs: jax.Array = eqx.combine(arrays, rest).newest(x)
        return outputs

    return Prediction(lambda x: np.asarray(newest(arrays, x)), size)
