"""The two sides: Unspool, and Keras on TensorFlow as the chapter's texts have it."""

from __future__ import annotations

from benchmarks.cells import peers as cells
from benchmarks.workers.pool import Peer

OURS, KERAS = cells.OURS, cells.CHAPTER

PEERS = {
    OURS: Peer("benchmarks.chapter.ours", ("jax", "equinox", "optax"), pinned=True),
    KERAS: Peer(
        "benchmarks.chapter.keras_peer",
        ("keras", "tensorflow"),
        environment=cells.PEERS[KERAS].environment,
    ),
}
