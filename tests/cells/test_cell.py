from __future__ import annotations

import jax.numpy as jnp
import pytest

from unspool.cells import Cell


def test_a_cell_without_its_equations_cannot_be_made() -> None:
    class OnlyAStart(Cell):
        def initial_state(self):
            return jnp.zeros(1)

    with pytest.raises(TypeError, match="__call__"):
        OnlyAStart()


def test_a_cell_without_a_start_cannot_be_made() -> None:
    class OnlyAStep(Cell):
        def __call__(self, x, state):
            return x, state

    with pytest.raises(TypeError, match="initial_state"):
        OnlyAStep()
