from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

import unspool
from unspool import engine
from unspool.engine import memory
from unspool.engine.library import library

pytestmark = pytest.mark.skipif(isinstance(library(), str), reason="needs the native part")


class Scaled(unspool.Cell):
    """h' = factor h + x, by a factor that is no parameter."""

    factor: Any

    def initial_state(self) -> jax.Array:
        return jnp.zeros(2)

    def __call__(self, x: jax.Array, h: jax.Array) -> tuple[jax.Array, jax.Array]:
        h = self.factor(h) + x
        return h, h


def double(h: jax.Array) -> jax.Array:
    return 2 * h


def triple(h: jax.Array) -> jax.Array:
    return 3 * h


def planned(cell: unspool.Cell, batch: int = 2, time: int = 3) -> engine.Plan:
    x, state = jnp.ones((batch, time, 2)), jnp.zeros((batch, 2))
    found = engine.plan(cell, x, state)
    assert isinstance(found, engine.Plan), found
    return found


def last(cell: unspool.Cell) -> np.ndarray:
    plan = planned(cell)
    outputs, _ = engine.run(plan, cell, jnp.ones((2, 3, 2)), jnp.zeros((2, 2)))
    return np.asarray(outputs[:, -1])


def test_a_step_is_traced_once_whatever_the_batch_and_the_time() -> None:
    cell = Scaled(double)
    assert planned(cell, 2, 3).lowered is planned(cell, 7, 1).lowered
    assert planned(Scaled(double)).lowered is planned(cell).lowered


def test_cells_that_compute_something_else_are_something_else() -> None:
    assert_allclose(last(Scaled(double)), 7)
    assert_allclose(last(Scaled(triple)), 13)
    wide = unspool.SimpleRNNCell(2, 3, key=jax.random.key(0))
    wider = unspool.SimpleRNNCell(2, 4, key=jax.random.key(0))
    lowered = [
        engine.plan(cell, jnp.ones((2, 3, 2)), jnp.zeros((2, size))).lowered  # type: ignore[union-attr]
        for cell, size in ((wide, 3), (wider, 4))
    ]
    assert [one.output.size for one in lowered] == [3, 4]


def test_weights_are_not_remembered() -> None:
    cells = [unspool.SimpleRNNCell(2, 2, key=jax.random.key(seed)) for seed in (0, 1)]
    assert planned(cells[0]).lowered is planned(cells[1]).lowered
    assert not np.allclose(last(cells[0]), last(cells[1]))


def test_numbers_of_the_program_around_a_cell_are_not_kept_for_the_next() -> None:
    @eqx.filter_jit
    def within(factor: jax.Array) -> jax.Array:
        cell = Scaled(jax.tree_util.Partial(lambda h: h * factor))
        plan = planned(cell)
        return engine.run(plan, cell, jnp.ones((2, 3, 2)), jnp.zeros((2, 2)))[0][:, -1]

    assert_allclose(within(jnp.array(2.0)), 7)
    assert_allclose(within(jnp.array([3.0, 2.0])), [[13, 7]] * 2)
    slope = jax.grad(lambda factor: within(factor).sum())(jnp.array(2.0))
    assert_allclose(slope, 2 * 2 * (1 + 2 * 2))  # of 1 + f + f^2 in two units of two sequences


def test_what_cannot_be_compared_is_traced_each_time() -> None:
    assert memory.key_of([{1, 2}], (), ()) is None
    made = []
    memory.remembered(None, lambda: made.append(1))  # type: ignore[arg-type, func-returns-value]
    memory.remembered(None, lambda: made.append(1))  # type: ignore[arg-type, func-returns-value]
    assert len(made) == 2


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_lowered", type(memory._lowered)())
    monkeypatch.setattr(memory, "MOST_STEPS", 2)
    first = planned(Scaled(double)).lowered
    planned(Scaled(triple))
    assert planned(Scaled(double)).lowered is first  # and so it is the newest again
    planned(Scaled(jnp.tanh))
    assert planned(Scaled(double)).lowered is first
    planned(Scaled(triple))
    planned(Scaled(jnp.tanh))
    assert planned(Scaled(double)).lowered is not first
