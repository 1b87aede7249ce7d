import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.models.architectures.bidirectional import make
from unspool.models.specs import BidirectionalGru

# Compiled whole, which is quicker than operation by operation.
run = eqx.filter_jit(lambda layer, *given, **named: layer(*given, **named))
advance = eqx.filter_jit(lambda cell, step, state: cell(step, state))


def outputs_of(cell, steps):
    """The outputs of a cell over one sequence."""
    state, outputs = cell.initial_state(), []
    for step in steps:
        output, state = advance(cell, step, state)
        outputs.append(np.asarray(output))
    return np.array(outputs)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_forecast_comes_from_both_readings_of_the_whole_window(layers):
    stack, head = make(BidirectionalGru(hidden=3, layers=layers), 9, 5, jax.random.key(0))
    x = np.random.default_rng(0).normal(size=(2, 9, 2)).astype(np.float32)
    outputs, _ = run(stack, x)
    assert outputs.shape == (2, 1, 6)
    assert head.weight.shape == (5, 6)
    *below, last = (*stack.layers[:-1], stack.layers[-1].layers)
    assert len(below) == layers - 1
    for row in range(2):
        steps = x[row]
        for layer in below:
            ahead = outputs_of(layer.forward.cell, steps)
            back = outputs_of(layer.backward.cell, steps[::-1])[::-1]
            steps = np.concatenate([ahead, back], axis=1)
        ahead = outputs_of(last.forward.cell, steps)[-1]
        back = outputs_of(last.backward.cell, steps[::-1])[-1]
        assert_allclose(outputs[row, 0], np.concatenate([ahead, back]), rtol=1e-4, atol=1e-6)


def test_with_lengths_each_row_is_read_to_its_own_end():
    stack, _ = make(BidirectionalGru(hidden=3), 9, 5, jax.random.key(0))
    x = np.random.default_rng(1).normal(size=(2, 9, 2)).astype(np.float32)
    lengths = np.array([9, 6])
    outputs, _ = run(stack, x, None, jnp.asarray(lengths))
    assert_allclose(outputs[1:], run(stack, x[1:, :6])[0], rtol=1e-5, atol=1e-7)
    assert stack.output_lengths(lengths).tolist() == [1, 1]
