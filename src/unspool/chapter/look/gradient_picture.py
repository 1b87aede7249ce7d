"""The picture of how much of a gradient is left: in new cells, and in a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from numpy.typing import NDArray

from unspool.chapter.look.gradient_norm import SCALES, SEEDS, new_cells, state_gradient_norm
from unspool.chapter.look.input_gradient import input_gradient_norm
from unspool.chapter.look.observed import differentiable, recurrent_layers
from unspool.chapter.look.words import count, name, short
from unspool.errors import UsageError
from unspool.plots.gradient_norm import Curve, plot_gradient_norm

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Of a longer series, new cells read the newest steps alone.
MOST_STEPS = 100
FEWEST_STEPS = 3
HIDDEN = 32


def gradient_picture(model: Any, untrained: Any, inputs: Any) -> Figure:
    """New cells of every kind that read `inputs`, a batch of one; the model before and after.

    untrained: the model before training, None leaves it out.
    """
    sequence = differentiable(model, inputs)[1][0][0][-MOST_STEPS:]
    if len(sequence) < FEWEST_STEPS:
        raise UsageError(
            f"a gradient over time needs a series of at least {FEWEST_STEPS} steps, "
            f"got {len(sequence)}"
        )
    # Without the last distance: it leads to a state of zeros, where layer norm's slope is extreme.
    cells = {kind: norms[..., :-1] for kind, norms in new_cells(sequence, HIDDEN).items()}
    own = input_gradient_norm(model, inputs)
    if untrained is None:
        states, curves = _of_layers(model, inputs, ""), [Curve("this model", own, 0)]
    else:
        states = _of_layers(model, inputs, "trained") + _of_layers(untrained, inputs, "new")
        before = Curve("new", input_gradient_norm(untrained, inputs), 0, new=True)
        curves = [Curve("trained", own, 0), before]
    return plot_gradient_norm(
        cells,
        SCALES,
        states,
        curves,
        title="How much of a gradient is left after so many steps: new cells, below them the model",
        explanation=f"{_of_cells(cells)} {_of_model(own)}",
    )


def _of_layers(model: Any, inputs: Any, form: str) -> list[Curve]:
    curves = []
    for number, reading in enumerate(recurrent_layers(model, inputs), 1):
        start = None if reading.state is None else jax.tree.map(lambda leaf: leaf[0], reading.state)
        norms = state_gradient_norm(reading.layer.cell, reading.inputs[0], start)
        called = ", ".join(filter(None, (f"layer {number}", name(reading.layer.cell), form)))
        curves.append(Curve(called, norms[:-1], 1, group=number - 1, new=form == "new"))
    return curves


def _of_cells(cells: Mapping[str, NDArray[np.floating]]) -> str:
    distance = next(iter(cells.values())).shape[2]
    with np.errstate(divide="ignore"):
        ends = {kind: np.exp(np.log(norms[..., -1]).mean(axis=1)) for kind, norms in cells.items()}
    told = "; ".join(
        f"{kind} {short(ends[kind].min())} to {short(ends[kind].max())}"
        for kind in ("SimpleRNN", "GRU", "LSTM")
    )
    return (
        f"New cells, {HIDDEN} units, {SEEDS} seeds: what is left {distance} steps back depends on "
        f"the size of the recurrent weights ({told}). Layer norm takes the size out of a product, "
        "so that the lines of LSTM and GRU fall together."
    )


def _of_model(norms: NDArray[np.floating]) -> str:
    if not norms.any():
        return "The model's newest output does not change with what it reads here."
    most, furthest = int(norms.argmax()), len(norms) - 1
    return (
        f"The model's newest output is moved most by what it read {count(most, 'step')} back; by "
        f"what it read {furthest} steps back, {short(norms[-1] / norms[most])} times as much."
    )
