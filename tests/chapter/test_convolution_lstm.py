import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from unspool.chapter import convolution_lstm
from unspool.data.synthetic import two_sines


def test_the_targets_of_an_output_are_the_ten_values_after_the_last_input_it_has_seen():
    series = two_sines(10_000, 60)[:3, :, 0]
    training = convolution_lstm.data()[0]
    assert training.targets.shape == (7_000, 24, 10)
    model = eqx.filter_jit(convolution_lstm.model(jax.random.key(0)))
    x = jnp.asarray(training.inputs[:3])
    for output in (0, 5, 23):
        newest = 2 * output + 3
        np.testing.assert_array_equal(
            training.targets[:3, output], series[:, newest + 1 : newest + 11]
        )
        changed = model(x.at[:, newest + 1 :].set(9.0))[0]
        np.testing.assert_allclose(changed[:, output], model(x)[0][:, output], rtol=1e-6)
        assert not np.allclose(model(x.at[:, newest].set(9.0))[0][:, output], changed[:, output])
