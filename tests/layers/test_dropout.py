from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.layers import Dropout

KEYS = jax.random.split(jax.random.key(0), 2)


def test_a_share_is_dropped_and_the_rest_made_up_for_anew_everywhere() -> None:
    x = jnp.ones((8, 20, 50))
    kept, again, other = (np.asarray(Dropout(0.25)(x, key=key)[0]) for key in (KEYS[0], *KEYS))
    assert set(np.unique(kept)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (kept == 0).mean() == pytest.approx(0.25, abs=0.02)
    assert (kept == again).all()
    assert (kept != other).any()
    assert (kept[:, 0] != kept[:, 1]).any()
    assert (kept[0] != kept[1]).any()


def test_without_a_key_and_in_inference_mode_nothing_is_dropped() -> None:
    x, layer = jnp.ones((2, 3, 4)), Dropout(0.5)
    assert (np.asarray(layer(x)[0]) == 1).all()
    assert (np.asarray(eqx.nn.inference_mode(layer)(x, key=KEYS[0])[0]) == 1).all()


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_rate_that_is_no_share_is_rejected(rate: float) -> None:
    with pytest.raises(UsageError) as error:
        Dropout(rate)
    assert str(error.value) == f"rate must be at least 0 and below 1, got {rate}"
