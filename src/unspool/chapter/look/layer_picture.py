"""The picture of one recurrent layer at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import numpy as np
from numpy.typing import NDArray

from unspool.chapter.look.gates import KEEPING, half_life, insides
from unspool.chapter.look.observed import Reading
from unspool.chapter.look.words import count, name, steps
from unspool.plots.gates import Part, plot_gates

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# In the order in which a step computes them; what is called otherwise comes after.
MEANINGS = {
    "input": "how much of the candidate is written",
    "forget": "how much of the memory stays",
    "reset": "how much of the state the candidate sees",
    "update": "how much of the state stays",
    "candidate": "what may be written",
    "memory": "what is kept inside",
    "output": "how much of the memory is shown",
    "hidden": "what the layer gives out",
    "state": "what the layer keeps and gives out",
}


def layer_picture(reading: Reading, number: int, layers: int) -> Figure:
    """Gates and states of layer `number` of `layers`, its units sorted by how long they keep."""
    cell, x = reading.layer.cell, reading.inputs[0]
    start = None if reading.state is None else jax.tree.map(lambda leaf: leaf[0], reading.state)
    found = insides(cell, x, start)
    kept_by = next((gate for gate in found.gates if gate in KEEPING), None)
    if kept_by is None:
        state = next(iter(found.states.values()))
        order = np.argsort(np.abs(np.diff(state, axis=0)).sum(axis=0), kind="stable")
        explanation = (
            "No gate protects the state: every unit is computed anew at each step. The units are "
            "sorted by how much they change from step to step, the calmest on top."
        )
    else:
        lives = half_life(found.gates[kept_by])
        order = np.argsort(-lives, kind="stable")
        explanation = _of_keeping(kept_by, found.gates[kept_by], lives)
    # As they are read: a backward layer's first step is the newest.
    turn = slice(None, None, -1) if reading.backwards else slice(None)

    def part(called: str, values: NDArray[np.floating], is_gate: bool) -> Part:
        # A part of another size than the state has units of its own.
        units = values[turn][:, order] if values.shape[1] == len(order) else values[turn]
        share = is_gate and called != "candidate"
        return Part(f"{called} gate" if share else called, MEANINGS.get(called, ""), units, share)

    parts = {called: part(called, values, True) for called, values in found.gates.items()}
    parts |= {called: part(called, values, False) for called, values in found.states.items()}
    in_order = [called for called in MEANINGS if called in parts]
    in_order += [called for called in parts if called not in MEANINGS]
    title = f"layer {number} of {layers}: {name(cell)}, {count(len(order), 'unit')}"
    if reading.backwards:
        title += ", which reads from the end"
    return plot_gates(
        np.asarray(x)[turn],
        [parts[called] for called in in_order],
        title=title,
        explanation=explanation,
    )


def _of_keeping(gate: str, values: NDArray[np.floating], lives: NDArray[np.floating]) -> str:
    kept = "memory" if gate == "forget" else "state"
    return (
        f"{values.mean():.0%} of the {kept} stays from one step to the next, on average over steps "
        f"and units. Half of what was written is gone after {steps(float(np.median(lives)))} in "
        f"the middle unit, after {steps(float(lives.max()))} in the one that keeps longest. The "
        "units are sorted by that, the longest on top."
    )
