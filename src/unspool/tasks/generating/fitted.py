"""What training a generator makes, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np
from numpy.typing import NDArray

from unspool.data.padding import padded
from unspool.data.streams import ROLL, SYMBOLS, Material, split_off
from unspool.data.vocabulary import UNKNOWN
from unspool.errors import DataError
from unspool.evaluation.generation import MOST_COUNTED, count_pairs
from unspool.models.generators.build import build
from unspool.models.generators.network import Generator
from unspool.models.generators.scoring import score_text
from unspool.models.generators.specs import GeneratorNetwork
from unspool.models.generators.teaching import Foreseeing, Reading, cross_entropy, mean_nats
from unspool.tasks.generating.coding import Codes, Coding, fingerprint
from unspool.tasks.generating.settings import GeneratorTraining, network_for
from unspool.training.epochs import EpochHistory
from unspool.training.history import OnProgress
from unspool.training.stateful import fit_stateful, shifted_streams
from unspool.training.supervised import Examples
from unspool.training.supervised import fit as fit_examples

Arrays = dict[str, NDArray[Any]]

# A text too short for the batch is trained with fewer streams, each of at least so many pieces.
PIECES_A_STREAM = 4


@dataclass(frozen=True)
class Fitted:
    """A trained generator.

    spec: the network's settings, with every choice made. counts: of training, for the baselines.
    seen: the fingerprint of the data it was trained on, and held: whether a part of that was held
    out. strange: symbols that only the held-out part has, where they were left out.
    sequences, steps: how many trained it.
    """

    coding: Coding
    spec: GeneratorNetwork
    network: Generator
    counts: Arrays
    history: EpochHistory
    seen: str
    held: bool
    strange: tuple[str, ...]
    sequences: int
    steps: int

    @property
    def parameters(self) -> int:
        """How many numbers were trained."""
        leaves = jax.tree.leaves(eqx.filter(self.network, eqx.is_inexact_array))
        return sum(leaf.size for leaf in leaves)


def fit(
    material: Material,
    validation: Material | None,
    spec: GeneratorNetwork,
    training: GeneratorTraining,
    least: int,
    seed: int,
    on_progress: OnProgress,
) -> Fitted:
    """Train on all of a material but what is held out of it, or on all of it beside a validation.

    Raises UsageError and DataError where the data does not do for the settings.
    """
    if validation is None:
        train, held = split_off(material, seed)
    else:
        train, held = material.parts.get("train", material.parts.get("all", ())), ()
        for part in validation.parts.values():
            held += part
    coding = Coding.of(material, train, least)
    spec = network_for(spec, coding.kind, one=coding.one)
    training.transpose_for(coding.kind)  # whether it may be given
    codes = coding.encoded(train, material.source)
    if validation is not None:
        coding.check_kind(validation)
        if validation.one != material.one:
            raise DataError(
                f"{validation.source}: one sequence and several do not go together; give the "
                f"validation in the form of {material.source}"
            )
    source = material.source if validation is None else validation.source
    # Symbols that occur in no other place than what is held out are left out there.
    kept = coding.encoded(held, source, "skip" if validation is None else "stop")
    own, learning = jax.random.split(jax.random.key(seed))
    network = build(spec, coding.values, key=own)
    how = fit_text if coding.one else fit_pieces
    network, history = how(network, coding, codes, kept, training, seed, learning, on_progress)
    everything = []
    if not material.has_parts:
        everything = coding.encoded(material.part("all"), material.source, "skip")
    return Fitted(
        coding=coding,
        spec=spec,
        network=network,
        counts=_counts(coding, codes),
        history=history,
        seen=fingerprint(everything) if everything else "",
        held=validation is None,
        strange=_strange(coding, held) if validation is None else (),
        sequences=len(codes),
        steps=sum(len(sequence) for sequence in codes),
    )


def fit_text(
    network: Generator,
    coding: Coding,
    codes: Sequence[Codes],
    held: Sequence[Codes],
    training: GeneratorTraining,
    seed: int,
    key: Any,
    on_progress: OnProgress,
) -> tuple[Generator, EpochHistory]:
    """Train on one long sequence, the state handed on from piece to piece."""
    (sequence,), (following,) = codes, held
    settings = training.as_epochs(coding.kind, one=True)
    steps = training.steps_for(coding.kind, one=True)
    batch = settings.batch
    if training.batch is None:
        batch = min(batch, max(1, (len(sequence) - 1) // (steps * PIECES_A_STREAM)))
    if len(sequence) <= batch * steps:
        raise DataError(
            f"{len(sequence):,} {coding.unit}s are too few to train on: pieces of {steps} in "
            f"{batch} streams need {batch * steps + 1:,}; make --steps or --batch less"
        )

    def validate(layer: Reading) -> float:
        return float(score_text(layer.network, following)[0].mean())

    trained, history = fit_stateful(
        Reading(network),
        shifted_streams(sequence, batch, steps, seed),
        validate,
        cross_entropy,
        settings,
        key,
        on_progress=on_progress,
    )
    return trained.network, history


def fit_pieces(
    network: Generator,
    coding: Coding,
    codes: Sequence[Codes],
    held: Sequence[Codes],
    training: GeneratorTraining,
    seed: int,
    key: Any,
    on_progress: OnProgress,
) -> tuple[Generator, EpochHistory]:
    """Train on separate sequences, cut into windows where they are longer."""
    settings = training.as_epochs(coding.kind, one=False)
    steps = training.steps_for(coding.kind, one=False)
    examples, validation = (_examples(windows(some, steps)) for some in (codes, held))
    trained, history = fit_examples(
        Foreseeing(network, training.transpose_for(coding.kind)),
        examples,
        validation,
        mean_nats,
        settings,
        key,
        on_progress=on_progress,
    )
    return trained.network, history


def windows(sequences: Sequence[Codes], steps: int) -> list[Codes]:
    """Sequences, those longer than `steps` as windows of so many, each beginning half of it on."""
    found = []
    for sequence in sequences:
        last = max(len(sequence) - steps, 0)
        shift = max(steps // 2, 1)
        for begin in range(0, last + shift, shift):
            found.append(sequence[begin : begin + steps])
    return found


def _strange(coding: Coding, held: Sequence[Any]) -> tuple[str, ...]:
    """Symbols of what is held out that training does not have."""
    if coding.vocabulary is None or UNKNOWN in coding.vocabulary.specials:
        return ()
    found: dict[str, None] = {}
    for sequence in held:
        found |= dict.fromkeys(coding.vocabulary.unknown(sequence))
    return tuple(found)


def _examples(sequences: Sequence[Codes]) -> Examples:
    values, lengths = padded(sequences)
    return Examples(values, None, lengths)


def _counts(coding: Coding, codes: Sequence[Codes]) -> Arrays:
    """What the baselines know of the training."""
    if coding.kind == ROLL:
        sounding = np.sum([roll.sum(axis=0, dtype=np.int64) for roll in codes], axis=0)
        return {"sounding": sounding, "frames": np.array([sum(len(roll) for roll in codes)])}
    if coding.kind != SYMBOLS:
        return {}
    if coding.size <= MOST_COUNTED:
        return {"pairs": count_pairs([with_start(coding, one) for one in codes], coding.size)}
    together = np.concatenate(list(codes))
    return {"symbols": np.bincount(together, minlength=coding.size).astype(np.int64)}


def with_start(coding: Coding, codes: Codes) -> Codes:
    """Codes with what is read before the first, where a sequence is whole in itself."""
    return codes if coding.one else np.concatenate([[coding.first], codes]).astype(np.int32)
