from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import GRUCell
from unspool.errors import UsageError
from unspool.layers import Bidirectional, Convolution, Dense, Recurrent, Shortcut

KEYS = jax.random.split(jax.random.key(0), 3)


def test_the_input_is_added_to_what_the_layer_makes_of_it() -> None:
    x, layer = jax.random.normal(KEYS[0], (2, 5, 3)), Recurrent(GRUCell(3, 3, key=KEYS[1]))
    outputs, state = Shortcut(layer)(x, lengths=[5, 2])
    inner, reached = layer(x, lengths=[5, 2])
    own = np.array([[1] * 5, [1, 1, 0, 0, 0]])[..., None]
    assert_allclose(outputs, np.asarray(inner) + np.asarray(x) * own, rtol=1e-6)
    assert (np.asarray(state) == np.asarray(reached)).all()


def test_a_projection_brings_the_input_to_the_size_of_the_output() -> None:
    x, layer = jax.random.normal(KEYS[0], (2, 5, 3)), Recurrent(GRUCell(3, 4, key=KEYS[1]))
    projection = Dense(3, 4, key=KEYS[2])
    outputs, _ = Shortcut(layer, projection)(x)
    expected = np.asarray(x) @ np.asarray(projection.weight).T + np.asarray(layer(x)[0])
    assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


def test_what_does_not_fit_is_rejected() -> None:
    x, layer = jnp.ones((2, 5, 3)), Recurrent(GRUCell(3, 4, key=KEYS[1]))
    with pytest.raises(UsageError) as error:
        Shortcut(layer)(x)
    assert str(error.value) == (
        "Shortcut adds the input to the output of Recurrent, which must have the same shape: "
        "got (2, 5, 3) and (2, 5, 4)"
    )
    with pytest.raises(UsageError, match="Convolution, which must have the same shape"):
        Shortcut(Convolution(3, 3, 2, key=KEYS[0]))(x)
    with pytest.raises(UsageError) as error:
        Shortcut(Bidirectional(layer, layer)).step(x[:, 0])
    assert str(error.value) == (
        "Shortcut is around Bidirectional, which is not causal and has no step: "
        "call it on whole sequences"
    )
