"""A network's arrays by name, and back into a network of the same settings."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np
from numpy.typing import NDArray

from unspool.bundles.folder import expected
from unspool.models.build import build
from unspool.models.network import WindowNetwork
from unspool.models.specs import Network

Arrays = dict[str, NDArray[Any]]


def named_arrays(network: Any, prefix: str) -> Arrays:
    """Every trained array under its path: "0.stack.layers.0.cell.input_weight" …"""
    return {f"{prefix}.{name}": np.asarray(array) for name, array in _leaves(network)}


def from_arrays(
    arrays: Arrays, prefix: str, spec: Network, look_back: int, horizon: int
) -> WindowNetwork:
    """A forecasting network with those arrays; raises DataError where one is missing or unfit."""
    # Its shapes alone: to draw weights that nobody needs would be most of the loading time.
    template = eqx.filter_eval_shape(build, spec, look_back, horizon, key=jax.random.key(0))
    network: WindowNetwork = restored(arrays, prefix, template)
    return network


def restored(arrays: Arrays, prefix: str, template: Any) -> Any:
    """The template with those arrays for its shapes; DataError where one is missing or unfit."""

    def saved(path: Any, leaf: Any) -> Any:
        if not isinstance(leaf, jax.ShapeDtypeStruct):
            return leaf
        return jax.device_put(
            expected(arrays, f"{prefix}.{_name(path)}", str(leaf.dtype), leaf.shape)
        )

    return jax.tree_util.tree_map_with_path(saved, template)


def _leaves(network: Any) -> list[tuple[str, Any]]:
    trained = eqx.filter(network, eqx.is_inexact_array)
    found, _ = jax.tree_util.tree_flatten_with_path(trained)
    return [(_name(path), leaf) for path, leaf in found]


def _name(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")
