from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import GRUCell
from unspool.errors import UsageError
from unspool.layers import (
    BatchNorm,
    Bidirectional,
    Dense,
    Recurrent,
    Shortcut,
    Stack,
    settle,
    trained,
    without_statistics,
)

KEYS = jax.random.split(jax.random.key(0), 4)


def nested() -> Stack:
    """Four batch normalisations, in everything that holds layers."""
    return Stack(
        [
            BatchNorm(3),
            Shortcut(Stack([Dense(3, 3, key=KEYS[0]), BatchNorm(3)])),
            Bidirectional(
                Stack([Recurrent(GRUCell(3, 3, key=KEYS[1])), BatchNorm(3)]),
                Stack([BatchNorm(3), Recurrent(GRUCell(3, 3, key=KEYS[2]))]),
            ),
        ]
    )


def norms(model: Any) -> list[BatchNorm]:
    leaves = jax.tree.leaves(model, is_leaf=lambda node: isinstance(node, BatchNorm))
    return [leaf for leaf in leaves if isinstance(leaf, BatchNorm)]


def random_inputs() -> jax.Array:
    return jax.random.normal(KEYS[3], (4, 5, 3))


def test_each_batch_normalisation_gets_its_own_statistics() -> None:
    model, x = nested(), random_inputs()
    _, (first, inside, ((_, ahead), (back, _))) = model(x, key=KEYS[0])
    wanted = [first, inside[1], ahead, back]
    settled = settle(model, model(x, key=KEYS[0])[1])
    for layer, statistics in zip(norms(settled), wanted, strict=True):
        assert_allclose(layer.mean, statistics.mean)
        assert_allclose(layer.variance, statistics.variance)
    # The lowest one has seen x itself.
    assert_allclose(norms(settled)[0].mean, 0.01 * x.mean(axis=(0, 1)), rtol=1e-5)


def test_nothing_but_the_statistics_changes() -> None:
    model = nested()
    settled = settle(model, model(random_inputs(), key=KEYS[0])[1])
    assert jax.tree.structure(settled) == jax.tree.structure(model)
    kept = eqx.filter(model, trained(model))
    for before, after in zip(
        jax.tree.leaves(kept), jax.tree.leaves(eqx.filter(settled, trained(model))), strict=True
    ):
        assert before is after


def test_many_settled_batches_lead_to_the_datas_own_statistics() -> None:
    layer: Any = BatchNorm(2, momentum=0.9)
    random = np.random.default_rng(0)
    train = eqx.filter_jit(lambda layer, x: settle(layer, layer(x, key=KEYS[0])[1]))
    for _ in range(100):
        layer = train(layer, jnp.asarray(random.normal(4.0, 3.0, (50, 20, 2))))
    assert_allclose(layer.mean, [4, 4], atol=0.1)
    assert_allclose(layer.variance, [9, 9], atol=0.4)
    outputs, _ = layer(jnp.asarray(random.normal(4.0, 3.0, (200, 50, 2))))
    assert np.asarray(outputs).mean() == pytest.approx(0, abs=0.05)
    assert np.asarray(outputs).std() == pytest.approx(1, abs=0.05)


def test_states_without_statistics_leave_the_model_as_it_is() -> None:
    model = nested()
    assert settle(model, model(random_inputs())[1]) is model


def test_states_of_another_model_are_rejected() -> None:
    model, x = nested(), random_inputs()
    _, states = model(x, key=KEYS[0])
    with pytest.raises(UsageError) as error:
        settle(model, states[:2])
    assert str(error.value) == (
        "the model has 4 batch normalisations and the states have statistics of 2: "
        "pass on the states of a whole call, with a key"
    )
    with pytest.raises(UsageError, match=r"BatchNorm has a state of float32\(2,\), float32\(2,\)"):
        settle(BatchNorm(2), states[0])


def test_without_statistics_all_other_states_are_left() -> None:
    _, states = nested()(random_inputs(), key=KEYS[0])
    left = without_statistics(states)
    assert left[0] is None
    assert left[1] == (None, None)
    (ahead, none), (other, back) = left[2]
    assert none is None
    assert other is None
    assert ahead.shape == back.shape == (4, 3)


def test_all_weights_are_trained_but_the_statistics() -> None:
    marks = trained(Stack([BatchNorm(3), Dense(3, 2, key=KEYS[0])], dropout=0.5))
    norm, dense = marks.layers
    assert (norm.scale, norm.shift, norm.mean, norm.variance) == (True, True, False, False)
    assert (dense.weight, dense.bias) == (True, True)
    assert norm.inference is False
    assert marks.dropout.p is False
