import equinox as eqx
import jax
import numpy as np
from numpy.testing import assert_allclose

from unspool.models.architectures.wavenet import make, make_simple
from unspool.models.specs import GatedWaveNet, SimpleWaveNet


def test_the_simple_form_is_rectified_causal_convolutions_on_top_of_each_other():
    stack, head = make_simple(SimpleWaveNet(filters=3, depth=2), 20, 5, jax.random.key(0))
    assert [layer.cell.dilation for layer in stack.layers] == [1, 2, 1, 2]
    assert head.weight.shape == (5, 3)
    x = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    found = eqx.filter_jit(stack)(x[None])[0][0]
    for layer in stack.layers:
        old, new = np.split(np.asarray(layer.cell.weight), 2, axis=1)
        bias = np.asarray(layer.cell.bias)
        before = np.concatenate([np.zeros((layer.cell.dilation, x.shape[1])), x])[: len(x)]
        x = np.maximum(before @ old.T + x @ new.T + bias, 0)
    assert_allclose(found, x, rtol=1e-4, atol=1e-6)


def test_the_full_form_is_the_layer_of_that_name_with_the_dilations_of_the_settings():
    spec = GatedWaveNet(filters=3, depth=2, blocks=2, kernel=3)
    stack, head = make(spec, 20, 5, jax.random.key(0))
    (layer,) = stack.layers
    assert [unit.convolution.cell.dilation for unit in layer.units] == [1, 2, 1, 2]
    assert {unit.convolution.cell.kernel_size for unit in layer.units} == {3}
    assert head.weight.shape == (5, 3)
    assert eqx.filter_eval_shape(stack, np.zeros((1, 4, 2)))[0].shape == (1, 4, 3)
