"""A fitted translator as a saved model, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
from numpy.typing import NDArray

from unspool.bundles.card import Card
from unspool.errors import DataError
from unspool.models.translators.specs import TranslatorNetwork
from unspool.tasks.bundle import load_task, restore_model, save_task
from unspool.tasks.translating.card import TASK
from unspool.tasks.translating.fitted import Fitted, Sides, new_network
from unspool.training.epochs import EpochHistory, Epochs

SOURCES, TARGETS, MEAN = "references.sources", "references.targets", "mean_target"


@dataclass(frozen=True)
class TranslatorSettings:
    """All of a fitted translator that is not an array."""

    model: TranslatorNetwork  # as it was asked for
    network: TranslatorNetwork  # as it was built
    sides: Sides
    level: str
    source_level: str | None
    target_level: str | None
    beam: int
    length_penalty: float
    training: Epochs | None
    sampling: float
    held_out: float
    seed: int
    history: EpochHistory


def save(path: str | Path, settings: TranslatorSettings, fitted: Fitted, card: Card) -> None:
    """Write what was learned, whole or not at all."""
    sources, targets = fitted.references
    arrays: dict[str, NDArray[Any]] = {SOURCES: _packed(sources), TARGETS: _packed(targets)}
    if fitted.mean_target is not None:
        arrays[MEAN] = fitted.mean_target
    save_task(path, TASK, settings, fitted.network, arrays, card)


def load(path: str | Path) -> tuple[TranslatorSettings, Fitted, Card]:
    """What `save` wrote. Raises UsageError where there is nothing, DataError on damage."""
    settings, weights, arrays, card = load_task(path, TASK, TranslatorSettings)
    template = eqx.filter_eval_shape(
        new_network, settings.network, settings.sides, key=jax.random.key(0)
    )
    fitted = Fitted(
        spec=settings.network,
        sides=settings.sides,
        network=restore_model(weights, template),
        history=settings.history,
        references=(_unpacked(arrays, SOURCES), _unpacked(arrays, TARGETS)),
        mean_target=arrays.get(MEAN),
    )
    if len(fitted.references[0]) != len(fitted.references[1]):
        raise DataError(f"{str(path)!r} is damaged: sources and targets of the baselines differ")
    return settings, fitted, card


def _packed(texts: list[str]) -> NDArray[np.uint8]:
    """Texts as bytes that hold no more than text."""
    return np.frombuffer(json.dumps(texts, ensure_ascii=True).encode(), np.uint8)


def _unpacked(arrays: dict[str, NDArray[Any]], name: str) -> list[str]:
    found = arrays.get(name)
    if found is None or found.dtype != np.uint8:
        raise DataError(f"the saved model's {name} must be bytes, found {found!r:.40}")
    try:
        texts = json.loads(found.tobytes())
    except ValueError as error:
        raise DataError(f"the saved model's {name} cannot be read: {error}") from error
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise DataError(f"the saved model's {name} must be a list of texts")
    return texts
