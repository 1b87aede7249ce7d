from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.layers.activations import FUNCTIONS, activate

VALUES = np.array([[-2.0, -0.5, 0.0, 1.5]])
RAISED = np.exp(VALUES)
EXPECTED = {
    "linear": VALUES,
    "relu": [[0, 0, 0, 1.5]],
    "tanh": np.tanh(VALUES),
    "sigmoid": 1 / (1 + 1 / RAISED),
    "elu": [[np.exp(-2) - 1, np.exp(-0.5) - 1, 0, 1.5]],
    # x times the share of a normal distribution below it, from tables.
    "gelu": [[-2 * 0.02275, -0.5 * 0.30854, 0, 1.5 * 0.93319]],
    "softmax": RAISED / RAISED.sum(),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_name_is_the_function_of_that_name(name: str) -> None:
    # jax.nn.gelu is the form with tanh, right to three digits.
    close = 1e-3 if name == "gelu" else 1e-6
    assert_allclose(activate(name, jnp.asarray(VALUES)), EXPECTED[name], atol=close)
