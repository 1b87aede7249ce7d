from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.models.classifiers import FcnClassifier, GruClassifier
from unspool.tasks.classifier import SequenceClassifier
from unspool.tasks.classifying.fitted import weights_of
from unspool.tasks.classifying.settings import Asked


def asked(**given):
    return Asked(**{**SequenceClassifier().get_params(), **given})


def test_it_has_the_arguments_of_the_classifier():
    own = inspect.signature(SequenceClassifier.__init__).parameters
    assert set(own) - {"self"} == set(Asked.__dataclass_fields__)


def test_a_model_is_chosen_by_what_it_reads():
    assert asked().spec(is_text=True).name == "bidirectional"
    assert asked().spec(is_text=False).name == "fcn"
    assert asked(model="gru", pooling="mean").spec(is_text=True) == GruClassifier(pooling="mean")
    assert asked(model=FcnClassifier(filters=3)).spec(is_text=True).filters == 3


def test_the_training_suits_the_number_of_sequences():
    few = asked().training(FcnClassifier(), 50, validated=False)
    many = asked().training(FcnClassifier(), 20_000, validated=False)
    assert few.batch < many.batch
    assert few.epochs > many.epochs
    assert asked(epochs=7, batch=999).training(FcnClassifier(), 50, validated=False).batch == 50
    assert asked(epochs=7).training(FcnClassifier(), 50, validated=False).epochs == 7


def test_members_of_recurrent_networks_are_clipped_as_if_alone():
    assert asked().training(FcnClassifier(), 50, validated=False).clip_norm is None
    alone = asked().training(GruClassifier(), 50, validated=False).clip_norm
    four = asked(members=4).training(GruClassifier(), 50, validated=False).clip_norm
    assert four == alone / math.sqrt(4)


def test_the_best_network_is_kept_where_something_judges_it():
    best = asked(keep="best")
    assert best.training(FcnClassifier(), 500, validated=True).keep == "best"
    assert best.training(FcnClassifier(), 50, validated=False).keep == "last"
    assert not asked(validation_share=0).holds_out(10_000)
    assert asked().holds_out(200)
    assert not asked().holds_out(199)


def test_weights_have_a_mean_of_one_over_the_sequences():
    classes, codes = np.array(["a", "b"]), np.array([0, 0, 0, 1])
    assert weights_of(None, classes, codes) is None
    assert weights_of("balanced", classes, codes) == pytest.approx({0: 2 / 3, 1: 2})
    assert weights_of({"b": 5.0}, classes, codes) == pytest.approx({0: 0.5, 1: 2.5})
    with pytest.raises(UsageError, match="class_weight must be numbers of at least 0"):
        weights_of({"b": -1.0}, classes, codes)
