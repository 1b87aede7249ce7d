"""Where a sample ended, as a file from which another run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from unspool.data.writing import replacing
from unspool.errors import DataError, UsageError
from unspool.models.generators import drawing
from unspool.models.generators.drawing import Place
from unspool.tasks.generating.coding import fingerprint
from unspool.tasks.generating.fitted import Fitted
from unspool.tasks.generating.sampling import SamplingState

FORMAT = "unspool sampling state"


def write_state(fitted: Fitted, state: SamplingState, path: Path) -> None:
    """Write a state, whole or not at all."""
    leaves = jax.tree.leaves((state.place.value, state.place.state))
    arrays = {str(at): np.array(leaf) for at, leaf in enumerate(leaves)}
    about = {
        "drawn": state.place.drawn,
        "seed": state.seed,
        "rest": state.rest.hex(),
        "model": _identity(fitted),
    }
    with replacing(path) as beside:
        save_file(arrays, beside, {"format": FORMAT, "about": json.dumps(about)})


def read_state(fitted: Fitted, path: Path) -> SamplingState:
    """A state that this model left; raises UsageError, DataError."""
    if not path.is_file():
        raise UsageError(f"there is no state {str(path)!r}; a run with --state writes it")
    try:
        with safe_open(path, framework="numpy") as file:
            said = file.metadata() or {}
            arrays = [file.get_tensor(str(at)) for at in range(len(file.keys()))]
        about = json.loads(said.get("about", "null"))
    except (SafetensorError, OSError, ValueError) as error:
        raise DataError(f"{str(path)!r} cannot be read as a state: {error}") from None
    if said.get("format") != FORMAT or not isinstance(about, dict):
        raise DataError(f"{str(path)!r} is no state of a sample")
    if about["model"] != _identity(fitted):
        raise DataError(f"{str(path)!r} is a state of another model; go on with that one")
    empty = drawing.beginning(fitted.network)
    template: Any = (empty.value, empty.state)
    _, structure = jax.tree.flatten(template)
    value, state = jax.tree.unflatten(structure, [jnp.asarray(array) for array in arrays])
    place = Place(value, state, int(about["drawn"]))
    return SamplingState(place, int(about["seed"]), bytes.fromhex(about["rest"]))


def _identity(fitted: Fitted) -> str:
    """The same for the same weights."""
    leaves = jax.tree.leaves(eqx.filter(fitted.network, eqx.is_inexact_array))
    return fingerprint([np.asarray(leaf).view(np.int32) for leaf in leaves])
