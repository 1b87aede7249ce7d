"""From the states in which an encoder ends to those in which a decoder starts."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from unspool.cells import LSTMState
from unspool.layers import Dense


class Bridge(eqx.Module):
    """An affine map of both directions' states, for each layer and each part of its state.

    An encoder of one direction needs none: its states are the decoder's.
    """

    maps: tuple[tuple[Dense, ...], ...]

    def __init__(self, layers: int, parts: int, units: int, *, key: PRNGKeyArray) -> None:
        """layers: of the encoder. parts: 2 of an LSTM's state, hidden and memory, 1 of a GRU's."""
        keys = jax.random.split(key, (layers, parts))
        # A hidden state is within -1 and 1, an LSTM's memory is not.
        self.maps = tuple(
            tuple(
                Dense(units, units, activation="linear" if part else "tanh", key=own[part])
                for part in range(parts)
            )
            for own in keys
        )

    def __call__(self, states: tuple[Any, ...]) -> tuple[Any, ...]:
        """The decoder's states of the encoder's, a pair (forward, backward) for each layer."""
        return tuple(
            _joined(ahead, back, maps)
            for (ahead, back), maps in zip(states, self.maps, strict=True)
        )


def _joined(forward: Any, backward: Any, maps: tuple[Dense, ...]) -> Any:
    parts = [
        own.transformed(jnp.concatenate(both, axis=-1), None)
        for own, *both in zip(
            maps, jax.tree.leaves(forward), jax.tree.leaves(backward), strict=True
        )
    ]
    return LSTMState(*parts) if isinstance(forward, LSTMState) else parts[0]
