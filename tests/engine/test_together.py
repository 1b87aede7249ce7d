"""Which products are computed for several steps at once, as the listing of a program shows them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

import unspool
from unspool import engine
from unspool.cells import GRUCell, LSTMCell
from unspool.engine import together
from unspool.engine.listing import listing

pytestmark = pytest.mark.usefixtures("quick_compiling")


class StateFirst(unspool.Cell):
    """Adds W x to U h, in this order, where others add U h to W x."""

    W: Array
    U: Array
    b: Array

    def initial_state(self) -> Array:
        return jnp.zeros(3)

    def __call__(self, x: Array, state: Array) -> tuple[Array, Array]:
        h = jnp.tanh(self.b + self.U @ state + self.W @ x)
        return h, h


def products(cell: Any, features: int, batch: int = 1) -> list[str]:
    state = jax.tree.map(
        lambda leaf: np.zeros((batch, *leaf.shape), np.float32), cell.initial_state()
    )
    plan = engine.plan(cell, np.zeros((batch, 5, features), np.float32), state)
    assert isinstance(plan, engine.Plan), plan
    return [line.split(" = ")[-1] for line in listing(plan).splitlines() if " @ " in line]


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LARGE", 0)


def at_once(lines: list[str]) -> list[str]:
    return [line.split(" ")[-1] for line in lines if "computed" in line]


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("cell", [LSTMCell, GRUCell])
def test_products_with_inputs_are_ahead_and_their_gradients_behind(cell: Any) -> None:
    found = products(cell(2, 3, key=jax.random.key(0)), 2)
    assert at_once(found) == ["ahead", "behind"]
    assert any("@ s0..2" in line for line in found), "the state's product is of its step"


@pytest.mark.usefixtures("_small")
def test_the_order_in_which_a_cell_adds_its_products_makes_no_difference() -> None:
    random = np.random.default_rng(0)
    cell = StateFirst(random.normal(size=(3, 2)), random.normal(size=(3, 3)), np.ones(3))
    ahead, *_ = products(jax.tree.map(jnp.float32, cell), 2)
    assert ahead.endswith("computed ahead")


@pytest.mark.usefixtures("_small")
def test_sequences_side_by_side_use_a_weight_often_enough_as_it_is() -> None:
    assert at_once(products(LSTMCell(2, 3, key=jax.random.key(0)), 2, batch=19)) == []


def test_small_matrices_are_near_enough_as_they_are() -> None:
    assert at_once(products(LSTMCell(2, 3, key=jax.random.key(0)), 2)) == []
    assert at_once(products(LSTMCell(32, 32, key=jax.random.key(0)), 32)) == ["ahead", "behind"]
