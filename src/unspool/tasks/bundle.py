"""A fitted classifier, generator or translator as a saved model, and back; any model's card."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

import unspool
from unspool.bundles import folder
from unspool.bundles.card import Card
from unspool.bundles.codec import decode, encode
from unspool.errors import DataError

Arrays = dict[str, NDArray[Any]]
Settings = TypeVar("Settings")

# Task -> the verb of the command line that uses such a model.
TASKS = ("forecast", "classify", "generate", "translate")
MODEL = "model"


def save_task(
    path: str | Path, task: str, settings: Any, model: Any, arrays: Arrays, card: Card
) -> None:
    """Write a model, whole or not at all.

    settings: a frozen dataclass of all that is no array. model: the network, any pytree. arrays:
    what else was learned.
    """
    from unspool.bundles.networks import named_arrays

    spec = {
        "task": task,
        "unspool": unspool.__version__,
        "card": encode(card),
        "settings": encode(settings),
    }
    plain = {name: np.asarray(array) for name, array in arrays.items()}
    folder.write(Path(path), spec, named_arrays(model, MODEL), plain)


def load_task(
    path: str | Path, task: str, kind: type[Settings]
) -> tuple[Settings, Arrays, Arrays, Card]:
    """Settings, weights, other arrays and card of a model that was saved for `task`.

    Raises UsageError where there is nothing, DataError on damage or where it is another task's.
    """
    spec, weights, arrays = folder.read(Path(path))
    check_task(path, spec, task)
    settings = decode(kind, spec.get("settings"), "settings")
    return settings, weights, arrays, _card_of(spec)


def restore_model(weights: Arrays, template: Any) -> Any:
    """The network of `save_task`; template: one of the same structure, with shapes for arrays."""
    from unspool.bundles.networks import restored

    return restored(weights, MODEL, template)


def check_task(path: str | Path, spec: dict[str, Any], task: str) -> None:
    """Raise DataError where a saved model does another task than the one it is asked for."""
    found = spec.get("task")
    if found == task:
        return
    if found not in TASKS:
        raise DataError(f"{str(path)!r} is a model for {found!r}, which this Unspool does not know")
    raise DataError(
        f"{str(path)!r} is a model to {found}, not to {task}: `unspool {found}` uses it"
    )


def read_card(path: str | Path) -> Card:
    """What a saved model of any task says of itself."""
    spec, weights, _ = folder.read(Path(path))
    if "card" in spec:
        return _card_of(spec)
    # Of a version that wrote no cards yet.
    settings = spec.get("settings")
    name = settings.get("model") if isinstance(settings, dict) else None
    return Card(
        task=str(spec.get("task")),
        model=str(name),
        data="it was saved without a word about its data",
        made={"unspool": str(spec.get("unspool"))},
        sizes={"parameters": sum(int(array.size) for array in weights.values())},
    )


def _card_of(spec: dict[str, Any]) -> Card:
    return decode(Card, spec.get("card"), "card")
