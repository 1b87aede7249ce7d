"""What fitting a translator makes, and in which order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import equinox as eqx
import jax
import numpy as np
from numpy.typing import NDArray

from unspool.data.vocabulary import UNKNOWN
from unspool.errors import UsageError
from unspool.models.translators.build import build_translator
from unspool.models.translators.network import Translator, mean_loss
from unspool.models.translators.specs import TranslatorNetwork
from unspool.tasks.translating.examples import examples
from unspool.tasks.translating.held_out import spread
from unspool.tasks.translating.sides import SideSettings, numbers_settings
from unspool.tasks.translating.vocabularies import (
    hidden,
    shared_symbols,
    source_settings,
    target_settings,
)
from unspool.training.epochs import EpochHistory, Epochs
from unspool.training.history import OnProgress, unseen
from unspool.training.supervised import Examples, fit
from unspool.training.teacher import Taught, further

# Validation after every epoch is of so many of the pairs held out, at most.
MOST_VALIDATED = 500
# About so many updates are made where nobody says how many epochs.
UPDATES = 1_200
FEWEST_EPOCHS, MOST_EPOCHS = 4, 60
BATCH, LEARNING_RATE = 64, 4e-3
# Attention of a batch that would need more than this is refused.
MOST_BYTES = 3e9


@dataclass(frozen=True)
class Sides:
    """Both sides' settings, and whether symbols are copied from one to the other."""

    source: SideSettings
    target: SideSettings
    copies: bool


@dataclass(frozen=True)
class Fitted:
    """A trained network with what is needed to use it.

    references: training pairs as texts, at most `MOST_REFERENCES` of them, which the baselines
    learn from; empty where a side is of numbers. mean_target: of numbers, (longest, features).
    """

    spec: TranslatorNetwork
    sides: Sides
    network: Translator
    history: EpochHistory
    references: tuple[list[str], list[str]]
    mean_target: NDArray[np.float64] | None = None


def learned_sides(
    sources: Sequence[Any],
    targets: Sequence[Any],
    levels: tuple[str | None, str | None],
    spec: TranslatorNetwork,
) -> tuple[Sides, frozenset[str]]:
    """Both sides' settings from training pairs, and the symbols to be hidden from some of them.

    levels: those of the sides of symbols, None for numbers. Raises UsageError where copying is
    asked for between sides that have nothing in common.
    """
    symbols = levels[0] is not None and levels[0] == levels[1]
    shared = shared_symbols(sources, targets) if symbols else None
    copies = spec.copy
    if copies is None:
        copies = bool(shared and shared.rare) and spec.attention != "none"
    if copies and (shared is None or not shared.shared):
        raise UsageError(
            "copy needs symbols of one kind on both sides, and some that a source shares with its "
            "target: leave it out"
        )
    source = numbers_settings(sources) if levels[0] is None else source_settings(sources, levels[0])
    target = (
        numbers_settings(targets)
        if levels[1] is None
        else target_settings(targets, levels[1], sources if copies else None)
    )
    hide: frozenset[str] = frozenset()
    if copies and shared is not None:
        hide = shared.rare or shared.shared
    return Sides(source, target, copies), hide


def default_training(pairs: int, batch: int | None = None) -> Epochs:
    """The settings where nothing is said: as many epochs as make about `UPDATES` updates."""
    batch = batch or BATCH
    epochs = math.ceil(UPDATES / math.ceil(max(pairs, 1) / batch))
    return Epochs(
        epochs=min(MOST_EPOCHS, max(FEWEST_EPOCHS, epochs)),
        batch=batch,
        learning_rate=LEARNING_RATE,
        clip_norm=1.0,
        schedule="one-cycle",
    )


def fit_network(
    spec: TranslatorNetwork,
    training: tuple[Sequence[Any], Sequence[Any]],
    validation: tuple[Sequence[Any], Sequence[Any]] | None,
    levels: tuple[str | None, str | None],
    settings: Epochs,
    seed: int,
    *,
    sampling: float = 0.0,
    on_progress: OnProgress = unseen,
) -> tuple[TranslatorNetwork, Sides, Translator, EpochHistory]:
    """Train a network on pairs; the first returned says whether it copies.

    sampling: of what the decoder reads at the end of training, the share that it wrote itself.
    """
    sources, targets = training
    sides, hide = learned_sides(sources, targets, levels, spec)
    spec = replace(spec, copy=sides.copies)
    _check_memory(spec, sides, settings.batch)
    random = np.random.default_rng(seed)
    shown = hidden(sources, targets, hide, random) if hide else (sources, targets)
    made = examples(shown, sides.source, sides.target, copies=sides.copies)
    held: Examples | None = None
    if validation is not None and len(validation[0]):
        few = (spread(validation[0], MOST_VALIDATED), spread(validation[1], MOST_VALIDATED))
        held = examples(few, sides.source, sides.target, copies=sides.copies)
    new_key, train_key = jax.random.split(jax.random.key(seed))
    network = new_network(spec, sides, key=new_key)
    given = (made, held, mean_loss, settings, train_key)
    if sampling:
        student, history = fit(
            Taught(network, sampling), *given, at_epoch=further, on_progress=on_progress
        )
        return spec, sides, student.model, history
    trained, history = fit(network, *given, on_progress=on_progress)
    return spec, sides, trained, history


def new_network(spec: TranslatorNetwork, sides: Sides, *, key: Any) -> Translator:
    """An untrained network for two sides."""
    target = sides.target
    unknown = target.known.code(UNKNOWN) if target.is_symbols else 0
    # In one piece: weight by weight, compiling what draws them would take most of the time.
    built: Translator = _built(spec, sides.source.side, target.side, unknown, key=key)
    return built


_built = eqx.filter_jit(build_translator)


def _check_memory(spec: TranslatorNetwork, sides: Sides, batch: int) -> None:
    """UsageError where attention between all steps would not fit into memory."""
    pairs = batch * (sides.target.longest + 1) * sides.source.longest
    need = 4.0 * pairs * (2 * spec.units if spec.attention == "additive" else 4)
    if spec.attention == "none" or need <= MOST_BYTES:
        return
    cure = "words in place of characters, a smaller batch, or shorter sequences"
    if spec.attention == "additive":
        cure = f"attention dot, {cure}"
    raise UsageError(
        f"attention between sources of up to {sides.source.longest:,} and targets of up to "
        f"{sides.target.longest:,} steps needs {need / 1e9:.0f} GB for a batch of {batch}: take "
        f"{cure}"
    )
