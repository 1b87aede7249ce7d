"""How well a generator foresees what comes, beside baselines that everybody can do in the head.

The definitions are in docs/generate.md. A step is what is predicted at once: a symbol, a note of a
chord, or a frame of a piano roll.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.integer]

# More symbols than this have too many pairs to count in a table.
MOST_COUNTED = 1024


@dataclass(frozen=True)
class Foresight:
    """nats: the mean of minus the logarithm of what came, over `count` steps. accuracy: the share
    of right guesses, each the likeliest value. A baseline without probabilities has no nats.
    """

    nats: float | None
    accuracy: float
    count: int

    def to_dict(self) -> dict[str, float]:
        """Figures by name, with nats in other units: bits, and perplexity, their exponential."""
        found: dict[str, float] = {}
        if self.nats is not None:
            found |= {
                "nats": self.nats,
                "bits": self.nats / math.log(2),
                # Of a whole frame it may be beyond what a float holds.
                "perplexity": math.exp(min(self.nats, 700.0)),
            }
        return found | {"accuracy": self.accuracy}


def foresight(nats: Any, hits: Any, tries: Any, count: int) -> Foresight:
    """From sums over all steps."""
    return Foresight(float(nats) / count, float(hits) / max(float(tries), 1.0), count)


def count_pairs(sequences: Sequence[Codes], symbols: int) -> NDArray[np.int64]:
    """How often each code follows each, (symbols, symbols): row the one before."""
    counts = np.zeros(symbols * symbols, np.int64)
    for codes in sequences:
        pairs = np.asarray(codes[:-1], np.int64) * symbols + codes[1:]
        counts += np.bincount(pairs, minlength=symbols * symbols)
    return counts.reshape(symbols, symbols)


def unigram(counts: NDArray[np.integer], sequences: Sequence[Codes]) -> Foresight:
    """Every symbol by how often it came in training, (symbols,), whatever is before it.

    One is added to each count (Laplace), so that nothing is impossible. The first code of a
    sequence is not predicted.
    """
    shares = (counts + 1) / (counts.sum() + len(counts))
    came = np.concatenate([codes[1:] for codes in sequences])
    nats = -np.log(shares)[came]
    return foresight(nats.sum(), (came == counts.argmax()).sum(), len(came), len(came))


def bigram(pairs: NDArray[np.integer], sequences: Sequence[Codes]) -> Foresight:
    """Every symbol by how often it came after the one before it, likewise."""
    shares = (pairs + 1) / (pairs.sum(axis=1, keepdims=True) + len(pairs))
    before = np.concatenate([codes[:-1] for codes in sequences])
    came = np.concatenate([codes[1:] for codes in sequences])
    nats = -np.log(shares[before, came])
    hits = (came == pairs.argmax(axis=1)[before]).sum()
    return foresight(nats.sum(), hits, len(came), len(came))


def repeated_chord(pieces: Sequence[NDArray[np.integer]], *, windows: bool = False) -> Foresight:
    """Each note is that of its voice a chord earlier; pieces (time, voices).

    The first chord is given; in windows only its first voice is, and of the others this knows
    nothing, so that it is wrong about them.
    """
    hits = sum(int((piece[1:] == piece[:-1]).sum()) for piece in pieces)
    count = sum(piece[1:].size + windows * (piece.shape[1] - 1) for piece in pieces)
    return Foresight(None, hits / max(count, 1), count)


def repeated_frame(pieces: Sequence[NDArray[np.integer]]) -> Foresight:
    """The keys of the frame before; pieces (time, keys). Right are keys that sound in both."""
    both = sum(int((piece[1:] & piece[:-1]).sum()) for piece in pieces)
    either = sum(int((piece[1:] | piece[:-1]).sum()) for piece in pieces)
    return Foresight(None, both / max(either, 1), sum(len(piece) - 1 for piece in pieces))


def independent_keys(
    sounding: NDArray[np.integer], frames: int, pieces: Sequence[NDArray[np.integer]]
) -> Foresight:
    """Each key by how often it sounded in training, whatever is before it and beside it.

    sounding: in how many of the `frames` in training each key did, (keys,); one frame is added in
    which it does and one in which it does not.
    """
    shares = (sounding + 1) / (frames + 2)
    came = np.concatenate([piece[1:] for piece in pieces])
    nats = -(np.log(shares) * came + np.log1p(-shares) * (1 - came)).sum()
    thought = shares > 0.5
    hits = (came.astype(bool) & thought).sum()
    tries = (came.astype(bool) | thought).sum()
    return foresight(nats, hits, tries, len(came))
