"""The most likely sequence that a model can write: greedy and beam search, compiled.

A beam keeps the `width` best beginnings of each row. At every step each of them is prolonged by
every symbol, and the best of all these are kept; one that has written the end stays as it is. They
are ranked by their log-probability divided by ((5 + length) / 6) ** penalty, as longer sequences
have lower probabilities (Wu et al. 2016, equation 14). A width of 1 is greedy search.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

# Codes of the newest symbols (batch, width) and the states after those before them, with leading
# (batch, width): log-probabilities of what comes next (batch, width, symbols), and new states.
Step = Callable[[Array, Any], tuple[Array, Any]]


class Found(NamedTuple):
    """What was found, the best first.

    lengths: with the end, if it was written. scores: log-probabilities divided as above; minus
    infinity where there are fewer sequences than the beam is wide.
    """

    codes: Int[Array, "batch width steps"]
    lengths: Int[Array, "batch width"]
    scores: Float[Array, "batch width"]
    ended: Bool[Array, "batch width"]


class _Beam(NamedTuple):
    step: Int[Array, ""]
    newest: Int[Array, "batch width"]
    states: Any
    codes: Int[Array, "batch width steps"]
    lengths: Int[Array, "batch width"]
    total: Float[Array, "batch width"]
    ended: Bool[Array, "batch width"]


def search(
    step: Step,
    states: Any,
    batch: int,
    *,
    start: int,
    end: int,
    steps: int,
    width: int = 1,
    penalty: float = 0.6,
) -> Found:
    """The best sequences of at most `steps` symbols, for each of `batch` rows.

    step: as above. states: those before the first symbol, with a leading axis (batch,). start, end:
    the codes of what is read first, and of what ends a sequence.
    """

    def spread(leaf: Array) -> Array:
        return jnp.broadcast_to(leaf[:, None], (batch, width, *leaf.shape[1:]))

    # All beginnings are the same at first: the others must not count.
    total = jnp.where(jnp.arange(width) == 0, 0.0, -jnp.inf)
    begin = _Beam(
        step=jnp.asarray(0),
        newest=jnp.full((batch, width), start, jnp.int32),
        states=jax.tree.map(spread, states),
        codes=jnp.zeros((batch, width, steps), jnp.int32),
        lengths=jnp.zeros((batch, width), jnp.int32),
        total=jnp.broadcast_to(total, (batch, width)),
        ended=jnp.zeros((batch, width), bool),
    )

    def goes_on(beam: _Beam) -> Array:
        return (beam.step < steps) & ~jnp.all(beam.ended)

    def prolonged(beam: _Beam) -> _Beam:
        chances, states = step(beam.newest, beam.states)  # (batch, width, symbols)
        symbols = chances.shape[-1]
        stays = jnp.where(jnp.arange(symbols) == end, 0.0, -jnp.inf)
        chances = jnp.where(beam.ended[..., None], stays, chances)
        lengths = beam.lengths + ~beam.ended
        total = beam.total[..., None] + chances
        ranked = total / _divisor(lengths, penalty)[..., None]
        parent, code = _best(ranked.reshape(batch, -1), width, symbols)

        def chosen(leaf: Array) -> Array:
            at = parent.reshape(batch, width, *(1,) * (leaf.ndim - 2))
            return jnp.take_along_axis(leaf, at, axis=1)

        written = chosen(beam.ended)
        codes = chosen(beam.codes)
        codes = codes.at[..., beam.step].set(jnp.where(written, 0, code))
        total = jnp.take_along_axis(chosen(total), code[..., None], axis=-1)[..., 0]
        return _Beam(
            step=beam.step + 1,
            newest=code,
            states=jax.tree.map(chosen, states),
            codes=codes,
            lengths=chosen(lengths),
            total=total,
            ended=written | (code == end),
        )

    beam = jax.lax.while_loop(goes_on, prolonged, begin)
    scores = beam.total / _divisor(beam.lengths, penalty)
    return Found(beam.codes, beam.lengths, scores, beam.ended)


def _divisor(lengths: Array, penalty: float) -> Array:
    return ((5 + lengths) / 6) ** penalty


def _best(
    ranked: Float[Array, "batch candidates"], width: int, symbols: int
) -> tuple[Int[Array, "batch width"], Int[Array, "batch width"]]:
    """Which beginnings the best candidates prolong, and by which symbols; the best first."""
    if width == 1:  # a sort of all is not needed
        places = jnp.argmax(ranked, axis=-1)[:, None]
    else:
        _, places = jax.lax.top_k(ranked, width)
    return places // symbols, (places % symbols).astype(jnp.int32)
