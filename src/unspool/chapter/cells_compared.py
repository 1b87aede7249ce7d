"""An exercise: LSTM and GRU against SimpleRNN, on the long sine with windows of 20.

20 units each, Dense 1, 10 epochs with Adam's defaults. One run of each would say nothing: after so
few updates chance decides. So each is trained from five seeds, and the figure is the median of the
best kind of cell. Slow waves need no long memory, and a gated cell has three or four times the
weights.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import replace

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell
from unspool.chapter.experiment import (
    Order,
    Outcome,
    Procedure,
    mean_squared_error,
    squared_error,
)
from unspool.chapter.sentences import of_data, of_settings
from unspool.data.synthetic import long_sine_windows
from unspool.layers import Dense, Recurrent
from unspool.models.shapes import SequenceToVector
from unspool.training.epochs import Epochs
from unspool.training.supervised import fit, predict

CELLS: Mapping[str, type[Cell]] = {
    "SimpleRNN": SimpleRNNCell,
    "LSTM": LSTMCell,
    "GRU": GRUCell,
}
RUNS = 5
SETTINGS = Epochs(epochs=10, batch=32, learning_rate=1e-3)


def model(cell: type[Cell], key: PRNGKeyArray) -> SequenceToVector:
    """(batch, time, 1) -> (batch, 1)."""
    first, last = jax.random.split(key)
    return SequenceToVector(Recurrent(cell(1, 20, key=first)), head=Dense(20, 1, key=last))


def run(order: Order) -> Outcome:
    """Train every kind of cell from every seed."""
    training, validation = (order.first(part) for part in long_sine_windows())
    settings = order.settings(SETTINGS)
    if order.say is not None:
        order.say(of_data(training, validation))
        order.say(of_settings(settings))
    medians, findings, last = {}, [], {}
    for name, cell in CELLS.items():
        reached = []
        for seed in range(RUNS):
            own, learning = jax.random.split(jax.random.key(order.seed + seed))
            untrained = model(cell, own)
            trained, history = fit(
                untrained,
                training,
                None,
                squared_error,
                settings,
                learning,
                phase=f"{order.phase}, {name}",
                on_progress=order.on_progress,
            )
            predictions = predict(trained, validation.inputs)
            reached.append(mean_squared_error(predictions, validation.targets))
        medians[name] = statistics.median(reached)
        last[name] = Outcome(
            figure=None,
            model=trained,
            untrained=untrained,
            inputs=validation.inputs,
            predictions=predictions,
            targets=validation.targets,
            history=history,
        )
        findings.append(
            f"{name}: median {medians[name]:.2g} of {RUNS} seeds, "
            f"from {min(reached):.2g} to {max(reached):.2g}"
        )
    best = min(medians, key=medians.__getitem__)
    return replace(last[best], figure=medians[best], findings=tuple(findings))


experiment = Procedure(run, improved="the texts print no figure for it")
