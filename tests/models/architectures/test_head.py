from __future__ import annotations

import equinox as eqx
import jax
import numpy as np

from unspool.models.architectures.head import linear


def test_it_is_equinoxs_with_the_numbers_that_it_draws() -> None:
    ours, theirs = linear(7, 3, jax.random.key(4)), eqx.nn.Linear(7, 3, key=jax.random.key(4))
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    np.testing.assert_allclose(ours.weight, theirs.weight, rtol=3e-7)
    np.testing.assert_allclose(ours.bias, theirs.bias, rtol=3e-7)
    x = np.arange(7.0)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5)
