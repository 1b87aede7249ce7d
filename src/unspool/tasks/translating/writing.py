"""What a fitted translator writes, and what it looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from unspool import arguments
from unspool.data.vocabulary import END, START
from unspool.errors import UsageError
from unspool.models.beam import Found
from unspool.models.translators.writing import attention_weights, write_numbers, write_symbols
from unspool.tasks.translating.examples import source_arrays
from unspool.tasks.translating.fitted import Fitted
from unspool.tasks.translating.sides import Symbols

# Rows that are written at once.
BLOCK = 256
# Lengths of sources beyond those of training are rounded up to this, so that fewer programs are
# compiled.
ROUND = 16


@dataclass(frozen=True)
class Written:
    """What was made of sources, one by one.

    symbols: the targets. scores: log-probabilities in nats, divided as `models.beam` says. ended:
    whether the end was written within the steps there were. unknown: symbols of each source that
    training has not seen. copied: which of the target's symbols training has not seen either.
    """

    symbols: list[Symbols]
    scores: NDArray[np.floating]
    ended: NDArray[np.bool_]
    unknown: list[list[str]]
    copied: list[list[str]]


class Attended(NamedTuple):
    """The weights of attention (target steps, source steps), and the symbols of both sides.

    The last step of the target is its end.
    """

    weights: NDArray[np.floating]
    source: list[str]
    target: list[str]


def write(fitted: Fitted, sources: Sequence[Any], width: int, penalty: float) -> Written:
    """The targets of sources; UsageError for a beam that is no whole number of at least 1."""
    check_beam(width, penalty)
    sides, target = fitted.sides, fitted.sides.target
    start, end = target.known.code(START), target.known.code(END)
    symbols: list[Symbols] = []
    scores, ended = [], []
    # No more beginnings are kept than there are symbols to begin with.
    width = min(width, len(target.known))
    for rows, read, places, lengths in _blocks(fitted, sources):
        found: Found = write_symbols(
            fitted.network,
            read,
            places,
            lengths,
            start=start,
            end=end,
            steps=_steps(fitted, read.shape[1]),
            width=width,
            penalty=float(penalty),
        )
        codes, counts = np.asarray(found.codes)[:, 0], np.asarray(found.lengths)[:, 0]
        scores.append(np.asarray(found.scores)[: len(rows), 0])
        ended.append(np.asarray(found.ended)[: len(rows), 0])
        symbols += [
            _decoded(codes[at, : counts[at]], fitted, sources[row]) for at, row in enumerate(rows)
        ]
    unknown: list[list[str]] = [[] for _ in sources]
    copied: list[list[str]] = [[] for _ in sources]
    if sides.source.is_symbols:
        unknown = [sides.source.known.unknown(source) for source in sources]
        copied = [target.known.unknown(own) for own in symbols]
    return Written(symbols, np.concatenate(scores), np.concatenate(ended), unknown, copied)


def numbers(fitted: Fitted, sources: Sequence[Any], steps: int | None) -> NDArray[np.float64]:
    """The numbers of sources, (n, steps, features), in the data's own units."""
    target = fitted.sides.target
    steps = target.longest if steps is None else steps
    arguments.whole("steps", steps)
    made = []
    for rows, read, _, lengths in _blocks(fitted, sources):
        found = np.asarray(write_numbers(fitted.network, read, lengths, steps=steps))
        made.append(found[: len(rows)])
    return target.unscaled(np.concatenate(made))


def attended(fitted: Fitted, source: Any, target: Symbols) -> Attended:
    """What was looked at in a source while the target was written."""
    if fitted.network.attention is None:
        raise UsageError("this translator has no attention: fit one with attention additive or dot")
    known = fitted.sides.target.known
    ((_, read, _, lengths),) = _blocks(fitted, [source])
    steps = -(-(len(target) + 1) // ROUND) * ROUND
    written = np.zeros((1, steps), np.int32)
    written[0, : len(target) + 1] = [known.code(START), *known.encode(target)]
    weights = np.asarray(attention_weights(fitted.network, read, lengths, jnp.asarray(written)))[0]
    names = [str(at) for at in range(1, len(source) + 1)]
    if fitted.sides.source.is_symbols:
        names = list(source)
    return Attended(weights[: len(target) + 1, : len(source)], names, [*target, END])


def check_beam(width: Any, penalty: Any) -> None:
    """UsageError for a width or a penalty out of range."""
    arguments.whole("beam", width)
    if isinstance(penalty, bool) or not isinstance(penalty, int | float):
        raise UsageError(f"length_penalty must be a number of at least 0, got {penalty!r}")
    if not 0 <= penalty < math.inf:
        raise UsageError(f"length_penalty must be a number of at least 0, got {penalty}")


def _blocks(fitted: Fitted, sources: Sequence[Any]) -> Iterator[tuple[range, Array, Array, Array]]:
    """Rows of sources, with arrays of one size for all blocks; copies of the last row fill them."""
    sides = fitted.sides
    longest = max(map(len, sources))
    if longest > sides.source.longest:
        longest = -(-longest // ROUND) * ROUND
    longest = max(longest, sides.source.longest)
    size = min(BLOCK, 1 << (len(sources) - 1).bit_length())
    for begin in range(0, len(sources), size):
        rows = range(begin, min(begin + size, len(sources)))
        block = [sources[min(begin + at, len(sources) - 1)] for at in range(size)]
        read, places, lengths = source_arrays(
            block, sides.source, sides.target, copies=sides.copies, longest=longest
        )
        yield rows, jnp.asarray(read), jnp.asarray(places), jnp.asarray(lengths)


def _steps(fitted: Fitted, longest: int) -> int:
    """How many symbols are written at most, with the end: more where sources are longer."""
    source, target = fitted.sides.source, fitted.sides.target
    return math.ceil(target.longest * max(1.0, longest / source.longest)) + 1


def _decoded(codes: NDArray[np.integer], fitted: Fitted, source: Any) -> Symbols:
    """The symbols of codes, those of the source where they were copied from there."""
    known = fitted.sides.target.known
    made: Symbols = []
    for code in codes.tolist():
        made += [source[code - len(known)]] if code >= len(known) else known.decode([code])
    return made
