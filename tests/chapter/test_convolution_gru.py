from __future__ import annotations

import jax
import numpy as np

from unspool.chapter import convolution_gru
from unspool.data.synthetic import two_sines


def test_each_output_forecasts_the_ten_values_after_the_last_input_it_has_seen() -> None:
    series = two_sines(10_000, 60)[:3, :, 0]
    training = convolution_gru.data()[0]
    assert training.targets.shape == (7_000, 24, 10)
    outputs = jax.eval_shape(convolution_gru.model(jax.random.key(0)), training.inputs[:3])[0]
    assert outputs.shape == (3, 24, 10)
    for step in range(24):
        newest = 2 * step + 3
        assert (training.targets[:3, step] == series[:, newest + 1 : newest + 11]).all()
    # The last is the forecast of the last ten values, from all that was seen.
    assert newest == 49
    assert (np.asarray(training.inputs[:3, newest, 0]) == series[:, newest]).all()
