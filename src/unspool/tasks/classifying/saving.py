"""A fitted classifier as a saved model, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
from numpy.typing import NDArray

from unspool.bundles.codec import decode
from unspool.bundles.folder import expected
from unspool.data.labelled.labelled import Layout
from unspool.data.labelled.preparing import NumberPreparation, TextPreparation
from unspool.errors import DataError, UsageError
from unspool.evaluation.classical import (
    Baseline,
    LogisticGrams,
    LogisticSummaries,
    Majority,
    Nearest,
)
from unspool.models.classifiers import CLASSIFIERS, ClassifierSpec
from unspool.tasks.bundle import load_task, restore_model, save_task
from unspool.tasks.classifier import SequenceClassifier
from unspool.tasks.classifying.card import card_of
from unspool.tasks.classifying.fitted import Fitted, new_network
from unspool.training.epochs import EpochHistory

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Settings:
    """All of a fitted classifier that is not an array.

    model: the network's name; network: its settings; how: "chosen", "named" or "set" by the
    constructor, whose other arguments are `given`. members: networks. classes: the labels, of
    NumPy's type `class_type`; weights: of the classes as they were given. bands: of the neighbours
    among the baselines. grams: those that the regression on texts counts.
    """

    model: str
    network: dict[str, Any]
    how: str
    given: dict[str, Any]
    members: int
    weights: dict[Any, float] | None
    classes: tuple[Any, ...]
    class_type: str
    text: TextPreparation | None
    numbers: NumberPreparation | None
    features: int | None
    layout: Layout | None
    source: str | None
    history: EpochHistory
    trained: int
    held_out: int
    notes: tuple[str, ...]
    seconds: float
    bands: tuple[int, ...]
    grams: tuple[str, ...] | None


def save(classifier: SequenceClassifier, path: Path, source: str | None = None) -> None:
    """Write what `fit` learned; source: what the sequences came from, for the card."""
    fitted = classifier.fitted
    given = classifier.get_params(deep=False)
    model, weights = given.pop("model"), given.pop("class_weight")
    text = isinstance(fitted.preparation, TextPreparation)
    classes = classifier.classes_
    settings = Settings(
        model=fitted.spec.name,
        network=dict(vars(fitted.spec)),
        how="chosen" if model is None else "named" if isinstance(model, str) else "set",
        given={**given, "class_weight": weights if isinstance(weights, str) else None},
        members=fitted.members,
        weights={_plain(label): float(own) for label, own in weights.items()}
        if isinstance(weights, Mapping)
        else None,
        classes=tuple(classes.tolist()),
        class_type="str" if classes.dtype.kind in "OU" else str(classes.dtype),
        text=fitted.preparation if text else None,  # type: ignore[arg-type]
        numbers=None if text else fitted.preparation,  # type: ignore[arg-type]
        features=getattr(classifier, "n_features_in_", None),
        layout=classifier.layout_,
        source=source,
        history=fitted.history,
        trained=fitted.trained,
        held_out=fitted.held_out,
        notes=fitted.notes,
        seconds=fitted.seconds,
        bands=tuple(own.band for own in fitted.baselines if isinstance(own, Nearest)),
        grams=next((own.grams for own in fitted.baselines if isinstance(own, LogisticGrams)), None),
    )
    save_task(
        path,
        "classify",
        settings,
        fitted.network,
        _arrays(fitted.baselines),
        card_of(fitted, classifier.seed, source),
    )


def load(path: Path) -> SequenceClassifier:
    """What `save` wrote. Raises UsageError where there is nothing, DataError on damage."""
    settings, weights, arrays, _ = load_task(path, "classify", Settings)
    try:
        return _restored(settings, weights, arrays)
    except UsageError as error:  # of a setting that no classifier could have been given
        raise DataError(f"{str(path)!r} is damaged: {error}") from error


def _restored(settings: Settings, weights: Arrays, arrays: Arrays) -> SequenceClassifier:
    preparation = settings.text or settings.numbers
    if settings.model not in CLASSIFIERS or preparation is None:
        raise DataError(f"the saved model is a {settings.model!r}, which this Unspool has not")
    spec: ClassifierSpec = decode(CLASSIFIERS[settings.model], settings.network, "network")
    given = dict(settings.given)
    if settings.weights is not None:
        given["class_weight"] = settings.weights
    model = {"chosen": None, "named": settings.model}.get(settings.how, spec)
    classifier = SequenceClassifier(model, **given)
    members = settings.members
    labels = tuple(str(label) for label in settings.classes)
    template = eqx.filter_eval_shape(
        new_network, spec, preparation, len(labels), members, jax.random.key(0)
    )
    classifier.classes_ = np.array(settings.classes, dtype=settings.class_type)
    if settings.features is not None:
        classifier.n_features_in_ = settings.features
    classifier.layout_ = settings.layout
    classifier.fitted_ = Fitted(
        spec=spec,
        members=members,
        preparation=preparation,
        labels=labels,
        network=restore_model(weights, template),
        history=settings.history,
        baselines=_baselines(settings, arrays, len(labels)),
        trained=settings.trained,
        held_out=settings.held_out,
        held=None,
        notes=settings.notes,
        seconds=settings.seconds,
    )
    return classifier


def _arrays(baselines: tuple[Baseline, ...]) -> Arrays:
    made: Arrays = {}
    for own in baselines:
        match own:
            case Majority():
                made["shares"] = own.shares
            case Nearest():
                made |= {"known": own.known, "codes": own.codes.astype(np.int64)}
            case LogisticSummaries():
                made |= {f"logistic.{name}": getattr(own, name) for name in _SUMMARIES}
            case LogisticGrams():
                made |= {f"logistic.{name}": getattr(own, name) for name in _GRAMS}
    return made


_SUMMARIES = ("mean", "spread", "weights", "bias")
_GRAMS = ("rarity", "weights", "bias")


def _baselines(settings: Settings, arrays: Arrays, classes: int) -> tuple[Baseline, ...]:
    made: list[Baseline] = [Majority(expected(arrays, "shares", "float64", (classes,)))]
    if settings.text is not None:
        if settings.grams is not None:
            size = len(settings.grams)
            own = _regression(arrays, size, classes)
            rarity = expected(arrays, "logistic.rarity", "float64", (size,))
            made.append(LogisticGrams(settings.text.level, settings.grams, rarity, *own))
        return tuple(made)
    for band in settings.bands:
        known = arrays.get("known", np.empty((0, 0, 0)))
        codes = expected(arrays, "codes", "int64", (len(known),))
        made.append(Nearest(known, codes.astype(np.intp), band))
    mean = arrays.get("logistic.mean", np.empty(0))
    spread = expected(arrays, "logistic.spread", "float64", mean.shape)
    made.append(LogisticSummaries(mean, spread, *_regression(arrays, len(mean), classes)))
    return tuple(made)


def _regression(
    arrays: Arrays, features: int, classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (
        expected(arrays, "logistic.weights", "float64", (features, classes)),
        expected(arrays, "logistic.bias", "float64", (classes,)),
    )


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label
