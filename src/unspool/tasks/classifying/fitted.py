"""What fitting a classifier makes, and in which order."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from unspool.data.labelled.preparing import (
    NumberPreparation,
    Preparation,
    Prepared,
    TextPreparation,
    check_numbers,
)
from unspool.errors import DataError, UsageError
from unspool.evaluation.classical import Baseline, fit_baselines
from unspool.evaluation.classification import Classification, Told
from unspool.evaluation.scaling_choice import choose_scaling
from unspool.evaluation.stratified import hold_out
from unspool.models.classifiers import ClassifierSpec
from unspool.models.classifiers.build import build
from unspool.models.classifiers.convolutional import of_values
from unspool.models.classifiers.warping import Warping
from unspool.models.ensemble import Ensemble
from unspool.tasks.classifying.notes import notes_of
from unspool.tasks.classifying.objective import accuracy, loss_of, probabilities
from unspool.tasks.classifying.settings import AUTO, Asked, Came
from unspool.training.epochs import EpochHistory
from unspool.training.history import OnProgress
from unspool.training.supervised import Examples, fit, predict

Codes = NDArray[np.intp]

# Steps of all sequences that are predicted at once, so that memory stays within bounds.
STEPS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Fitted:
    """All that `fit` learned.

    network: one, or an `Ensemble` of members. labels: the text of each class. trained, held_out:
    how many sequences. held: the model beside the baselines on what was held out, None where
    nothing was. notes: what is to be said of the data, sentences.
    """

    spec: ClassifierSpec
    members: int
    preparation: Preparation
    labels: tuple[str, ...]
    network: Any
    history: EpochHistory
    baselines: tuple[Baseline, ...]
    trained: int
    held_out: int
    held: Classification | None
    notes: tuple[str, ...]
    seconds: float

    @property
    def name(self) -> str:
        """What the model is called in tables."""
        return self.spec.name

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the training."""
        return self.history.stopped == "interrupted"

    def probabilities(self, sequences: Any, names: Sequence[str]) -> NDArray[np.float64]:
        """Of every class for sequences (time, channels) or texts, (n, classes)."""
        return tell(self.network, self.preparation.prepared(sequences, names))

    def compared(
        self, sequences: Any, names: Sequence[str], actual: Codes, labels: tuple[str, ...]
    ) -> Classification:
        """The model beside the baselines; labels: those of the classes and of any others."""
        told = {self.name: Told.by(self.probabilities(sequences, names))}
        told |= {baseline.name: baseline.tell(sequences) for baseline in self.baselines}
        return Classification(self.name, labels, actual, told)


def fit_classifier(
    sequences: Any,
    names: Sequence[str],
    codes: Codes,
    labels: tuple[str, ...],
    asked: Asked,
    weights: Mapping[int, float] | None,
    on_progress: OnProgress,
) -> Fitted:
    """Train a network, and fit the baselines to the same sequences.

    sequences: texts, or arrays (time, channels). codes: of each one's class, (n,). weights: of the
    classes by code, None for alike. Raises DataError where nothing can be learned.
    """
    began = time.perf_counter()
    is_text = isinstance(sequences[0], str)
    steps = int(np.median([len(sequence) for sequence in sequences]))
    came = Came(len(codes), steps, is_text)
    spec = asked.spec(came)
    kept, held = np.arange(len(codes)), np.arange(0)
    if asked.holds_out(len(codes)):
        kept, held = hold_out(codes, asked.validation_share, asked.seed)
    own = [sequences[row] for row in kept]
    if not is_text:
        for sequence, name in zip(sequences, names, strict=True):
            check_numbers(sequence, name, sequences[0].shape[1])
    preparation = prepare(own, codes[kept], asked)
    training = _examples(preparation, own, [names[int(row)] for row in kept], codes[kept], weights)
    validation = None
    rest = [sequences[row] for row in held]
    rest_names = [names[int(row)] for row in held]
    if len(held):
        validation = _examples(preparation, rest, rest_names, codes[held], weights)
    members = asked.size(came)
    warping = asked.strength(came)
    settings = asked.training(
        spec,
        len(kept),
        members=members,
        updates=asked.updates(came),
        text_recipe=asked.is_text_recipe(came),
        validated=validation is not None,
    )
    key, weights_key = jax.random.split(jax.random.key(asked.seed))
    network, history = fit(
        new_network(spec, preparation, len(labels), members, weights_key, warping=warping),
        training,
        validation,
        loss_of(asked.smoothing, members),
        settings,
        key,
        metric=None if validation is None else accuracy,
        on_progress=on_progress,
    )
    baselines = fit_baselines(own, codes[kept], len(labels), asked.level if is_text else None)
    fitted = Fitted(
        spec=spec,
        members=members,
        preparation=preparation,
        labels=labels,
        network=network,
        history=history,
        baselines=baselines,
        trained=len(kept),
        held_out=len(held),
        held=None,
        notes=notes_of(codes, labels, sequences, preparation, weighted=weights is not None),
        seconds=0.0,
    )
    compared = None
    if len(held):
        compared = fitted.compared(rest, rest_names, codes[held], labels)
    return replace(fitted, held=compared, seconds=round(time.perf_counter() - began, 3))


def prepare(sequences: Any, codes: Codes, asked: Asked) -> Preparation:
    """How sequences become what a network reads, by those that train."""
    if isinstance(sequences[0], str):
        return TextPreparation.of(sequences, asked.level)
    scaling = asked.scaling
    if scaling == AUTO:
        scaling = choose_scaling(sequences, codes, asked.seed)
    return NumberPreparation.of(sequences, scaling)


def new_network(
    spec: ClassifierSpec,
    preparation: Preparation,
    classes: int,
    members: int,
    key: Any,
    *,
    warping: float = 0.0,
) -> Any:
    """A new network, or so many as one, every second of which reads no slopes.

    warping: how far series are varied in training.
    """
    unknown = 0 if isinstance(preparation, TextPreparation) else None
    varied = None
    if warping and isinstance(preparation, NumberPreparation):
        varied = Warping(warping, preparation.channels)

    def one(own: Any) -> Any:
        return build(spec, preparation.features, classes, unknown=unknown, warping=varied, key=own)

    if members == 1:
        return one(key)
    made = [one(own) for own in jax.random.split(key, members)]
    # Networks that read different things err on different series.
    return Ensemble.of([of_values(own) if place % 2 else own for place, own in enumerate(made)])


def tell(network: Any, prepared: Prepared) -> NDArray[np.float64]:
    """Probabilities of the classes (n, classes)."""
    steps = prepared.inputs.shape[1]
    block = int(np.clip(STEPS_AT_ONCE // steps, 1, 1024))
    return probabilities(predict(network, prepared.inputs, prepared.lengths, batch=block))


def reject_single_class(labels: tuple[str, ...]) -> None:
    """DataError where all sequences have one label."""
    if len(labels) < 2:
        raise DataError(
            f"all sequences have 1 class, {labels[0]!r}: telling classes takes two at least"
        )


def weights_of(
    class_weight: str | Mapping[Any, float] | None, classes: NDArray[Any], codes: Codes
) -> dict[int, float] | None:
    """The weight of each class by its code, with a mean of 1 over the sequences.

    "balanced": so that all classes weigh alike. Raises UsageError for a weight of no class.
    """
    if class_weight is None:
        return None
    counts = np.bincount(codes, minlength=len(classes))
    if isinstance(class_weight, str):
        each = 1 / np.maximum(counts, 1)
    else:
        known = dict(zip(classes.tolist(), range(len(classes)), strict=True))
        strange = [label for label in class_weight if label not in known]
        if strange:
            raise UsageError(f"class_weight has {strange[0]!r}, which is none of the classes in y")
        each = np.ones(len(classes))
        for label, weight in class_weight.items():
            each[known[label]] = weight
    if not (np.isfinite(each).all() and (each >= 0).all() and (each * counts).sum() > 0):
        raise UsageError(f"class_weight must be numbers of at least 0, got {class_weight!r}")
    each = each * len(codes) / (each * counts).sum()
    return dict(enumerate(each.tolist()))


def _examples(
    preparation: Preparation,
    sequences: Any,
    names: Sequence[str],
    codes: Codes,
    weights: Mapping[int, float] | None,
) -> Examples:
    prepared = preparation.prepared(sequences, names)
    each = np.ones(len(codes)) if weights is None else np.array([weights[code] for code in codes])
    targets = (codes.astype(np.int32), each.astype(np.float32))
    return Examples(prepared.inputs, targets, prepared.lengths)
