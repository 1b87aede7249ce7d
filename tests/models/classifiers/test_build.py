from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.models.classifiers import (
    CLASSIFIERS,
    BidirectionalClassifier,
    FcnClassifier,
    GruClassifier,
)
from unspool.models.classifiers.build import ARCHITECTURES, build
from unspool.models.classifiers.network import Symbols
from unspool.models.classifiers.warping import Warping

random = np.random.default_rng(0)
KEY = jax.random.key(0)
TINY = {
    "gru": {"hidden": 3, "layers": 2},
    "lstm": {"hidden": 3},
    "bidirectional": {"hidden": 3},
    "fcn": {"filters": 2},
    "resnet": {"filters": 2},
    "inception": {"filters": 2, "kernel": 4, "depth": 1},
    "tcn": {"filters": 2, "depth": 2},
}


def test_every_name_has_an_architecture():
    assert set(ARCHITECTURES) == set(CLASSIFIERS) == set(TINY)


@eqx.filter_jit
def run(network, x, lengths=None, key=None):
    """In one program, which compiles sooner than operation by operation."""
    return network(x, lengths, key=key)


@pytest.mark.parametrize(
    ("name", "pooling"),
    [("lstm", "attention"), ("bidirectional", "last"), ("inception", "mean"), ("tcn", "last")],
)
def test_scores_do_not_depend_on_what_a_row_is_padded_with(name, pooling):
    network = build(CLASSIFIERS[name](**TINY[name], pooling=pooling), 2, 3, key=KEY)
    x = jnp.asarray(random.normal(size=(2, 9, 2)), jnp.float32)
    together, _ = run(network, x.at[1, 6:].set(jnp.nan), jnp.array([9, 6]))
    alone, _ = run(network, x[1:2, :6])
    assert together.shape == (2, 3)
    np.testing.assert_allclose(together[1], alone[0], rtol=1e-4, atol=1e-5)


def test_both_ends_of_a_bidirectional_network_have_read_everything():
    network = build(BidirectionalClassifier(hidden=3), 1, 2, key=KEY)
    x = jnp.asarray(random.normal(size=(1, 6, 1)), jnp.float32)

    @eqx.filter_jit
    def vector(x):
        return network.pooling(network.body(x)[0])[0]

    for step in (0, 5):
        assert (np.abs(vector(x) - vector(x.at[0, step].add(1.0))) > 1e-6).all()


def test_texts_are_read_by_an_embedding():
    network = build(GruClassifier(hidden=3, embedding=4), 6, 2, unknown=0, key=KEY)
    assert network.symbols.embedding.table.shape == (6, 4)
    codes = jnp.array([[1, 2, 0], [5, 0, 0]])
    scores, _ = run(network, codes, jnp.array([3, 1]))
    others, _ = run(network, codes.at[1, 1:].set(4), jnp.array([3, 1]))
    np.testing.assert_array_equal(scores, others)
    assert (scores != run(network, codes.at[1, 0].set(4), jnp.array([3, 1]))[0])[1].all()


def test_in_training_some_symbols_are_taken_for_the_unknown_one():
    symbols = Symbols(build(GruClassifier(), 9, 2, unknown=0, key=KEY).symbols.embedding, 0, 0.25)
    codes = jnp.full((40, 50), 7)
    table = symbols.embedding.table
    trained = symbols(codes, KEY)
    replaced = (trained == table[0]).all(axis=-1)
    assert 0.2 < replaced.mean() < 0.3
    assert ((trained == table[7]).all(axis=-1) | replaced).all()
    np.testing.assert_array_equal(symbols(codes, None), jnp.broadcast_to(table[7], (40, 50, 32)))


def test_dropout_acts_in_training_alone():
    network = build(GruClassifier(hidden=8, dropout=0.5), 1, 2, key=KEY)
    x = jnp.asarray(random.normal(size=(1, 4, 1)), jnp.float32)
    assert (network(x)[0] == network(x)[0]).all()
    assert (network(x, key=KEY)[0] != network(x)[0]).any()
    assert eqx.tree_equal(
        build(GruClassifier(), 1, 2, key=KEY), build(GruClassifier(), 1, 2, key=KEY)
    )


def test_series_are_warped_in_training_alone():
    x = jnp.asarray(random.normal(size=(4, 30, 1)), jnp.float32)
    warped = build(FcnClassifier(filters=2), 1, 2, warping=Warping(0.05, 1), key=KEY)
    plain = build(FcnClassifier(filters=2), 1, 2, key=KEY)
    np.testing.assert_array_equal(run(warped, x)[0], run(plain, x)[0])
    assert np.abs(run(warped, x, key=KEY)[0] - run(plain, x, key=KEY)[0]).max() > 1e-4
