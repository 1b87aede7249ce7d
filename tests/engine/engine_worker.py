"""Runs some forms and writes all their results: `engine_worker.py FILE`, in its own process."""

from __future__ import annotations

import sys

import jax
import numpy as np
from engine_forms import FORMS, cast, cotangents, fused_with_gradients

NAMES = ("lstm, peephole, layer norm", "bookkeeper", "fast weights")
BATCH, TIME = 37, 5


def results(name: str, dtype: type) -> list[np.ndarray]:
    """Results and gradients, flat."""
    form, random = FORMS[name], np.random.default_rng(5)
    inputs, state = form.inputs(random, BATCH, TIME, 1.0), form.state(random, BATCH, 1.0)
    given = cotangents(form, inputs, state, random)
    lengths = random.integers(0, TIME + 1, BATCH).astype(np.int32)
    found = fused_with_gradients(
        cast((form.cell, inputs, state), dtype), lengths, cast(given, dtype)
    )
    return [np.asarray(leaf) for leaf in jax.tree.leaves(found)]


def arrays() -> dict[str, np.ndarray]:
    """All results by name, number type and place; with JAX's double precision switched on."""
    return {
        f"{name}/{dtype.__name__}/{i}": leaf
        for name in NAMES
        for dtype in (np.float32, np.float64)
        for i, leaf in enumerate(results(name, dtype))
    }


if __name__ == "__main__":
    # Only as a process of its own: what imports this module keeps its settings.
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_disable_most_optimizations", True)
    np.savez(sys.argv[1], **arrays())
