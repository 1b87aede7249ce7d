"""The temporal convolutional network against its equations, step by step in NumPy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import CausalConvolutionCell
from unspool.layers import CausalConvolution
from unspool.models.architectures.tcn import ResidualBlock, WeightNormalised, make
from unspool.models.specs import Tcn

pytestmark = pytest.mark.usefixtures("float64")

# Compiled whole, which is quicker than operation by operation.
run = eqx.filter_jit(lambda layer, *given, **named: layer(*given, **named))
advance = eqx.filter_jit(lambda layer, x, state: layer.step(x, state))


def randomised(module, seed=0):
    """Every number of a module drawn anew: none is left at 0 or 1."""
    random = np.random.default_rng(seed)
    arrays, rest = eqx.partition(module, eqx.is_inexact_array)
    arrays = jax.tree.map(lambda a: jnp.asarray(random.normal(0, 0.5, a.shape)), arrays)
    return eqx.combine(arrays, rest)


def slow_convolution(layer, x):
    """Output by output of one sequence, x (time, input) -> (time, output), with the weights w."""
    cell = layer.convolution.cell
    outputs = []
    for t in range(len(x)):
        total = np.array(cell.bias)
        for out in range(cell.output_size):
            v = np.asarray(cell.weight)[out]
            w = float(layer.length[out]) * v / np.sqrt(np.sum(v**2))
            for k, taps in enumerate(np.split(w, cell.kernel_size)):
                at = t - (cell.kernel_size - 1 - k) * cell.dilation
                total[out] += taps @ x[at] if at >= 0 else 0.0
        outputs.append(np.maximum(total, 0))
    return np.array(outputs)


def slow_block(block, x):
    made = slow_convolution(block.second, slow_convolution(block.first, x))
    beside = x
    if block.shortcut is not None:
        beside = x @ np.asarray(block.shortcut.weight).T + np.asarray(block.shortcut.bias)
    return np.maximum(made + beside, 0)


@pytest.mark.parametrize("features", [2, 4], ids=["with a 1x1 shortcut", "with a plain shortcut"])
def test_a_block_is_two_convolutions_beside_a_shortcut(features):
    block = randomised(ResidualBlock(features, 4, 3, 2, key=jax.random.key(0)))
    assert (block.shortcut is None) == (features == 4)
    x = np.random.default_rng(1).normal(size=(2, 9, features))
    outputs, _ = run(block, x)
    for row in range(2):
        assert_allclose(outputs[row], slow_block(block, x[row]), rtol=1e-9, atol=1e-12)


def test_a_block_step_by_step_gives_the_outputs_and_states_of_the_whole_run():
    block = randomised(ResidualBlock(2, 3, 3, 2, key=jax.random.key(0)))
    x = np.random.default_rng(2).normal(size=(2, 7, 2))
    outputs, reached = run(block, x[:, 1:], run(block, x[:, :1])[1])
    state = block.initial_state(2)
    for t in range(7):
        output, state = advance(block, x[:, t], state)
        if t > 0:
            assert_allclose(output, outputs[:, t - 1], rtol=1e-9, atol=1e-12)
    for one, other in zip(state, reached, strict=True):
        assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_what_stands_past_a_rows_end_comes_out_of_no_path_of_a_block():
    block = randomised(ResidualBlock(3, 3, 2, 1, key=jax.random.key(0)))
    x = np.random.default_rng(3).normal(size=(2, 6, 3))
    whole, reached = run(block, x[1:, :4])
    x[1, 4:] = np.nan
    outputs, states = run(block, x, None, jnp.array([6, 4]))
    assert_allclose(outputs[1, :4], whole[0], rtol=1e-9)
    assert (outputs[1, 4:] == 0).all()
    assert_allclose(states[1][1], reached[1][0], rtol=1e-9)


def test_weight_normalisation_starts_as_the_convolution_it_was_given():
    cell = CausalConvolutionCell(2, 3, 2, key=jax.random.key(0))
    plain = CausalConvolution(cell)
    normalised = WeightNormalised(plain)
    x = np.random.default_rng(4).normal(size=(1, 5, 2))
    assert_allclose(run(normalised, x)[0], plain(x)[0], rtol=1e-12)
    longer = eqx.tree_at(lambda n: n.length, normalised, replace_fn=lambda g: 2 * g)
    assert_allclose(run(longer, x)[0], 2 * plain(x)[0], rtol=1e-12)
    turned = eqx.tree_at(lambda n: n.convolution.cell.weight, normalised, 7 * cell.weight)
    assert_allclose(run(turned, x)[0], plain(x)[0], rtol=1e-12)


def test_dropout_takes_whole_filters_of_a_sequence_and_only_in_training():
    block = randomised(ResidualBlock(2, 40, 2, 1, dropout=0.5, key=jax.random.key(0)))
    x = np.random.default_rng(5).normal(size=(3, 8, 2))
    assert_allclose(run(block, x)[0][0], slow_block(block, x[0]), rtol=1e-9, atol=1e-12)
    # The second convolution shuts its eyes, so that dropout is seen on its way out alone.
    block = eqx.tree_at(
        lambda b: (b.second.length, b.second.convolution.cell.bias, b.shortcut.weight),
        block,
        (jnp.zeros(40), jnp.ones(40), jnp.zeros((40, 2))),
    )
    block = eqx.tree_at(lambda b: b.shortcut.bias, block, jnp.zeros(40))
    made = np.asarray(run(block, x, key=jax.random.key(1))[0])
    assert set(np.unique(made)) == {0.0, 2.0}
    assert (made == made[:, :1]).all()
    assert (made[0] != made[1]).any()
    assert 0.25 < (made[:, 0] == 0).mean() < 0.75


def test_each_dilation_is_one_block():
    stack, head = make(Tcn(filters=4, depth=3, blocks=2), 50, 6, jax.random.key(0))
    dilations = [block.second.convolution.cell.dilation for block in stack.layers]
    assert dilations == [1, 2, 4, 1, 2, 4]
    assert [block.first.convolution.cell.dilation for block in stack.layers] == dilations
    assert [block.shortcut is None for block in stack.layers] == [False] + [True] * 5
    assert head.weight.shape == (6, 4)
