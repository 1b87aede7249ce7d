"""The classifier: from labelled sequences to the labels of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError as SklearnNotFittedError
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d, validate_data

from unspool.data.labelled import arrays
from unspool.data.labelled.labelled import Labelled, Layout
from unspool.data.labelled.preparing import TextPreparation
from unspool.errors import DataError, NotFittedError, UsageError
from unspool.evaluation.classification import Classification
from unspool.models.classifiers import ClassifierSpec
from unspool.tasks.classifying.fitted import (
    Fitted,
    fit_classifier,
    reject_single_class,
    weights_of,
)
from unspool.tasks.classifying.settings import Asked
from unspool.training.history import OnProgress, unseen


class NotFittedClassifierError(NotFittedError, SklearnNotFittedError):  # type: ignore[misc]
    """A classifier was asked to predict before it was fitted; scikit-learn's error too."""


class SequenceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Tells the class of sequences: of numbers, of several channels, of texts.

    model: "gru", "lstm", "bidirectional", "fcn", "resnet", "inception", "tcn", or settings such as
    `unspool.GruClassifier(hidden=32)`; None takes a "bidirectional" of 128 units with much
    dropout for texts, "fcn" for numbers, and for fewer than 200 series a small "fcn" of values and
    slopes, or "tcn" where they are shorter than 50 steps.
    pooling: "attention", "mean" or "last", in place of the model's own. level: how texts are
    split, "characters", "words", "tokens" or "bytes". scaling: of numbers, "series", "channels",
    "none", or "auto", chosen by the nearest neighbours in training. warping: how far the steps of a
    series are moved in training, anew for each update, as a share of its length; values change by
    2.5 times as much. None is 0.02 for fewer than 200 series of 50 steps or more without `model`,
    else 0. members: networks, each from its own random numbers, the mean of whose probabilities
    counts; None is 6 for fewer than 200 series without `model`, else 1.

    epochs, batch, learning_rate: None for what suits the number of sequences. minutes: a bound on
    the time of training. class_weight: "balanced", or a weight for each class. smoothing: of the
    labels. validation_share: of every class, held back from training for the figures in
    `fitted_.held`, where there are 200 sequences or more. keep: "last" network, or the "best" on
    what was held back, whose figures are then a little flattering. seed: the same seed, data and
    machine give the same bits.

        classifier = unspool.SequenceClassifier("gru").fit(["ababa", …], ["yes", …])
        classifier.predict(["babab"])

    X is an array (n, time) or (n, time, channels), a list of arrays (time,) or (time, channels) of
    unequal lengths, or a list of texts. NaN is missing. Raises UsageError on a wrong argument,
    DataError on data that nothing can be learned from, DivergedError when training meets NaN.
    """

    def __init__(
        self,
        model: str | ClassifierSpec | None = None,
        *,
        pooling: str | None = None,
        level: str = "characters",
        scaling: str = "auto",
        warping: float | None = None,
        members: int | None = None,
        epochs: int | None = None,
        minutes: float | None = None,
        batch: int | None = None,
        learning_rate: float | None = None,
        class_weight: str | Mapping[Any, float] | None = None,
        smoothing: float = 0.0,
        validation_share: float = 0.1,
        keep: str = "last",
        seed: int = 0,
    ) -> None:
        # scikit-learn wants arguments kept as they came; `fit` checks them.
        self.model = model
        self.pooling = pooling
        self.level = level
        self.scaling = scaling
        self.warping = warping
        self.members = members
        self.epochs = epochs
        self.minutes = minutes
        self.batch = batch
        self.learning_rate = learning_rate
        self.class_weight = class_weight
        self.smoothing = smoothing
        self.validation_share = validation_share
        self.keep = keep
        self.seed = seed

    def fit(self, X: Any, y: Any, *, on_progress: OnProgress = unseen) -> Self:
        """Train on sequences X and their labels y, (n,); returns self."""
        sequences = self._sequences(X, reset=True)
        labels = column_or_1d(y, warn=True)
        if labels.dtype.kind == "f":
            assert_all_finite(labels, input_name="y")
        check_consistent_length(sequences, labels)
        check_classification_targets(labels)
        return self._fit(sequences, _names(len(labels)), labels, None, on_progress)

    def fit_labelled(self, labelled: Labelled, *, on_progress: OnProgress = unseen) -> Self:
        """`fit` for a table or a file that was read by `unspool.load_labelled`."""
        if labelled.labels is None:
            raise DataError(f"{labelled.source} has no labels to learn from")
        labels = np.array(labelled.labels)
        return self._fit(labelled.sequences, _named(labelled), labels, labelled.layout, on_progress)

    def _fit(
        self,
        sequences: Sequence[Any],
        names: Sequence[str],
        labels: NDArray[Any],
        layout: Layout | None,
        on_progress: OnProgress,
    ) -> Self:
        asked = Asked(**self.get_params(deep=False))
        classes, codes = np.unique(labels, return_inverse=True)
        texts = tuple(str(label) for label in classes.tolist())
        reject_single_class(texts)
        weights = weights_of(self.class_weight, classes, codes)
        self.fitted_ = fit_classifier(sequences, names, codes, texts, asked, weights, on_progress)
        self.classes_ = classes
        self.layout_ = layout
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probability of every class, (n, classes), in the order of `classes_`."""
        fitted = self.fitted
        sequences = self._sequences(X, reset=False)
        return fitted.probabilities(sequences, _names(len(sequences)))

    def predict(self, X: Any) -> NDArray[Any]:
        """The likeliest label of each sequence, (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[likeliest]
        return labels

    def compare(self, X: Any, y: Any) -> Classification:
        """The model beside the baselines on other sequences: scores, confusion, a sentence."""
        sequences = self._sequences(X, reset=False)
        given = column_or_1d(y)
        check_consistent_length(sequences, given)
        return self._compared(sequences, _names(len(sequences)), given.tolist(), self.classes_)

    def compare_labelled(self, labelled: Labelled) -> Classification:
        """`compare` for a table or a file; labels are the same if their texts are."""
        if labelled.labels is None:
            raise DataError(f"{labelled.source} has no labels to compare with")
        self._reject_other_kind(labelled.is_text)
        classes = np.array(self.fitted.labels)
        return self._compared(labelled.sequences, _named(labelled), labelled.labels, classes)

    def probabilities_of(self, labelled: Labelled) -> NDArray[np.float64]:
        """`predict_proba` for a table or a file."""
        self._reject_other_kind(labelled.is_text)
        return self.fitted.probabilities(labelled.sequences, _named(labelled))

    def _compared(
        self,
        sequences: Sequence[Any],
        names: Sequence[str],
        given: Sequence[Any],
        classes: NDArray[Any],
    ) -> Classification:
        known = {label: code for code, label in enumerate(classes.tolist())}
        strange = [label for label in dict.fromkeys(given) if label not in known]
        known |= {label: len(known) + place for place, label in enumerate(strange)}
        actual = np.array([known[label] for label in given], np.intp)
        labels = (*self.fitted.labels, *(str(label) for label in strange))
        return self.fitted.compared(sequences, names, actual, labels)

    def save(self, path: str | Path) -> None:
        """Write the fitted model as a folder of JSON and safetensors, whole or not at all."""
        from unspool.tasks.classifying.saving import save

        save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> SequenceClassifier:
        """What `save` wrote. Reads numbers and settings only: nothing in it can run."""
        from unspool.tasks.classifying.saving import load

        return load(Path(path))

    @property
    def fitted(self) -> Fitted:
        """`fitted_`; raises NotFittedError where there is none."""
        if not hasattr(self, "fitted_"):
            raise NotFittedClassifierError(
                "this SequenceClassifier has not been fitted: call fit(X, y) first"
            )
        fitted: Fitted = self.fitted_
        return fitted

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` was called, as scikit-learn asks for it."""
        return hasattr(self, "fitted_")

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect: missing values and a third axis are fine."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags

    def _sequences(self, X: Any, *, reset: bool) -> Sequence[Any]:
        """X as texts or as arrays (time, channels); reset: of a fit, which sets what must come."""
        is_text = arrays.is_texts(X)
        if not reset:
            self._reject_other_kind(is_text)
        if is_text or arrays.is_list_of_sequences(X):
            if reset:
                for stale in ("n_features_in_", "feature_names_in_"):
                    if hasattr(self, stale):
                        delattr(self, stale)
            return arrays.texts_of(X) if is_text else arrays.listed(X)
        checked = validate_data(
            self, X, reset=reset, allow_nd=True, ensure_all_finite="allow-nan", dtype="numeric"
        )
        return arrays.stacked(checked)

    def _reject_other_kind(self, is_text: bool) -> None:
        """UsageError where the model reads texts and numbers came, or the other way round."""
        if is_text != isinstance(self.fitted.preparation, TextPreparation):
            came, trained = ("texts", "numbers") if is_text else ("numbers", "texts")
            raise UsageError(f"the model was trained on {trained}, and these are {came}")


def _named(labelled: Labelled) -> list[str]:
    return [f"{labelled.source}, {name}" for name in labelled.names]


def _names(count: int) -> list[str]:
    return [f"X[{place}]" for place in range(count)]
