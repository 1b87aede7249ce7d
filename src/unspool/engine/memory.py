"""Steps that were traced before: the same cell is asked for in every program that it is part of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from unspool.engine.plan import Lowered

# Tracing and lowering a cell takes tenths of a second, and training, validation and forecasts each
# ask for it; batch and time do not matter to it. The oldest are forgotten.
MOST_STEPS = 64

_lowered: OrderedDict[Hashable, Lowered] = OrderedDict()
_lock = threading.Lock()


def remembered(key: Hashable | None, make: Callable[[], Lowered]) -> Lowered:
    """What was made for this key before, or now. Nothing is kept without a key, or with tracers."""
    if key is None:
        return make()
    with _lock:
        if key in _lowered:
            _lowered.move_to_end(key)
            return _lowered[key]
    made = make()
    # A cell may hold numbers of the program around it, which mean nothing in the next.
    if not any(isinstance(value, jax.core.Tracer) for value in made.step.constants):
        with _lock:
            _lowered[key] = made
            while len(_lowered) > MOST_STEPS:
                _lowered.popitem(last=False)
    return made


def key_of(still: Any, structures: Sequence[Any], arrays: Sequence[Any]) -> Hashable | None:
    """What a trace depends on: structures, what is no array, and the arrays' shapes and types.

    None where something cannot be compared. As in `jax.jit`, a class is taken to stay as it is.
    """
    leaves, structure = jax.tree.flatten(still)
    shapes = tuple((array.shape, array.dtype) for array in arrays)
    kinds = tuple((type(leaf), leaf) for leaf in leaves)
    key = (jnp.result_type(float), structure, *structures, shapes, kinds)
    try:
        hash(key)
    except TypeError:
        return None
    return key
