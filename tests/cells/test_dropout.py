from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import Cell, GRUCell, LSTMCell, Noise, SimpleRNNCell
from unspool.cells.dropout import draw

INPUT, HIDDEN = 3, 6
KEYS = jax.random.split(jax.random.key(0), 3)
MAKERS = {
    "simple rnn": lambda **how: SimpleRNNCell(INPUT, HIDDEN, **how),
    "simple rnn, layer norm": lambda **how: SimpleRNNCell(INPUT, HIDDEN, layer_norm=True, **how),
    "lstm": lambda **how: LSTMCell(INPUT, HIDDEN, **how),
    "lstm, layer norm": lambda **how: LSTMCell(INPUT, HIDDEN, layer_norm=True, **how),
    "gru, reset after": lambda **how: GRUCell(INPUT, HIDDEN, reset="after", **how),
    "gru, reset before": lambda **how: GRUCell(INPUT, HIDDEN, reset="before", **how),
}


X = np.random.default_rng(1).normal(size=INPUT)
run = eqx.filter_jit(lambda cell, *given: cell(*given))


def random_state(cell: Cell) -> Any:
    random = np.random.default_rng(2)
    return jax.tree.map(
        lambda leaf: random.normal(size=leaf.shape).astype(leaf.dtype), cell.initial_state()
    )


def test_a_unit_is_dropped_at_the_rate_and_the_others_make_up_for_it() -> None:
    factors = np.asarray(draw(KEYS[0], 0.2, jnp.zeros(20_000)).per_sequence)
    assert set(np.unique(factors)) == {np.float32(0), np.float32(1 / 0.8)}
    # 5 standard deviations of the share of 20,000 draws.
    assert np.mean(factors == 0) == pytest.approx(0.2, abs=0.015)


def test_at_a_rate_of_zero_there_is_nothing_to_draw() -> None:
    assert draw(KEYS[0], 0.0, jnp.zeros(4)) is None
    assert all(make(key=KEYS[0]).noise(KEYS[1]) is None for make in MAKERS.values())


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("kind", MAKERS)
def test_a_dropped_unit_is_one_whose_column_of_the_recurrent_weights_is_zero(kind: str) -> None:
    cell: Any = MAKERS[kind](recurrent_dropout=0.5, key=KEYS[0])
    state = random_state(cell)
    noise = cell.noise(KEYS[1])
    factors = np.asarray(noise.per_sequence)
    assert 0 < (factors == 0).sum() < HIDDEN

    dropped = eqx.tree_at(lambda cell: cell.state_weight, cell, cell.state_weight * factors)
    found, wanted = (
        jax.tree.leaves(run(cell, X, state, noise)),
        jax.tree.leaves(run(dropped, X, state)),
    )
    for mine, other, whole in zip(found, wanted, jax.tree.leaves(run(cell, X, state)), strict=True):
        assert_allclose(mine, other, rtol=1e-12)
        assert np.abs(mine - whole).max() > 1e-3


@pytest.mark.parametrize("kind", MAKERS)
def test_at_inference_nothing_is_dropped(kind: str) -> None:
    dropping, plain = (MAKERS[kind](recurrent_dropout=rate, key=KEYS[0]) for rate in (0.5, 0.0))
    x, state = X.astype(np.float32), random_state(plain)
    found, wanted = run(dropping, x, state)[0], run(plain, x, state)[0]
    assert (np.asarray(found) == np.asarray(wanted)).all()


def test_the_factors_have_the_type_of_the_weights() -> None:
    cell = LSTMCell(INPUT, HIDDEN, recurrent_dropout=0.5, key=KEYS[0])
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), cell)
    noise = half.noise(KEYS[1])
    assert isinstance(noise, Noise)
    assert noise.per_step is None
    assert noise.per_sequence.shape == (HIDDEN,)
    assert noise.per_sequence.dtype == jnp.bfloat16
