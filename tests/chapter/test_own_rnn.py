from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import LSTMCell
from unspool.chapter import layer_norm, own_rnn
from unspool.errors import UsageError
from unspool.layers import Recurrent


def test_the_loop_over_a_cell_is_the_packages_own_layer() -> None:
    cell, x = LSTMCell(3, 4, key=jax.random.key(0)), jax.random.normal(jax.random.key(1), (2, 5, 3))
    layer, (wanted, reached) = own_rnn.OwnRNN(cell), Recurrent(cell)(x)
    for outputs, state in (own_rnn.loop(cell, x, layer.initial_state(2)), layer(x)):
        assert outputs.shape == (2, 5, 4)
        assert_allclose(outputs, wanted, rtol=1e-5, atol=1e-6)
        assert_allclose(state.memory, reached.memory, rtol=1e-5, atol=1e-6)
    onward, _ = layer(x, state)
    assert_allclose(onward, Recurrent(cell)(x, reached)[0], rtol=1e-5, atol=1e-6)


def test_it_starts_from_one_state_for_each_series() -> None:
    layer = own_rnn.OwnRNN(LSTMCell(3, 4, key=jax.random.key(0)))
    assert layer.initial_state(7).hidden.shape == (7, 4)


def test_row_15_is_row_14_weight_for_weight() -> None:
    key, x = jax.random.key(0), np.random.default_rng(0).normal(size=(2, 6, 1))
    found, wanted = (file.model(key)(jnp.asarray(x))[0] for file in (own_rnn, layer_norm))
    assert_allclose(found, wanted, rtol=1e-3, atol=1e-5)


def test_series_of_different_lengths_are_rejected() -> None:
    layer = own_rnn.OwnRNN(LSTMCell(3, 4, key=jax.random.key(0)))
    with pytest.raises(UsageError) as error:
        layer(jnp.ones((2, 5, 3)), lengths=jnp.array([5, 2]))
    assert str(error.value) == "OwnRNN takes series of one length: leave lengths out"
