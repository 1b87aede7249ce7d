from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.training.epochs import Epochs
from unspool.training.supervised import Examples, fit
from unspool.training.teacher import Taught, further


class Echo(eqx.Module):
    """Predicts weight * inputs; its own is -1 wherever it is drawn."""

    weight: Any

    def __call__(self, inputs: Any, lengths: Any = None, *, key: Any = None) -> tuple[Any, Any]:
        return self.weight * inputs, None

    def with_own(self, inputs: Any, lengths: Any, share: Any, *, key: Any) -> Any:
        return jnp.where(jax.random.bernoulli(key, share, inputs.shape), -1.0, inputs)


INPUTS = jnp.ones((1000,))


def test_of_its_own_it_reads_the_share_that_is_reached() -> None:
    for done, wanted in ((0.0, 0.0), (0.5, 0.4), (1.0, 0.8), (7.0, 0.8)):
        taught = further(Taught(Echo(jnp.ones(())), 0.8), done)
        read, _ = taught(INPUTS, key=jax.random.key(0))
        assert float(jnp.mean(read < 0)) == pytest.approx(wanted, abs=0.05)


def test_without_a_key_it_is_the_model() -> None:
    taught = further(Taught(Echo(jnp.ones(())), 1.0), 1.0)
    np.testing.assert_array_equal(taught(INPUTS)[0], INPUTS)


def loss(prediction: Any, targets: Any, lengths: Any) -> Any:
    return jnp.mean((prediction - targets) ** 2)


def test_the_share_grows_with_the_epochs_and_the_weights_are_trained() -> None:
    seen: list[float] = []

    def moved(taught: Taught, done: float) -> Taught:
        seen.append(done)
        return further(taught, done)

    trained, _ = fit(
        Taught(Echo(jnp.zeros(())), 1.0),
        Examples(np.ones(8, np.float32), np.ones(8, np.float32)),
        None,
        loss,
        Epochs(epochs=4, batch=4, learning_rate=0.1),
        jax.random.key(0),
        at_epoch=moved,
    )
    assert seen == [0.0, 0.25, 0.5, 0.75]
    assert int(trained.reached) == 750_000
    assert float(trained.model.weight) > 0.1


@pytest.mark.parametrize("share", [0, 1.5, "a", True])
def test_a_share_out_of_range_is_rejected(share: Any) -> None:
    with pytest.raises(UsageError, match="share must be a number above 0 and at most 1"):
        Taught(Echo(jnp.ones(())), share)
