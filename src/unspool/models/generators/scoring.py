"""How well a network foresees a long text: in parts side by side, each after what is before it."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from unspool.models.generators.network import Generator
from unspool.models.generators.writers import Judged

# A text is read in so many parts at once. Each begins so many steps early, to have a state by then:
# what lies further back is not seen, but by the first part.
PARTS, BEFORE = 32, 512
# Steps in one piece, after which the state is handed on.
PIECE = 128


def score_text(
    network: Generator, codes: NDArray[np.integer], parts: int = PARTS, before: int = BEFORE
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Nats and hits of each code of a text but the first, (time - 1,) each."""
    count = len(codes) - 1
    if count < 4 * before:
        parts = 1
    # The first part is longer by what the others read without being asked.
    each = -(-max(count - before, 1) // parts) if parts > 1 else count
    length = each + (before if parts > 1 else 0)
    steps = -(-length // PIECE) * PIECE
    at = np.minimum(np.arange(parts)[:, None] * each + np.arange(steps), count - 1)
    read, came = (
        np.asarray(values, np.int32).reshape(parts, -1, PIECE).swapaxes(0, 1)
        for values in (codes[:-1][at], codes[1:][at])
    )
    nats, hits = (np.asarray(one) for one in _scored(network, jnp.asarray(read), jnp.asarray(came)))

    def in_order(values: NDArray[Any]) -> NDArray[Any]:
        rows = values.swapaxes(0, 1).reshape(parts, steps)[:, :length]
        skipped = length - each
        return np.concatenate([rows[0], *(row[skipped:] for row in rows[1:])])[:count]

    return in_order(nats), in_order(hits)


@eqx.filter_jit
def _scored(network: Generator, read: Array, came: Array) -> tuple[Array, Array]:
    """Nats and hits (pieces, parts, PIECE), the states handed on from piece to piece."""

    def piece(state: Any, both: tuple[Array, Array]) -> tuple[Any, tuple[Array, Array]]:
        judged: Judged
        judged, state = network.judge(*both, state)
        return state, (judged.nats[..., 0], judged.hits[..., 0])

    _, scored = jax.lax.scan(piece, network.initial_state(read.shape[1]), (read, came))
    nats, hits = scored
    return nats, hits
