from __future__ import annotations

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.models.beam import search

START, END, SYMBOLS, STEPS, ROWS = 0, 1, 4, 4, 3


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Definitions are tested here, not speed."""


def tables(seed: int, sharpness: float = 2.0) -> np.ndarray:
    """Log-probabilities of what follows what, by row and step: (rows, steps, symbols, symbols)."""
    random = np.random.default_rng(seed)
    scores = sharpness * random.normal(size=(ROWS, STEPS, SYMBOLS, SYMBOLS))
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


def found(chances: np.ndarray, width: int, penalty: float = 0.0) -> Any:
    given = jnp.asarray(chances, jnp.float32)

    def step(newest: Any, states: Any) -> Any:
        """The state counts the steps, so that a beam that mixed up its states would be noticed."""
        at = jnp.arange(ROWS)[:, None]
        return given[at, jnp.minimum(states, STEPS - 1), newest], states + 1

    return jax.jit(
        lambda: search(
            step,
            jnp.zeros(ROWS, int),
            ROWS,
            start=START,
            end=END,
            steps=STEPS,
            width=width,
            penalty=penalty,
        )
    )()


def every_sequence() -> list[tuple[int, ...]]:
    """All that can be written: up to the end, or as long as may be without it."""
    whole = itertools.product(range(SYMBOLS), repeat=STEPS)
    return sorted({s[: s.index(END) + 1] if END in s else s for s in whole})


def chance(chances: np.ndarray, row: int, sequence: tuple[int, ...]) -> float:
    before = (START, *sequence[:-1])
    return float(sum(chances[row, t, before[t], code] for t, code in enumerate(sequence)))


@pytest.mark.parametrize("penalty", [0.0, 1.5])
def test_a_beam_as_wide_as_all_sequences_finds_the_best_of_them(penalty: float) -> None:
    chances = tables(0)
    made = found(chances, len(every_sequence()), penalty)
    for row in range(ROWS):
        ranked = sorted(
            (
                (chance(chances, row, s) / ((5 + len(s)) / 6) ** penalty, s)
                for s in every_sequence()
            ),
            reverse=True,
        )
        for place in range(5):
            score, wanted = ranked[place]
            length = int(made.lengths[row, place])
            assert tuple(np.asarray(made.codes)[row, place, :length].tolist()) == wanted
            assert_allclose(made.scores[row, place], score, rtol=1e-5)
            assert bool(made.ended[row, place]) == (wanted[-1] == END)


def test_a_width_of_one_takes_the_best_symbol_at_every_step() -> None:
    chances = tables(1)
    made = found(chances, 1)
    for row in range(ROWS):
        newest, wanted = START, []
        for t in range(STEPS):
            newest = int(chances[row, t, newest].argmax())
            wanted.append(newest)
            if newest == END:
                break
        assert np.asarray(made.codes)[row, 0, : int(made.lengths[row, 0])].tolist() == wanted
        assert not np.asarray(made.codes)[row, 0, len(wanted) :].any()


def test_a_wider_beam_keeps_a_beginning_that_is_not_the_best_at_first() -> None:
    # 2 is likelier than 3 at first, and then everything is equally likely; after 3 one thing is.
    chances = np.full((ROWS, STEPS, SYMBOLS, SYMBOLS), np.log(0.25))
    chances[:, 0, START] = np.log([0.1, 0.1, 0.45, 0.35])
    chances[:, 1:, 3] = np.log([0.01, 0.97, 0.01, 0.01])
    assert np.asarray(found(chances, 1).codes)[0, 0, 0] == 2
    assert np.asarray(found(chances, 2).codes)[0, 0, :2].tolist() == [3, END]


def test_the_penalty_is_for_short_sequences() -> None:
    # The end at once has probability 0.3; three symbols and the end 0.28.
    chances = np.full((ROWS, STEPS, SYMBOLS, SYMBOLS), np.log(1e-6))
    chances[:, 0, START] = np.log([1e-6, 0.3, 0.28, 1e-6])
    chances[:, 1:3, 2, 2] = chances[:, 3, 2, END] = np.log(0.999)
    assert found(chances, 3, penalty=0.0).lengths[0, 0] == 1
    assert found(chances, 3, penalty=1.0).lengths[0, 0] == 4
