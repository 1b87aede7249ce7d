"""The running statistics of a model's batch normalisations: put in, left out, told from weights."""

from __future__ import annotations

from typing import Any, TypeVar

import equinox as eqx
import jax

from unspool.errors import UsageError
from unspool.layers import checks
from unspool.layers.normalisation import BatchNorm, Statistics

Model = TypeVar("Model")


def settle(model: Model, states: Any) -> Model:
    """The model with the running statistics in `states` stored in its batch normalisations.

    `states` is what a call of the model with a key handed back. Statistics and layers are matched
    in the order in which they stand in the two trees, which is the same for all layers and models
    of this package. States without any statistics leave the model as it is. Raises UsageError when
    they do not fit.
    """
    found = [
        leaf for leaf in jax.tree.leaves(states, is_leaf=_is_statistics) if _is_statistics(leaf)
    ]
    if not found:
        return model
    leaves, structure = jax.tree.flatten(model, is_leaf=_is_batch_norm)
    places = [position for position, leaf in enumerate(leaves) if _is_batch_norm(leaf)]
    if len(places) != len(found):
        raise UsageError(
            f"the model has {len(places)} batch normalisations and the states have statistics of "
            f"{len(found)}: pass on the states of a whole call, with a key"
        )
    for place, statistics in zip(places, found, strict=True):
        layer = leaves[place]
        checks.state(layer, statistics, Statistics(layer.mean, layer.variance))
        leaves[place] = _with(layer, *statistics)
    settled: Model = jax.tree.unflatten(structure, leaves)
    return settled


def without_statistics(states: Any) -> Any:
    """The states with None in place of statistics: those of one network are not another's start."""
    return jax.tree.map(
        lambda leaf: None if _is_statistics(leaf) else leaf, states, is_leaf=_is_statistics
    )


def trained(model: Any) -> Any:
    """The model's structure with True for each array that training changes and False elsewhere.

    Arrays of real numbers are trained, but for the statistics of batch normalisations.
    """

    def marks(node: Any) -> Any:
        marked = jax.tree.map(eqx.is_inexact_array, node)
        return _with(marked, False, False) if _is_batch_norm(node) else marked

    return jax.tree.map(marks, model, is_leaf=_is_batch_norm)


def _with(layer: Any, mean: Any, variance: Any) -> Any:
    return eqx.tree_at(lambda norm: (norm.mean, norm.variance), layer, (mean, variance))


def _is_batch_norm(node: Any) -> bool:
    return isinstance(node, BatchNorm)


def _is_statistics(node: Any) -> bool:
    return isinstance(node, Statistics)
