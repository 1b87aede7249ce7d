"""The libraries beside which Unspool is measured, and the ways in which each can do the work."""

from __future__ import annotations

from benchmarks.cells import sizes
from benchmarks.workers.pool import Peer

OURS = "ours"
RECOMPUTE = "ours-recompute"  # ours, with less memory: measured, and not a peer
CHAPTER = "keras-tf"  # as the chapter of the book has it: `fit`, nothing else said

_KERAS = "benchmarks.cells.keras_peer"
_KERAS_TF = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "{threads}",
    "TF_NUM_INTEROP_THREADS": "{threads}",
}
_PYTORCH = "benchmarks.cells.pytorch_peer"

PEERS = {
    OURS: Peer("benchmarks.cells.ours", ("jax", "equinox", "optax"), pinned=True),
    RECOMPUTE: Peer("benchmarks.cells.ours", ("jax", "equinox", "optax"), pinned=True),
    "jax": Peer("benchmarks.cells.jax_scan", ("jax", "optax"), pinned=True),
    "keras-jax": Peer(_KERAS, ("keras", "jax"), pinned=True, environment={"KERAS_BACKEND": "jax"}),
    CHAPTER: Peer(_KERAS, ("keras", "tensorflow"), environment=_KERAS_TF),
    "keras-tf-xla": Peer(_KERAS, ("keras", "tensorflow"), environment=_KERAS_TF),
    "pytorch": Peer(_PYTORCH, ("torch",)),
    "pytorch-compiled": Peer(_PYTORCH, ("torch",)),
}

# Whose Python a peer runs in, where it is not named by itself.
SAME_PYTHON = {
    RECOMPUTE: OURS,
    "keras-tf-xla": CHAPTER,
    "pytorch-compiled": "pytorch",
    "numpy product": OURS,
    "jax product": OURS,
    "torch product": "pytorch",
}

# The matrix products, beside ours; each in the Python of a peer that has the library.
_PRODUCT = "benchmarks.cells.product"
PRODUCTS = {
    "numpy product": Peer(_PRODUCT, ("numpy",)),
    "jax product": Peer(_PRODUCT, ("numpy", "jax"), pinned=True),
    "torch product": Peer(_PRODUCT, ("numpy", "torch")),
}

_BUILT_IN_PYTORCH = ("simple_rnn", "lstm", "gru", "gru_lengths")


def variants(peer: str, cell: str) -> list[str]:
    """The ways that are tried, of which the fastest counts; none where there is nothing to do."""
    padded = ["padded", "packed"] if cell == "gru_lengths" else [""]
    if peer == "jax":
        if cell == "convolution":
            return ["convolution", "products"]
        frozen = ["", ", state frozen"] if cell == "gru_lengths" else [""]
        return [f"product {where} the loop{how}" for where in ("before", "in") for how in frozen]
    if peer == "keras-jax":
        return ["fit", "train_step"]
    if peer == "pytorch":
        return [_joined(f"{form} Adam", how) for form in ("fused", "foreach") for how in padded]
    if peer == "pytorch-compiled":
        whole = [_joined("compiled whole, fused Adam", padded[0])]
        written = cell in sizes.ROWS and cell not in _BUILT_IN_PYTORCH
        return [*whole, "compiled step, fused Adam"] if written else whole
    if peer == OURS:
        return ["CausalConvolution", "Recurrent"] if cell == "convolution" else ["Recurrent"]
    if peer == RECOMPUTE:
        return [] if cell == "convolution" else ["Recurrent, recompute"]
    return {CHAPTER: ["fit"], "keras-tf-xla": ["fit, jit_compile"]}[peer]


def _joined(*words: str) -> str:
    return ", ".join(filter(None, words))
