"""The picture of how far back convolutions see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspool.chapter.look.receptive_field import ReceptiveField, Taps, connections
from unspool.chapter.look.words import count
from unspool.plots.receptive_field import Level, plot_receptive_field

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def field_picture(field: ReceptiveField) -> Figure:
    """The tree of connections, and the gradient that confirms it."""
    levels = [
        Level(_told(layer), joined)
        for layer, joined in zip(field.layers, connections(field.layers), strict=True)
    ]
    return plot_receptive_field(
        levels, field.oldest, field.gradient, title="receptive field", explanation=_explained(field)
    )


def _explained(field: ReceptiveField) -> str:
    terms, stride = ["1"], 1
    for layer in field.layers:
        terms.append(str((layer.kernel - 1) * layer.dilation * stride))
        stride *= layer.stride
    what = "what the recurrent layers read at their newest step"
    told = (
        f"By the structure {what if field.recurrent else 'the newest output'} is made of "
        f"{' + '.join(terms)} = {count(field.size, 'step')}: 1, and for each layer (kernel - 1) "
        "times dilation, times the strides below it. "
    )
    if field.newest > 0:
        told += f"The newest {count(field.newest, 'input')} are in no window. "
    elif field.newest < 0:
        told += f"{-field.newest} of them would come after the newest input: there are zeros. "
    time = len(field.gradient)
    if time <= field.oldest:
        told += f"The series has no more than {time}. "
    told += f"The gradient is other than zero up to {count(field.reached - 1, 'step')} back"
    if field.reached < min(field.oldest + 1, time):
        told += f", not {field.oldest}: the rest reaches it only through units that are off here"
    return told + "."


def _told(layer: Taps) -> str:
    told = f"kernel {layer.kernel}"
    if layer.dilation > 1:
        told += f", dilation {layer.dilation}"
    return told + (f", stride {layer.stride}" if layer.stride > 1 else "")
