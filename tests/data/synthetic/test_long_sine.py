import numpy as np
import pytest

import unspool.data as data
from unspool.errors import UsageError


def test_the_naive_error_is_the_one_that_the_text_prints():
    assert np.mean(np.abs(np.diff(data.long_sine()))) == pytest.approx(0.006542123263, rel=1e-5)


def test_the_last_fifth_of_the_windows_validates():
    training, validation = data.long_sine_windows()
    assert training.inputs.shape == (784, 20, 1)
    assert validation.inputs.shape == (196, 20, 1)
    assert validation.targets.shape == (196, 1)
    assert validation.targets[-1, 0] == np.float32(np.sin(9.99))


def test_a_window_is_followed_by_its_targets():
    training, _ = data.long_sine_windows(30, 4)
    sine = np.sin(np.arange(1000) / 100)
    np.testing.assert_allclose(training.inputs[7, :, 0], sine[7:37], rtol=1e-6)
    np.testing.assert_allclose(training.targets[7], sine[37:41], rtol=1e-6)


def test_every_window_there_is_is_taken():
    windows = data.sliding_windows(np.arange(6, dtype=np.float32), 3, 2)
    assert windows.inputs[..., 0].tolist() == [[0, 1, 2], [1, 2, 3]]
    assert windows.targets.tolist() == [[3, 4], [4, 5]]


def test_too_few_values_for_a_window_are_refused():
    with pytest.raises(UsageError, match="values must be at least 5, got 4"):
        data.sliding_windows(np.zeros(4, np.float32), 3, 2)
