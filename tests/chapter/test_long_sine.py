import equinox as eqx
import jax
import numpy as np
import pytest

from unspool.chapter import long_sine
from unspool.chapter.experiment import Order
from unspool.chapter.registry import entry


def test_the_naive_error_is_the_one_that_the_text_prints():
    outcome = long_sine.sine_naive.run(Order())
    assert outcome.figure == pytest.approx(0.006542123263, rel=1e-6)
    assert len(outcome.predictions) == 999


@pytest.mark.parametrize(
    ("make", "weights"),
    [
        (long_sine.simple_rnn, 20 + 400 + 20 + 21),
        (long_sine.deep_rnn, 440 + 820 + 21),
        (long_sine.convolution_lstm, 32 * 3 + 32 + 4 * 20 * (32 + 20 + 1) + 21),
    ],
)
def test_the_models_have_as_many_weights_as_the_texts(make, weights):
    arrays = eqx.filter(make(jax.random.key(0)), eqx.is_inexact_array)
    assert sum(leaf.size for leaf in jax.tree.leaves(arrays)) == weights


def test_the_improved_form_begins_as_the_naive_forecast():
    model = long_sine.sine_deep_rnn.improved.model(jax.random.key(3))
    windows = long_sine.long_sine_windows()[1].inputs[:3]
    np.testing.assert_array_equal(model(windows)[0], windows[:, -1])


def test_the_improved_form_is_far_better_than_the_naive_forecast():
    outcome = long_sine.sine_simple_rnn.run(Order("improved"))
    naive = np.mean((outcome.inputs[:, -1] - outcome.targets) ** 2)
    assert outcome.figure < naive / 10
    assert outcome.figure < entry("sine-simple-rnn").text_figure / 10
