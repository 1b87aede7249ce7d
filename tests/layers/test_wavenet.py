from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.errors import UsageError
from unspool.layers import WaveNet

KEY = jax.random.key(0)


def drawn(**how: Any) -> WaveNet:
    layer = WaveNet(2, 3, **{"filters": 4, "layers": 2, "blocks": 2, "skips": 5, **how}, key=KEY)
    return jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf) + 0.1), layer)


def convolved(cell: Any, x: Any) -> Any:
    """Step by step, tap by tap, zeros before the first step."""
    taps = np.asarray(cell.weight).reshape(cell.output_size, cell.kernel_size, cell.input_size)
    outputs = []
    for step in range(len(x)):
        total = np.asarray(cell.bias).copy()
        for tap in range(cell.kernel_size):
            at = step - (cell.kernel_size - 1 - tap) * cell.dilation
            if at >= 0:
                total = total + taps[:, tap] @ x[at]
        outputs.append(total)
    return np.array(outputs)


def affine(dense: Any, x: Any) -> Any:
    return x @ np.asarray(dense.weight).T + np.asarray(dense.bias)


def by_hand(network: WaveNet, x: Any) -> Any:
    """The network of one sequence (time, input), as the paper draws it."""
    x, skips = convolved(network.first.cell, x), []
    for unit in network.units:
        both = convolved(unit.convolution.cell, x)
        filters = both.shape[1] // 2
        gated = np.tanh(both[:, :filters]) / (1 + np.exp(-both[:, filters:]))
        skips.append(affine(unit.skip, gated))
        if unit.residual is not None:
            x = x + affine(unit.residual, gated)
    mixed = np.maximum(affine(network.mixing, np.maximum(sum(skips), 0)), 0)
    return affine(network.head, mixed)


@pytest.mark.usefixtures("float64")
def test_it_is_the_papers_network_written_out() -> None:
    network, x = drawn(), np.random.default_rng(1).normal(size=(2, 9, 2))
    outputs = np.asarray(eqx.filter_jit(network)(x)[0])
    for row in range(2):
        assert_allclose(outputs[row], by_hand(network, x[row]), rtol=1e-10)


def test_dilations_double_within_a_block_and_begin_anew_in_the_next() -> None:
    network = drawn(layers=3, blocks=2)
    assert [unit.convolution.cell.dilation for unit in network.units] == [1, 2, 4, 1, 2, 4]
    assert [unit.residual is None for unit in network.units] == [False] * 5 + [True]


def test_dilations_may_be_said_one_by_one() -> None:
    network = drawn(dilations=(2, 4, 8))
    assert [unit.convolution.cell.dilation for unit in network.units] == [2, 4, 8]
    assert network.reach == 16


@pytest.mark.parametrize("kernel", [2, 3])
def test_an_output_sees_as_many_steps_as_reach_says(kernel: int) -> None:
    network = drawn(layers=2, blocks=1, kernel=kernel)
    jacobian = jax.jit(jax.jacrev(lambda x: network(x[None])[0][0, -1].sum()))
    influence = jacobian(np.ones((20, 2), np.float32))
    seen = np.flatnonzero(np.abs(np.asarray(influence)).sum(axis=1))
    assert network.reach == 1 + (kernel - 1) * (1 + 1 + 2)
    assert seen.tolist() == list(range(20 - network.reach, 20))


def test_the_papers_size_has_the_papers_reach() -> None:
    network = jax.eval_shape(
        lambda key: WaveNet(1, 256, filters=128, layers=10, blocks=3, key=key), KEY
    )
    # Each block of 1, 2, … 512 looks 1023 steps back.
    assert network.reach == 1 + 1 + 3 * 1023
    assert network.head.weight.shape == (256, 128)


def test_without_skips_there_are_as_many_as_filters() -> None:
    assert drawn(skips=None).mixing.weight.shape == (4, 4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: drawn(layers=0), "layers must be at least 1, got 0"),
        (lambda: drawn(dilations=()), "dilations must name at least one unit, got ()"),
        (lambda: drawn(dilations=(2, 0)), "dilation must be at least 1, got 0"),
        (lambda: drawn(filters=1.5), "filters must be an integer of at least 1, got 1.5"),
        (
            lambda: drawn()(jnp.ones((1, 4, 2)), (jnp.ones((1, 1, 2)),)),
            "WaveNet has a state of the structure PyTreeDef((*, *, *, *, *)), got PyTreeDef((*,))",
        ),
    ],
)
def test_what_does_not_fit_is_rejected(wrong: Any, message: str) -> None:
    with pytest.raises(UsageError) as error:
        wrong()
    assert str(error.value) == message
