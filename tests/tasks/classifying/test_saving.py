from __future__ import annotations

import json

import numpy as np
import pytest

from unspool.errors import DataError, UsageError
from unspool.models.classifiers import FcnClassifier, GruClassifier
from unspool.tasks.bundle import read_card
from unspool.tasks.classifier import SequenceClassifier
from unspool.tasks.classifying.settings import FEW_MEMBERS, FEW_NETWORK

random = np.random.default_rng(0)
TEXTS = ["".join(random.choice(list("ab"), 4)) for _ in range(220)]
KINDS = [text[0] == "a" for text in TEXTS]


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Networks are tiny here and trained for a moment."""


def saved(classifier, path):
    classifier.save(path)
    return SequenceClassifier.load(path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A classifier of texts, and where it is saved."""
    path = tmp_path_factory.mktemp("saved") / "model"
    made = SequenceClassifier(GruClassifier(hidden=3, embedding=3), epochs=2, members=2)
    made.fit(TEXTS, KINDS).save(path)
    return made, path


def test_texts_are_told_the_same_bits_after_loading(kept):
    made, path = kept
    loaded = SequenceClassifier.load(path)
    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), made.predict_proba(TEXTS))
    np.testing.assert_array_equal(loaded.classes_, made.classes_)
    assert loaded.classes_.dtype == made.classes_.dtype
    assert loaded.get_params() == made.get_params()
    assert loaded.compare(TEXTS, KINDS).scores() == made.compare(TEXTS, KINDS).scores()


def test_numbers_with_holes_and_weights_too(tmp_path):
    x = random.normal(size=(20, 6, 2))
    x[3, 2, 1] = np.nan
    y = np.arange(20) % 2 + 5
    made = SequenceClassifier(
        FcnClassifier(filters=2), epochs=2, class_weight={5: 1.0, 6: 2.0}, scaling="series"
    ).fit(x, y)
    loaded = saved(made, tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(x), made.predict_proba(x))
    assert loaded.predict(x).dtype == y.dtype
    assert loaded.n_features_in_ == 6
    assert loaded.get_params() == made.get_params()
    assert list(loaded.compare(x, y).scores()) == [
        *("fcn", "majority", "1-nn euclid", "1-nn dtw", "logistic, summaries")
    ]
    assert loaded.compare(x, y).scores() == made.compare(x, y).scores()


def test_the_ensemble_that_few_series_get_by_default(tmp_path):
    x, y = random.normal(size=(12, 60)), np.arange(12) % 3
    made = SequenceClassifier(epochs=1).fit(x, y)
    assert made.fitted_.network.size == FEW_MEMBERS
    loaded = saved(made, tmp_path / "model")
    assert loaded.fitted_.spec == FEW_NETWORK
    np.testing.assert_array_equal(loaded.predict_proba(x), made.predict_proba(x))


def test_the_card_has_the_figures_of_what_was_held_out(kept):
    made, path = kept
    card = read_card(path)
    assert card.task == "classify"
    assert card.figures["accuracy"] == made.fitted_.held.scores()["gru"]["accuracy"]
    assert set(card.baselines) == {"majority", "logistic, n-grams"}
    assert card.sizes["classes"] == 2
    assert card.sizes["sequences"] == 198
    assert "22 others, held out" in card.data
    assert "It knows 2 characters; all others are one to it." in card.limits


def test_what_is_damaged_is_named(kept, tmp_path):
    _, path = kept
    spec = json.loads((path / "spec.json").read_text())
    spec["settings"]["model"] = "oracle"
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("weights.safetensors", "series.safetensors"):
        (broken / name).write_bytes((path / name).read_bytes())
    (broken / "spec.json").write_text(json.dumps(spec))
    with pytest.raises(DataError, match="the saved model is a 'oracle'"):
        SequenceClassifier.load(broken)
    spec["task"] = "generate"
    (broken / "spec.json").write_text(json.dumps(spec))
    with pytest.raises(DataError, match="a model to generate, not to classify"):
        SequenceClassifier.load(broken)
    with pytest.raises(UsageError, match="there is no saved model"):
        SequenceClassifier.load(tmp_path / "none")
