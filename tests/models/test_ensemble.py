"""Several models as one: each as if it were alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.layers import BatchNorm, Dense, Stack
from unspool.models.ensemble import Ensemble, ensemble_loss
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs
from unspool.training.supervised import Examples, fit, predict

pytestmark = pytest.mark.usefixtures("quick_compiling")
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(6, 4, 2)).astype(np.float32)
Y = RANDOM.normal(size=(6, 1)).astype(np.float32)


def member(seed):
    return SequenceToVector(Stack([Dense(2, 1, key=jax.random.key(seed))]))


def squared(prediction, targets, lengths):
    return jnp.mean((prediction - targets) ** 2)


def test_predictions_are_those_of_the_members():
    members = [member(seed) for seed in range(3)]
    together = predict(Ensemble.of(members), X)
    assert together.shape == (6, 3, 1)
    for at, alone in enumerate(members):
        np.testing.assert_allclose(together[:, at], predict(alone, X), rtol=1e-5)
        own, _ = Ensemble.of(members).member(at)(X)
        np.testing.assert_allclose(own, predict(alone, X), rtol=1e-5)


def test_each_member_trains_as_if_it_were_alone():
    members = [member(seed) for seed in range(2)]
    settings = Epochs(epochs=3, batch=2, learning_rate=0.05)
    key = jax.random.key(7)
    examples = Examples(X, Y)
    together, _ = fit(Ensemble.of(members), examples, None, ensemble_loss(squared), settings, key)
    for at, alone in enumerate(members):
        trained, _ = fit(alone, examples, None, squared, settings, key)
        np.testing.assert_allclose(
            predict(together, X)[:, at], predict(trained, X), rtol=1e-4, atol=1e-5
        )


def test_statistics_of_batch_norm_settle_for_every_member():
    def normed(seed):
        layers = [BatchNorm(2), Dense(2, 1, key=jax.random.key(seed))]
        return SequenceToVector(Stack(layers))

    model, _ = fit(
        Ensemble.of([normed(0), normed(1)]),
        Examples(X + 3, Y),
        None,
        ensemble_loss(squared),
        Epochs(epochs=2, batch=3),
        jax.random.key(0),
    )
    means = np.asarray(model.stacked.layer.layers[0].mean)
    assert means.shape == (2, 2)
    assert (means > 0.01).all()


def test_an_ensemble_of_nobody_is_refused():
    with pytest.raises(UsageError, match="at least one member"):
        Ensemble.of([])
