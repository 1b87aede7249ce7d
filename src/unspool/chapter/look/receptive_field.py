"""How far back convolutions see: by their structure, and by the gradient.

The newest output of a convolution is made of `kernel` of its inputs, `dilation` steps apart; each
of those, in the convolution below, of as many again. What the newest output is made of in the end
is its receptive field. Of a stack of causal convolutions of stride 1 it has

    1 + sum over layers of (kernel - 1) * dilation

steps: where the dilation doubles from layer to layer, so does the field (van den Oord et al. 2016,
WaveNet, section 2.1).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from unspool.cells import CausalConvolutionCell
from unspool.chapter.look.input_gradient import input_gradient_norm, norms_over_time
from unspool.chapter.look.observed import Reading, differentiable, newest, observe
from unspool.layers import CausalConvolution, Convolution, Recurrent, WaveNet

KINDS = (CausalConvolution, Convolution, WaveNet, Recurrent)


class Taps(NamedTuple):
    """What one convolution multiplies: output i sees inputs i * stride + k * dilation - before.

    k is 0 .. kernel - 1. inputs, outputs: how many steps went in and came out. Output i is drawn
    at input i * stride + stands: the newest that it sees, or of a "same" convolution the middle.
    """

    kernel: int
    stride: int
    dilation: int
    before: int
    inputs: int
    outputs: int
    stands: int

    def seen(self, output: int) -> list[int]:
        """The inputs of an output, the oldest first; those outside of the series are zeros."""
        first = output * self.stride - self.before
        return [first + tap * self.dilation for tap in range(self.kernel)]


class ReceptiveField(NamedTuple):
    """What the newest output of a stack of convolutions is made of.

    layers: the convolutions, the lowest first; those that see one step alone are left out. oldest,
    newest: where the field begins and ends, in steps before the newest input; by the structure,
    whether the series is as long or not. A "same" convolution looks beyond the newest input, where
    there are zeros: newest is below 0. After a stride, the last inputs may be in no window: it is
    above 0. gradient: (time,), the norm of the derivative of the newest output with respect to the
    input d steps before the newest. recurrent: whether layers without an end to what they see
    follow, so that all this is said of what they read.
    """

    layers: tuple[Taps, ...]
    oldest: int
    newest: int
    gradient: NDArray[np.float64]
    recurrent: bool

    @property
    def size(self) -> int:
        """How many steps the field spans."""
        return self.oldest - self.newest + 1

    @property
    def reached(self) -> int:
        """How many steps back, the newest counted in, the gradient is other than zero."""
        return int(np.flatnonzero(self.gradient).max(initial=-1)) + 1


def receptive_field(model: Any, inputs: Any) -> ReceptiveField | None:
    """The field of the model's convolutions, up to its first recurrent layer; None without any.

    inputs: what the model takes, for a batch of one series. The gradient is that of the newest
    output of the last of these convolutions, or of the model where nothing recurrent follows.
    Raises UsageError where the inputs are something else than one series.
    """
    _, readings = observe(model, inputs, KINDS)
    first = _before_the_first_recurrent(readings)
    layers = tuple(taps for reading in first for taps in _taps(reading) if taps.kernel > 1)
    if not layers:
        return None
    recurrent = len(first) < len(readings)
    if recurrent:
        gradient = _gradient_of_layer(model, inputs, len(first) - 1)
    else:
        gradient = input_gradient_norm(model, inputs)
    return ReceptiveField(layers, *_ends(layers), gradient, recurrent)


def connections(layers: tuple[Taps, ...]) -> list[list[tuple[int, int]]]:
    """The tree below the newest output: for each layer, the lowest first, what is joined to what.

    A pair (above, below) says how many steps back an output of the layer stands and how many one of
    its inputs; both are counted in steps of the lowest layer's inputs.
    """
    places = _places(layers)

    def steps_back(level: int, index: int) -> int:
        stride, offset = places[level]
        return layers[0].inputs - 1 - (index * stride + offset)

    needed = {layers[-1].outputs - 1}
    joined = []
    for level in reversed(range(len(layers))):
        layer, below = layers[level], _steps_below(layers, level)
        moved = below - layer.inputs
        pairs = [
            (output, seen + moved)
            for output in sorted(needed)
            for seen in layer.seen(output)
            if 0 <= seen + moved < below
        ]
        joined.append([(steps_back(level + 1, up), steps_back(level, down)) for up, down in pairs])
        needed = {down for _, down in pairs}
    return joined[::-1]


def _ends(layers: tuple[Taps, ...]) -> tuple[int, int]:
    """How many steps before the newest input the oldest and the newest lie that are seen."""
    oldest = latest = layers[-1].outputs - 1
    for level in reversed(range(len(layers))):
        layer = layers[level]
        moved = _steps_below(layers, level) - layer.inputs
        oldest, latest = layer.seen(oldest)[0] + moved, layer.seen(latest)[-1] + moved
    end = layers[0].inputs - 1
    return end - oldest, end - latest


def _places(layers: tuple[Taps, ...]) -> list[tuple[int, int]]:
    """Where the inputs, and then every layer's outputs, stand: (stride, offset) in input steps."""
    places = [(1, 0)]
    for level, layer in enumerate(layers):
        stride, offset = places[-1]
        moved = layer.stands - layer.inputs + _steps_below(layers, level)
        places.append((stride * layer.stride, stride * moved + offset))
    return places


def _steps_below(layers: tuple[Taps, ...], level: int) -> int:
    """How many steps there are below a layer, which may see zeros put in front of them."""
    return layers[level - 1].outputs if level else layers[0].inputs


def _taps(reading: Reading) -> list[Taps]:
    """The taps of a convolution that was seen at work, or of those inside of a WaveNet."""
    layer: Any = reading.layer
    steps = reading.inputs.shape[1], reading.outputs.shape[1]
    if isinstance(layer, Convolution):
        past = layer.reach - 1
        before = {"valid": 0, "same": past // 2, "causal": past}[layer.padding]
        stands = past if layer.padding == "valid" else 0
        return [Taps(layer.kernel, layer.stride, layer.dilation, before, *steps, stands)]
    within = layer.convolutions if isinstance(layer, WaveNet) else [layer]
    cells = [convolution.cell for convolution in within]
    return [Taps(cell.kernel_size, 1, cell.dilation, cell.past, *steps, 0) for cell in cells]


def _before_the_first_recurrent(readings: list[Reading]) -> list[Reading]:
    for place, reading in enumerate(readings):
        if isinstance(reading.layer, Recurrent) and not isinstance(
            reading.layer.cell, CausalConvolutionCell
        ):
            return readings[:place]
    return readings


def _gradient_of_layer(model: Any, inputs: Any, place: int) -> NDArray[np.float64]:
    """As `input_gradient_norm`, of the newest output of a layer inside of the model."""
    vary, start = differentiable(model, inputs)

    def output(at: list[Array]) -> Array:
        _, readings = observe(*vary(at), KINDS)
        return newest(readings[place].outputs)

    # Eager: what a layer gives while it is compiled by itself cannot be looked at.
    with jax.disable_jit():
        return np.asarray(norms_over_time(output, start)[::-1], np.float64)
