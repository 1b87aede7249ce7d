import jax
import jax.numpy as jnp
import numpy as np

from unspool.chapter import strategies
from unspool.chapter.experiment import Order
from unspool.data.synthetic import Windows, long_sine_windows
from unspool.models.shapes import SequenceToVector


def test_a_forecast_comes_into_the_window_and_the_oldest_value_leaves_it():
    model = SequenceToVector(strategies.layers(1, jax.random.key(0)))
    inputs = long_sine_windows()[0].inputs[:2]
    window, expected = jnp.asarray(inputs), []
    for _ in range(3):
        expected.append(model(window)[0][:, 0])
        window = jnp.concatenate([window[:, 1:], expected[-1][:, None, None]], axis=1)
    forecasts = strategies.iterate(model, jnp.asarray(inputs))
    assert forecasts.shape == (2, 50)
    np.testing.assert_allclose(forecasts[:, :3], np.stack(expected, axis=1), rtol=1e-4, atol=1e-6)


def test_the_targets_of_every_step_are_the_50_values_after_it():
    values = np.arange(70, dtype=np.float32)
    windows = strategies.at_every_step(Windows(values[None, :20, None], values[None, 20:]))
    assert windows.targets.shape == (1, 20, 50)
    for step in (0, 7, 19):
        assert windows.targets[0, step].tolist() == list(range(step + 1, step + 51))


def test_each_strategy_stands_in_the_table_and_the_figure_is_the_vectors():
    outcome = strategies.experiment.run(Order(epochs=2, examples=64))
    names = [finding.partition(":")[0] for finding in outcome.findings]
    assert names == ["iterated", "vector", "sequence"]
    assert outcome.findings[1].endswith(f"50 steps {outcome.figure:.2g}")
    figure = outcome.plots["by step"]()
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "MSE by step ahead, logarithmic",
        "one forecast",
    ]
