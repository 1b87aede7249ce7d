"""Starting weights, drawn by NumPy, so that every library begins with the same numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.cells import sizes
from benchmarks.cells.equations import EQUATIONS
from benchmarks.cells.sizes import Size

Weights = dict[str, NDArray[np.float32]]


def drawn(cell: str, size: Size) -> tuple[list[Weights], Weights]:
    """The weights of each layer, and of the dense layer: `kernel` (units, outputs) and `bias`.

    A layer has `input_kernel`, `state_kernel` and what `EQUATIONS` names; a convolution `kernel`
    (taps, features, units), the oldest tap first, and `bias`. No array is zero, so that one that
    lands in the wrong place shows in the loss.
    """
    random = np.random.default_rng(1)

    def array(shape: tuple[int, ...]) -> NDArray[np.float32]:
        # Products keep the size of what goes into them.
        scale = 0.1 if len(shape) == 1 else float(np.prod(shape[:-1])) ** -0.5
        return (scale * random.standard_normal(shape)).astype(np.float32)

    inner = [size.units] * (len(sizes.DILATIONS) if cell == "convolution" else 2)
    layers = []
    for below in [size.inputs, *inner[1:]]:
        shapes = _shapes(cell, below, size.units)
        layer = {name: array(shape) for name, shape in shapes.items()}
        # With gains of 1 an LSTM is chaotic: in 50 steps rounding would grow to what shows.
        layers.append({name: a + 0.5 if name.endswith("gain") else a for name, a in layer.items()})
    head = {"kernel": array((size.units, sizes.OUTPUTS)), "bias": array((sizes.OUTPUTS,))}
    return layers, head


def _shapes(cell: str, below: int, units: int) -> dict[str, tuple[int, ...]]:
    if cell == "convolution":
        return {"kernel": (sizes.KERNEL, below, units), "bias": (units,)}
    state_rows = units if cell == "minimal_gated" else sizes.ROWS[cell] * units
    return {
        "input_kernel": (below, sizes.ROWS[cell] * units),
        "state_kernel": (units, state_rows),
        **EQUATIONS[cell].arrays(units),
    }
