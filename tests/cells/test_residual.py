from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import Cell, GRUCell, LSTMCell, LSTMState, Residual, Zoneout
from unspool.errors import UsageError

KEYS = jax.random.split(jax.random.key(0), 3)


@pytest.mark.usefixtures("float64")
def test_the_input_is_added_to_the_output_and_to_nothing_else() -> None:
    cell = LSTMCell(4, 4, key=KEYS[0])
    x, state = jnp.arange(4.0), LSTMState(*np.random.default_rng(0).normal(size=(2, 4)))
    output, after = cell(x, state)
    added, same = Residual(cell)(x, state)
    assert_allclose(added, output + x, rtol=0)
    for found, wanted in zip(same, after, strict=True):
        assert_allclose(found, wanted, rtol=0)


@pytest.mark.usefixtures("float64")
def test_the_cells_own_noise_reaches_it() -> None:
    inner = Zoneout(GRUCell(4, 4, recurrent_dropout=0.5, key=KEYS[0]), 0.5)
    x, state = jnp.arange(4.0), np.random.default_rng(0).normal(size=4)
    noise = Residual(inner).noise(KEYS[2])
    assert_allclose(Residual(inner)(x, state, noise)[0], inner(x, state, noise)[0] + x, rtol=0)
    assert Residual(GRUCell(4, 4, key=KEYS[0])).noise(KEYS[2]) is None


@pytest.mark.parametrize("hidden", [1, 3])
def test_sizes_that_differ_are_rejected_with_both(hidden: int) -> None:
    cell = Residual(GRUCell(4, hidden, key=KEYS[0]))
    with pytest.raises(UsageError) as error:
        cell(jnp.zeros(4), cell.initial_state())
    assert str(error.value) == (
        "Residual adds the input to the output of GRUCell, which must have the same shape: "
        f"got input (4,) and output ({hidden},)"
    )


def test_it_has_the_input_size_of_its_cell_if_that_has_one() -> None:
    class Echo(Cell):
        def initial_state(self) -> Any:
            return jnp.zeros(())

        def __call__(self, x: Any, state: Any) -> Any:
            return x, state

    assert Residual(GRUCell(4, 4, key=KEYS[0])).input_size == 4
    assert not hasattr(Residual(Echo()), "input_size")
