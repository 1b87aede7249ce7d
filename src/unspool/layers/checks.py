"""Checks of what a layer is given, each a UsageError of one line that says got and expected."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from unspool.cells import Cell
from unspool.errors import UsageError


def inputs(taker: Any, x: Array, axes: tuple[str, ...]) -> None:
    """`x` has these axes, the last as long as the `input_size` of `taker`, a cell or a layer."""
    name, expected = type(taker).__name__, f"({', '.join(axes)})"
    if x.ndim != len(axes):
        raise UsageError(f"{name} takes x of shape {expected}, got shape {x.shape}")
    features = getattr(taker, "input_size", x.shape[-1])
    if x.shape[-1] != features:
        raise UsageError(
            f"{name} takes {features} feature{'s' * (features != 1)} at each step, "
            f"got {x.shape[-1]}: x of shape {x.shape}"
        )


def state(owner: Any, given: Any, expected: Any) -> None:
    """`given` has the structure, types and shapes of `expected`, a batch's initial state."""
    name = type(owner).__name__
    if structure(given) != structure(expected):
        raise UsageError(
            f"{name} has a state of the structure {structure(expected)}, got {structure(given)}"
        )
    if shapes(given) != shapes(expected):
        raise UsageError(f"{name} has a state of {shapes(expected)} here, got {shapes(given)}")


def no_state(layer: Any, given: Any) -> None:
    """`given` is None, the state of a layer that remembers nothing."""
    if given is not None:
        raise UsageError(
            f"{type(layer).__name__} has no state: its state is None, got {type(given).__name__}"
        )


def next_state(cell: Cell, x: Array, before: Any) -> None:
    """A step of the cell on x (batch, time, features) leads to a state of the kind of `before`."""
    one_step = jax.eval_shape(lambda: jnp.zeros((x.shape[0], x.shape[2]), x.dtype))
    _, after = jax.eval_shape(jax.vmap(cell), one_step, before)
    name = type(cell).__name__
    if structure(after) != structure(before):
        raise UsageError(
            f"{name} starts from a state of the structure {structure(before)}, "
            f"but its step returns {structure(after)}"
        )
    if shapes(after) != shapes(before):
        raise UsageError(
            f"{name} starts from a state of {shapes(before)}, "
            f"but its step on {x.dtype} returns {shapes(after)}"
        )


def lengths(given: Array, batch: int, time: int) -> None:
    """One whole number from 0 to `time` for each row; values are seen only outside of `jax.jit`."""
    if given.shape != (batch,):
        raise UsageError(f"lengths must have the shape ({batch},), got {given.shape}")
    if not jnp.issubdtype(given.dtype, jnp.integer):
        raise UsageError(f"lengths must be whole numbers, got {given.dtype}")
    if isinstance(given, jax.core.Tracer):
        return
    values = np.asarray(given)
    wrong = np.flatnonzero((values < 0) | (values > time))
    if wrong.size:
        row = wrong[0]
        raise UsageError(
            f"lengths must be from 0 to {time}, the steps of x, got {values[row]} in row {row}"
        )


def structure(tree: Any) -> str:
    """How a pytree is nested, with a star for each leaf."""
    return str(jax.tree.structure(tree))


def shapes(tree: Any) -> str:
    """The type and shape of every leaf: `float32(2, 5), float32(2, 5)`."""
    return ", ".join(
        f"{jnp.result_type(leaf)}{tuple(jnp.shape(leaf))}" for leaf in jax.tree.leaves(tree)
    )
