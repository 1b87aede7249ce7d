"""What there is to see in a model, written as pictures, with what is seen said below each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from unspool.chapter.look.field_picture import field_picture
from unspool.chapter.look.gradient_picture import gradient_picture
from unspool.chapter.look.layer_picture import layer_picture
from unspool.chapter.look.observed import recurrent_layers
from unspool.chapter.look.receptive_field import receptive_field
from unspool.errors import UsageError
from unspool.plots.style import save_figure


def look(model: Any, series: Any, folder: str | Path, *, untrained: Any = None) -> list[Path]:
    """Write pictures of the insides of `model` at work on one series; the paths written.

    - `layer-1.png`, `layer-2.png`, ...: gates and states over time of each recurrent layer.
    - `receptive-field.png`, where there are convolutions before anything recurrent.
    - `gradient-norm.png`: how much of a gradient is left after d steps back, in new cells of every
      kind, which read the same series, and in the model.

    series: what the model takes, without a batch axis: (time, features), (time,) tokens, or the
    encoder's and the decoder's as a pair. folder: made if it is not there. untrained: the same
    model before training, drawn beside it in the last picture.
    Raises UsageError where the series is something else or the folder cannot be written to.
    """
    inputs = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], series)
    target = _folder(folder)
    readings = recurrent_layers(model, inputs)
    figures = {
        f"layer-{number}": layer_picture(reading, number, len(readings))
        for number, reading in enumerate(readings, 1)
    }
    field = receptive_field(model, inputs)
    if field is not None:
        figures["receptive-field"] = field_picture(field)
    figures["gradient-norm"] = gradient_picture(model, untrained, inputs)
    for name, figure in figures.items():
        save_figure(figure, target / f"{name}.png")
    return [target / f"{name}.png" for name in figures]


def _folder(path: str | Path) -> Path:
    target = Path(path)
    if target.exists() and not target.is_dir():
        raise UsageError(f"cannot write into {str(target)!r}: it is a file; give a folder")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {str(target)!r}: {error.strerror}") from error
    return target
