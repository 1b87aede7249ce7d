from __future__ import annotations

from typing import Any

import jax
import jax.extend.core
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import GRUCell, LSTMCell, SimpleRNNCell
from unspool.cells.initialisation import glorot, orthogonal


@pytest.mark.usefixtures("float64")
def test_every_gate_has_an_orthogonal_block_of_its_own() -> None:
    blocks = np.split(np.asarray(orthogonal(jax.random.key(0), 3, 7)), 3)
    for block in blocks:
        assert_allclose(block @ block.T, np.eye(7), atol=1e-12)
    assert np.abs(blocks[0] - blocks[1]).max() > 0.01


def test_glorot_fills_the_range_of_one_gate_and_no_more() -> None:
    weights = np.asarray(glorot(jax.random.key(0), gates=4, hidden_size=50, input_size=30))
    limit = np.sqrt(6 / (30 + 50))
    assert weights.shape == (200, 30)
    assert 0.99 * limit < np.abs(weights).max() <= limit
    # The variance of a uniform number in +-limit is limit^2 / 3; 6,000 draws come within 5 %.
    assert weights.var() == pytest.approx(limit**2 / 3, rel=0.05)
    assert np.abs(weights.mean()) < 0.05 * limit


@pytest.mark.parametrize("cell", [SimpleRNNCell, LSTMCell, GRUCell])
def test_a_key_gives_the_same_cell_again_and_another_key_another(cell: type) -> None:
    def weights(seed: int) -> list[np.ndarray]:
        made = cell(3, 4, key=jax.random.key(seed))
        return [np.asarray(made.input_weight), np.asarray(made.state_weight)]

    for first, again, other in zip(weights(1), weights(1), weights(2), strict=True):
        assert (first == again).all()
        assert (first != other).any()


@pytest.mark.parametrize("draw", [glorot, orthogonal])
def test_within_a_larger_program_the_weights_are_the_same_up_to_rounding(draw: Any) -> None:
    sizes = (2, 5) if draw is orthogonal else (2, 5, 3)
    keys = jax.random.split(jax.random.key(4), 3)
    alone = [np.asarray(draw(key, *sizes)) for key in keys]
    together = jax.jit(jax.vmap(lambda key: draw(key, *sizes)))(keys)
    assert_allclose(together, alone, atol=1e-5)
    # A key that is a constant of the program.
    constant = jax.jit(lambda factor: factor * draw(keys[0], *sizes))(1.0)
    assert_allclose(constant, alone[0], atol=1e-5)
    assert np.abs(alone[0] - alone[1]).max() > 0.01


def test_no_batch_of_matrices_is_factorised_at_once() -> None:
    """Several such batches in one program wait for each other for ever, on few processors."""

    def operands(jaxpr: Any) -> list[int]:
        found = []
        for equation in jaxpr.eqns:
            if equation.primitive.name in ("qr", "geqrf", "householder_product"):
                found.append(equation.invars[0].aval.ndim)
            for inner in jax.extend.core.jaxprs_in_params(equation.params):
                found += operands(inner)
        return found

    traced = jax.make_jaxpr(lambda key: orthogonal(key, 3, 4))(jax.random.key(0))
    dimensions = operands(traced.jaxpr)
    assert dimensions
    assert set(dimensions) == {2}
