from __future__ import annotations

import inspect
import math
from dataclasses import replace

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.models.classifiers import (
    BidirectionalClassifier,
    FcnClassifier,
    GruClassifier,
    TcnClassifier,
)
from unspool.tasks.classifier import SequenceClassifier
from unspool.tasks.classifying.fitted import weights_of
from unspool.tasks.classifying.settings import TEXT_NETWORK, Asked, Came

TEXTS = Came(count=50, steps=8, is_text=True)
MANY = Came(count=200, steps=20, is_text=False)
FEW = Came(count=199, steps=50, is_text=False)
FEW_AND_SHORT = Came(count=199, steps=49, is_text=False)


def asked(**given):
    return Asked(**{**SequenceClassifier().get_params(), **given})


def test_it_has_the_arguments_of_the_classifier():
    own = inspect.signature(SequenceClassifier.__init__).parameters
    assert set(own) - {"self"} == set(Asked.__dataclass_fields__)


def test_a_model_is_chosen_by_what_it_reads():
    assert asked().spec(TEXTS).name == "bidirectional"
    assert asked().spec(MANY) == FcnClassifier()
    assert asked(model="gru", pooling="mean").spec(TEXTS) == GruClassifier(pooling="mean")
    assert asked(model=FcnClassifier(filters=3)).spec(TEXTS).filters == 3


def test_texts_get_a_network_that_much_is_dropped_of():
    spec = asked().spec(TEXTS)
    assert spec == BidirectionalClassifier(
        hidden=128, embedding=64, dropout=0.5, symbol_dropout=0.1
    )
    assert asked(pooling="mean").spec(TEXTS) == replace(spec, pooling="mean")
    assert asked(model="bidirectional").spec(TEXTS) == BidirectionalClassifier()
    assert asked().is_text_recipe(TEXTS)
    assert not asked(model="bidirectional").is_text_recipe(TEXTS)
    assert not asked().is_text_recipe(MANY)


def test_texts_are_learned_more_slowly_and_for_longer_unless_it_is_said():
    many = asked().training(TEXT_NETWORK, 20_000, text_recipe=True, validated=False)
    named = asked().training(TEXT_NETWORK, 20_000, validated=False)
    assert (many.learning_rate, many.epochs) == (0.003, 15)
    assert (named.learning_rate, named.epochs) == (0.005, 10)
    few = asked().training(TEXT_NETWORK, 1500, text_recipe=True, validated=False)
    assert few.epochs == round(1500 / math.ceil(1500 / few.batch))
    said = asked(epochs=3, learning_rate=0.1)
    made = said.training(TEXT_NETWORK, 20_000, text_recipe=True, validated=False)
    assert (made.learning_rate, made.epochs) == (0.1, 3)


def test_few_series_get_several_small_networks_and_are_varied():
    assert asked().spec(FEW) == FcnClassifier(filters=32, slopes=True)
    assert asked().spec(FEW_AND_SHORT) == TcnClassifier()
    assert asked(pooling="mean").spec(FEW_AND_SHORT) == TcnClassifier(pooling="mean")
    assert asked(model="fcn").spec(FEW) == FcnClassifier()
    assert [asked().size(came) for came in (TEXTS, MANY, FEW, FEW_AND_SHORT)] == [1, 1, 6, 6]
    assert [asked().updates(came) for came in (TEXTS, MANY, FEW)] == [1500, 1500, 500]
    assert asked().training(asked().spec(FEW), 50, validated=False).learning_rate == 0.01
    assert [asked().strength(came) for came in (TEXTS, MANY, FEW, FEW_AND_SHORT)] == [0, 0, 0.02, 0]


def test_what_is_asked_for_holds_for_few_series_too():
    assert asked(members=1).size(FEW) == 1
    named = asked(model="fcn")
    assert (named.size(FEW), named.strength(FEW), named.updates(FEW)) == (1, 0, 1500)
    assert asked(members=3).size(MANY) == 3
    assert asked(warping=0).strength(FEW) == 0
    assert asked(warping=0.1).strength(FEW_AND_SHORT) == 0.1
    with pytest.raises(UsageError, match="warping must be a number from 0 to below 1, got -1"):
        asked(warping=-1)


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
    four = asked().training(GruClassifier(), 50, members=4, validated=False).clip_norm
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
