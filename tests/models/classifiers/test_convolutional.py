from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.layers import settle
from unspool.models.classifiers import (
    FcnClassifier,
    InceptionClassifier,
    ResNetClassifier,
    specs,
)
from unspool.models.classifiers.convolutional import (
    InceptionModule,
    NormalisedConvolution,
    Slopes,
    fcn,
    inception,
    largest_of_three,
    of_values,
    resnet,
)

random = np.random.default_rng(0)
KEY = jax.random.key(0)
X = jnp.asarray(random.normal(size=(3, 12, 2)), jnp.float32)
SMALL = {
    "fcn": (fcn, FcnClassifier(filters=3)),
    "fcn of slopes": (fcn, FcnClassifier(filters=3, slopes=True)),
    "resnet": (resnet, ResNetClassifier(filters=3)),
    "inception": (inception, InceptionClassifier(filters=2, kernel=8, depth=4)),
}


@eqx.filter_jit
def run(layer, x, lengths=None, key=None):
    """In one program, which compiles sooner than operation by operation."""
    return layer(x, None, lengths, key=key)


def count(layer):
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(layer, eqx.is_inexact_array)))


def test_the_networks_of_the_papers_have_their_sizes():
    """In Keras fcn has 264,962 trained weights for 1 channel and 2 classes, and 258 in its head."""
    layers, size = eqx.filter_eval_shape(fcn, FcnClassifier(filters=128), 1, KEY)
    shapes = jax.tree.leaves(
        eqx.filter(layers, lambda leaf: isinstance(leaf, jax.ShapeDtypeStruct))
    )
    statistics = 2 * (128 + 256 + 128)
    assert (sum(leaf.size for leaf in shapes) - statistics, size) == (264_962 - 258, 128)


@pytest.mark.parametrize("name", SMALL)
def test_a_rows_features_depend_on_its_own_steps_alone(name):
    make, spec = SMALL[name]
    layers, size = make(spec, 2, KEY)
    lengths = jnp.array([12, 7, 5])
    together, _ = run(layers, X.at[1, 7:].set(jnp.nan), lengths)
    alone, _ = run(layers, X[1:2, :7])
    assert together.shape == (3, 12, size)
    np.testing.assert_allclose(together[1, :7], alone[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(together[1, 7:], 0)


def test_slopes_are_differences_of_one_spread_beside_the_values():
    read, _ = run(Slopes(2), X, key=KEY)
    differences = np.diff(X, axis=1, prepend=X[:, :1])
    expected = (differences - differences.mean((0, 1))) / differences.std((0, 1))
    np.testing.assert_array_equal(read[..., :2], X)
    np.testing.assert_allclose(read[..., 2:], expected, rtol=1e-2, atol=1e-3)


def test_a_network_of_values_reads_no_slopes_and_has_the_same_structure():
    layers, _ = fcn(FcnClassifier(filters=3, slopes=True), 2, KEY)
    blind = of_values(layers)
    assert jax.tree.structure(blind) == jax.tree.structure(layers)
    read, _ = run(blind.layers[0], X)
    np.testing.assert_array_equal(read[..., 2:], 0)
    gradient = eqx.filter_grad(lambda own: run(own, X)[0].sum())(layers)
    assert gradient.layers[0].share == 0
    assert jax.tree.structure(of_values(X)) == jax.tree.structure(X)


@pytest.mark.parametrize("name", ["resnet", "inception"])
def test_statistics_are_moved_in_training_and_settled(name):
    make, spec = SMALL[name]
    layers, _ = make(spec, 2, KEY)
    _, states = run(layers, X, key=KEY)
    settled = settle(layers, states)
    assert count(settled) == count(layers)
    before, after = run(layers, X)[0], run(settled, X)[0]
    assert np.abs(before - after).max() > 1e-3


def test_a_normalised_convolution_is_its_three_parts():
    block = NormalisedConvolution(2, 3, 5, key=KEY)
    plain = block.convolution(X)[0]
    np.testing.assert_allclose(
        run(block, X)[0],
        np.maximum(plain / np.sqrt(1 + block.norm.epsilon), 0),
        rtol=1e-5,
        atol=1e-6,
    )
    assert block.convolution.padding == "same"


def test_the_largest_of_three_looks_no_further_than_a_rows_end():
    x = jnp.array([[1.0, -5, -2, -1]])[..., None]
    np.testing.assert_array_equal(largest_of_three(x)[0, :, 0], [1, 1, -1, -1])
    lengths = jnp.array([3])
    np.testing.assert_array_equal(largest_of_three(x, lengths)[0, :, 0], [1, 1, -2, 0])


def test_an_inception_module_has_branches_of_three_lengths_beside_the_largest():
    module = InceptionModule(2, 4, 40, key=KEY)
    assert [branch.kernel for branch in module.branches] == [40, 20, 10]
    assert module.bottleneck.output_size == 32
    assert InceptionModule(1, 4, 40, key=KEY).bottleneck is None
    assert module.norm.input_size == 16


def test_shortcuts_go_around_every_three_modules():
    layers, _ = inception(specs.InceptionClassifier(filters=2, kernel=4, depth=7), 1, KEY)
    assert [type(layer).__name__ for layer in layers.layers] == [
        *("Residual", "Residual", "InceptionModule")
    ]
