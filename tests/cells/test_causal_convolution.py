from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import CausalConvolutionCell
from unspool.errors import UsageError

INPUT, OUTPUT, TIME = 3, 4, 9
SIZES = [(1, 1), (2, 1), (2, 3), (3, 2), (4, 5)]
ACTIVATIONS = {"linear": lambda y: y, "tanh": np.tanh, "relu": lambda y: np.maximum(y, 0)}


def drawn(kernel_size: int, dilation: int, activation: str = "linear") -> CausalConvolutionCell:
    """A cell whose every weight counts."""
    random = np.random.default_rng(4)
    cell = CausalConvolutionCell(
        INPUT, OUTPUT, kernel_size, dilation, activation=activation, key=jax.random.key(0)
    )
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), cell)


def by_hand(cell: CausalConvolutionCell, x: np.ndarray) -> np.ndarray:
    """The sum of the docstring, number by number; what lies before the first step is zero."""
    weight, bias = np.asarray(cell.weight), np.asarray(cell.bias)
    outputs = np.zeros((len(x), OUTPUT))
    for t in range(len(x)):
        for j in range(OUTPUT):
            outputs[t, j] = bias[j]
            for k in range(cell.kernel_size):
                source = t - (cell.kernel_size - 1 - k) * cell.dilation
                for i in range(INPUT):
                    if source >= 0:
                        outputs[t, j] += weight[j, k * INPUT + i] * x[source, i]
    return ACTIVATIONS[cell.activation](outputs)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("kernel_size", "dilation"), SIZES)
def test_steps_are_the_convolution(kernel_size: int, dilation: int) -> None:
    cell = drawn(kernel_size, dilation)
    x = np.random.default_rng(0).normal(size=(TIME, INPUT))
    advance, state, outputs = eqx.filter_jit(cell), cell.initial_state(), []
    for step in x:
        output, state = advance(step, state)
        outputs.append(output)
    assert_allclose(np.stack(outputs), by_hand(cell, x), rtol=1e-12)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_activation_is_that_of_the_whole_sum(activation: str) -> None:
    cell, x = drawn(1, 1, activation), np.random.default_rng(0).normal(size=(1, INPUT))
    assert_allclose(cell(x[0], cell.initial_state())[0], by_hand(cell, x)[0], rtol=1e-12)


def test_the_state_holds_the_last_inputs_the_oldest_first() -> None:
    cell = drawn(3, 2)
    state = cell.initial_state()
    assert state.shape == (4, INPUT)
    assert not np.asarray(state).any()
    for step in range(1, 7):
        _, state = cell(jnp.full(INPUT, float(step)), state)
    assert np.asarray(state)[:, 0].tolist() == [3, 4, 5, 6]


def test_a_kernel_of_one_step_has_nothing_to_keep() -> None:
    assert drawn(1, 7).initial_state().shape == (0, INPUT)


@pytest.mark.usefixtures("float64")
def test_gradients_are_those_of_small_differences() -> None:
    cell = drawn(3, 2, "tanh")
    x, state = np.ones(INPUT), np.random.default_rng(0).normal(size=(4, INPUT))
    step = jax.jit(lambda cell, x, state: cell(x, state))
    check_grads(step, (cell, x, state), order=1, rtol=1e-6)


def test_weights_start_within_the_range_of_all_taps_together() -> None:
    cell = CausalConvolutionCell(20, 40, kernel_size=3, key=jax.random.key(0))
    limit = np.sqrt(6 / (3 * 20 + 40))
    assert 0.99 * limit < np.abs(np.asarray(cell.weight)).max() <= limit


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 0}, "kernel_size must be at least 1, got 0"),
        ({"dilation": 1.5}, "dilation must be an integer of at least 1, got 1.5"),
        ({"activation": "elu"}, "activation must be 'linear', 'tanh' or 'relu', got 'elu'"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_must_be(arguments: dict, message: str) -> None:
    right = {"input_size": 1, "output_size": 1, "kernel_size": 2, "key": jax.random.key(0)}
    with pytest.raises(UsageError) as error:
        CausalConvolutionCell(**{**right, **arguments})
    assert str(error.value) == message
