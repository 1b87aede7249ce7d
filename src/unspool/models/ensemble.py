"""Several models of one structure as one: their arrays stacked, all run by one `vmap`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from unspool.errors import UsageError


class Ensemble(eqx.Module):
    """Members of one structure, each with weights of its own (a leading axis of all arrays).

    The prediction is (batch, members, ...): every member's own. The states have a leading axis of
    members. In training each member has random numbers of its own.
    """

    stacked: Any
    size: int = eqx.field(static=True)

    @classmethod
    def of(cls, members: Sequence[Any]) -> Ensemble:
        """Of models that differ in their arrays alone; UsageError where there is none."""
        if not members:
            raise UsageError("an ensemble has at least one member")
        parts = [eqx.partition(member, eqx.is_array) for member in members]
        arrays = jax.tree.map(_stacked, *(own for own, _ in parts))
        return cls(eqx.combine(arrays, parts[0][1]), len(members))

    def member(self, index: int) -> Any:
        """One of the models."""
        arrays, rest = eqx.partition(self.stacked, eqx.is_array)
        return eqx.combine(jax.tree.map(lambda leaf: leaf[index], arrays), rest)

    def __call__(
        self, inputs: Any, lengths: Any = None, *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Any]:
        """Every member's prediction (batch, members, ...), and states (members, ...)."""
        arrays, rest = eqx.partition(self.stacked, eqx.is_array)

        def one(own: Any, own_key: PRNGKeyArray | None) -> tuple[Any, Any]:
            prediction, states = eqx.combine(own, rest)(inputs, lengths, key=own_key)
            return prediction, states

        keys = None if key is None else jax.random.split(key, self.size)
        return jax.vmap(one, in_axes=(0, None if key is None else 0), out_axes=(1, 0))(arrays, keys)


def _stacked(*leaves: Array) -> Array:
    if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
        return jnp.stack(leaves)
    # By NumPy, since JAX would compile a program for every shape of the members' arrays.
    stacked: Array = jax.device_put(np.stack([np.asarray(leaf) for leaf in leaves]))
    return stacked


def ensemble_loss(loss: Callable[[Any, Any, Any], Array]) -> Callable[[Any, Any, Any], Array]:
    """The sum of the members' losses: each then gets the gradient that it has by itself.

    That is so as long as the gradient is not clipped by its norm, which all members share.
    """

    def total(prediction: Any, targets: Any, lengths: Any) -> Array:
        each = jax.vmap(lambda own: loss(own, targets, lengths), in_axes=1)(prediction)
        return jnp.sum(each)

    return total
