import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.errors import UsageError
from unspool.models.architectures.conv_recurrent import make
from unspool.models.specs import ConvGru, ConvLstm

# Compiled whole, which is quicker than operation by operation.
run = eqx.filter_jit(lambda layer, *given, **named: layer(*given, **named))
advance = eqx.filter_jit(lambda cell, step, state: cell(step, state))


def stack(**settings):
    spec = ConvGru(filters=3, hidden=4, **settings)
    return make(spec, 20, 2, jax.random.key(0))[0]


@pytest.mark.parametrize(
    ("kernel", "stride", "time"), [(4, 2, 12), (4, 2, 13), (4, 2, 1), (3, 3, 13), (2, 5, 12)]
)
def test_windows_of_the_convolution_are_laid_out_from_the_newest_step(kernel, stride, time):
    layer = stack(kernel=kernel, stride=stride).layers[0]
    x = np.random.default_rng(0).normal(size=(2, time, 2)).astype(np.float32)
    outputs, state = run(layer, x)
    assert state is None
    weight, bias = np.asarray(layer.convolution.weight), np.asarray(layer.convolution.bias)
    for row in range(2):
        padded = np.concatenate([np.zeros((kernel + stride, 2)), x[row]])
        expected, end = [], len(padded)
        while True:
            expected.append(weight @ padded[end - kernel : end].ravel() + bias)
            # Until every step is in a window, and no further.
            if end - kernel <= kernel + stride:
                break
            end -= stride
        assert_allclose(outputs[row], expected[::-1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("spec", [ConvGru, ConvLstm])
def test_the_recurrent_layers_run_over_what_the_convolution_gives(spec):
    layers, head = make(spec(filters=3, hidden=4, layers=2), 20, 5, jax.random.key(0))
    kinds = [type(layer.cell).__name__ for layer in layers.layers[1:]]
    assert kinds == [spec.__name__.removeprefix("Conv").upper() + "Cell"] * 2
    x = np.random.default_rng(1).normal(size=(2, 20, 2)).astype(np.float32)
    outputs, _ = run(layers, x)
    assert outputs.shape == (2, 9, 4)
    below = layers.layers[0](x)[0]
    for layer in layers.layers[1:]:
        states = []
        for row in range(2):
            state = layer.cell.initial_state()
            states.append([])
            for step in below[row]:
                output, state = advance(layer.cell, step, state)
                states[row].append(output)
        below = jnp.array(states)
    assert_allclose(outputs, below, rtol=1e-4, atol=1e-6)
    assert head.weight.shape == (5, 4)


def test_lengths_are_refused_since_windows_are_counted_from_the_end():
    with pytest.raises(UsageError, match="takes no lengths: put the padding before the first step"):
        stack()(np.zeros((1, 8, 2)), None, np.array([4]))
