"""A network's arrays by name, and back into a network of the same settings."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from unspool.errors import DataError
from unspool.models.recurrent import RecurrentForecaster, build
from unspool.models.specs import Recurrent

Arrays = dict[str, NDArray[Any]]


def named_arrays(network: RecurrentForecaster, prefix: str) -> Arrays:
    """Every trained array under its path: "0.stack.layers.0.cell.input_weight" …"""
    return {f"{prefix}.{name}": np.asarray(array) for name, array in _leaves(network)}


def from_arrays(
    arrays: Arrays, prefix: str, spec: Recurrent, look_back: int, horizon: int
) -> RecurrentForecaster:
    """A network with those arrays; raises DataError where one is missing or has another shape."""
    network = build(spec, look_back, horizon, key=jax.random.key(0))
    leaves = []
    for name, leaf in _leaves(network):
        saved = arrays.get(f"{prefix}.{name}")
        if saved is None or saved.shape != leaf.shape or saved.dtype != leaf.dtype:
            found = "nothing" if saved is None else f"{saved.dtype} {saved.shape}"
            raise DataError(
                f"the saved {prefix}.{name} must be {leaf.dtype} {leaf.shape}, found {found}"
            )
        leaves.append(jnp.asarray(saved))
    trained, rest = eqx.partition(network, eqx.is_inexact_array)
    restored: RecurrentForecaster = eqx.combine(
        jax.tree.unflatten(jax.tree.structure(trained), leaves), rest
    )
    return restored


def _leaves(network: RecurrentForecaster) -> list[tuple[str, Any]]:
    trained = eqx.filter(network, eqx.is_inexact_array)
    found, _ = jax.tree_util.tree_flatten_with_path(trained)
    return [(jax.tree_util.keystr(path, simple=True, separator="."), leaf) for path, leaf in found]
