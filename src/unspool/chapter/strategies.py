"""Row 21, an exercise: 20 to 50 steps of the long sine by three strategies.

All three have SimpleRNN 20, 20 and read windows of 20. *Iterated* forecasts one step and reads its
own forecast in turn, 50 times. *Vector* forecasts 50 values at once from the last state; *sequence*
learns to do so at every step, and uses what it says at the last.

The figure is the error of the vector strategy over 50 steps, here the best. The iterated forecasts
are as good for some 20 steps, but errors that are read again grow. The sequence strategy also has
to forecast from the first value or two, which do not tell whether the wave rises or falls; what it
cannot learn there is most of its loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.typing import NDArray

from unspool.cells import SimpleRNNCell
from unspool.chapter.experiment import (
    Order,
    Outcome,
    Procedure,
    mean_squared_error,
    squared_error,
)
from unspool.chapter.sentences import of_data, of_settings
from unspool.data.synthetic import Windows, long_sine_windows
from unspool.layers import Dense, Recurrent, Stack
from unspool.models.shapes import SequenceToSequence, SequenceToVector
from unspool.models.summary import summary
from unspool.training.epochs import EpochHistory, Epochs
from unspool.training.supervised import Examples, fit, predict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Values = NDArray[np.float32]  # (n, ahead)
READ, AHEAD = 20, 50
HORIZONS = (20, 30, 40, 50)
SETTINGS = Epochs(epochs=40, batch=32, learning_rate=3e-3, schedule="one-cycle")


def layers(outputs: int, key: PRNGKeyArray) -> Stack:
    """SimpleRNN 20, 20, Dense."""
    first, second, last = jax.random.split(key, 3)
    return Stack(
        [
            Recurrent(SimpleRNNCell(1, 20, key=first)),
            Recurrent(SimpleRNNCell(20, 20, key=second)),
            Dense(20, outputs, key=last),
        ]
    )


def at_every_step(windows: Windows) -> Windows:
    """The next 50 values after every step of the windows, (n, 20, 50) in place of (n, 50)."""
    values = np.concatenate([windows.inputs[..., 0], windows.targets], axis=1)
    following = np.lib.stride_tricks.sliding_window_view(values[:, 1:], AHEAD, axis=1)
    return Windows(windows.inputs, np.array(following))


@eqx.filter_jit
def iterate(model: SequenceToVector, inputs: Float[Array, "n time 1"]) -> Float[Array, "n ahead"]:
    """One step after the other; a forecast comes into the window and the oldest value leaves it."""

    def step(window: Array, _: None) -> tuple[Array, Array]:
        value = model(window)[0]
        return jnp.concatenate([window[:, 1:], value[:, None]], axis=1), value[:, 0]

    _, values = jax.lax.scan(step, inputs, None, length=AHEAD)
    return values.T


def run(order: Order) -> Outcome:
    """Train a network for each strategy, forecast the validation windows with all of them."""
    training, validation = (
        Windows(*order.first(part)[:2]) for part in long_sine_windows(READ, AHEAD)
    )
    settings = order.settings(SETTINGS)
    keys = jax.random.split(jax.random.key(order.seed), 6)
    if order.say is not None:
        order.say(of_data(Examples(*training), Examples(*validation)))
        order.say(summary(SequenceToVector(layers(AHEAD, keys[2])), (None, READ, 1)))
        order.say(of_settings(settings))

    def trained(shape: type, outputs: int, examples: Windows, at: int) -> tuple[Any, EpochHistory]:
        return fit(
            shape(layers(outputs, keys[at])),
            Examples(*examples),
            None,
            squared_error,
            settings,
            keys[at + 1],
            phase=order.phase,
            on_progress=order.on_progress,
        )

    next_value = Windows(training.inputs, training.targets[:, :1])
    one, _ = trained(SequenceToVector, 1, next_value, 0)
    vector, history = trained(SequenceToVector, AHEAD, training, 2)
    sequence, _ = trained(SequenceToSequence, AHEAD, at_every_step(training), 4)
    forecasts = {
        "iterated": np.asarray(iterate(one, jnp.asarray(validation.inputs))),
        "vector": predict(vector, validation.inputs),
        "sequence": predict(sequence, validation.inputs)[:, -1],
    }
    return Outcome(
        figure=mean_squared_error(forecasts["vector"], validation.targets),
        model=vector,
        inputs=validation.inputs,
        predictions=forecasts["vector"],
        targets=validation.targets,
        history=history,
        findings=tuple(table(forecasts, validation.targets)),
        plots={"by step": lambda: picture(forecasts, validation)},
    )


def table(forecasts: Mapping[str, Values], targets: Values) -> Iterator[str]:
    """The error of each strategy over the first 20, 30, 40 and 50 steps."""
    for name, values in forecasts.items():
        errors = [mean_squared_error(values[:, :n], targets[:, :n]) for n in HORIZONS]
        over = ", ".join(
            f"{n} steps {error:.2g}" for n, error in zip(HORIZONS, errors, strict=True)
        )
        yield f"{name}: MSE over {over}"


def picture(forecasts: Mapping[str, Values], validation: Windows) -> Figure:
    """The error by the step ahead, and the first validation window with its forecasts."""
    from unspool.plots.style import (
        ACTUAL,
        FORECAST,
        HISTORY,
        TEXT_SIZE,
        dress,
        explain,
        new_figure,
    )

    figure = new_figure(7.5, 3.4)
    errors, series = figure.subplots(1, 2)
    steps = np.arange(1, AHEAD + 1)
    for axes, title in ((errors, "MSE by step ahead, logarithmic"), (series, "one forecast")):
        dress(axes)
        axes.set_title(title, fontsize=TEXT_SIZE, loc="left")
        axes.set_xlabel("steps ahead", fontsize=TEXT_SIZE)
    series.plot(np.arange(1 - READ, 1), validation.inputs[0, :, 0], color=HISTORY, label="read")
    series.plot(steps, validation.targets[0], color=ACTUAL, label="what came")
    for (name, values), dashes in zip(forecasts.items(), ("-", "--", ":"), strict=True):
        error = ((values - validation.targets) ** 2).mean(axis=0)
        errors.semilogy(steps, error, dashes, color=FORECAST, label=name)
        series.plot(steps, values[0], dashes, color=FORECAST, label=name)
    explain(figure)
    return figure


experiment = Procedure(run, improved="the texts print no figure for it")
