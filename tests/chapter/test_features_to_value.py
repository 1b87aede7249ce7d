import equinox as eqx
import jax
import numpy as np

from unspool.chapter import features_to_value
from unspool.chapter.experiment import Order


def test_what_lies_past_a_sequences_end_does_not_matter():
    inputs, _, lengths = (part[:6] for part in features_to_value.data()[1])
    model = features_to_value.simple_rnn(jax.random.key(0))
    garbled = np.where(np.arange(inputs.shape[1])[:, None] < lengths[:, None, None], inputs, 7)
    np.testing.assert_allclose(
        model(garbled.astype(np.float32), lengths)[0], model(inputs, lengths)[0], rtol=1e-5
    )
    alone = model(inputs[:1, : lengths[0]])[0]
    np.testing.assert_allclose(model(inputs, lengths)[0][:1], alone, rtol=1e-4, atol=1e-6)


def test_two_epochs_are_better_than_the_mean():
    outcome = features_to_value.features_simple_rnn.run(Order(epochs=2))
    assert outcome.figure < 0.6 * outcome.targets.var()


def test_the_lstm_has_the_texts_layers():
    model = features_to_value.lstm(jax.random.key(0))
    sizes = [4 * 64 * (10 + 64 + 1), 4 * 32 * (64 + 32 + 1), 33]
    weights = jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array))
    assert sum(leaf.size for leaf in weights) == sum(sizes)
