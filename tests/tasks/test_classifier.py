from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError as SklearnNotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import unspool
from unspool.data.labelled.labelled import Labelled, Layout, row_numbers
from unspool.errors import DataError, NotFittedError, UsageError
from unspool.models.classifiers import FcnClassifier, GruClassifier
from unspool.tasks.classifier import SequenceClassifier
from unspool.tasks.classifying.objective import probabilities
from unspool.training.supervised import predict

random = np.random.default_rng(0)
# Learns what the tests ask in a moment.
QUICK = {"epochs": 20, "batch": 16, "learning_rate": 0.05}
TINY = GruClassifier(hidden=6, embedding=4)

TEXTS = ["".join(random.choice(list("abc"), 3 + place % 4)) for place in range(240)]
KINDS = np.array(["late" if text.endswith("a") else "never" for text in TEXTS])


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Networks are tiny here and trained for a moment."""


@pytest.fixture(scope="module")
def of_texts():
    """Tells whether a text ends with an a; a tenth of the texts is held out."""
    return SequenceClassifier(TINY, **QUICK).fit(TEXTS, KINDS)


def ramps(count, *, rising=True):
    """Series of unequal length that go up or down."""
    made = [
        np.linspace(0, 1, 4 + place % 5) + 0.05 * random.normal(size=4 + place % 5)
        for place in range(count)
    ]
    return made if rising else [one[::-1] for one in made]


SERIES = ramps(20) + ramps(20, rising=False)
WAYS = np.repeat([1, 0], 20)


# What fails and why; nothing does.
EXPECTED: dict[str, str] = {}


@parametrize_with_checks(
    [SequenceClassifier(GruClassifier(hidden=8), epochs=25, batch=32, learning_rate=0.05)],
    expected_failed_checks=lambda estimator: EXPECTED,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_texts_are_told_and_the_figures_are_of_what_was_held_out(of_texts):
    fitted = of_texts.fitted_
    assert (fitted.trained, fitted.held_out) == (216, 24)
    assert of_texts.classes_.tolist() == ["late", "never"]
    found = fitted.held.scores()
    assert list(found) == ["gru", "majority", "logistic, n-grams"]
    assert found["gru"]["accuracy"] > found["majority"]["accuracy"]
    assert found["gru"]["n"] == 24
    assert of_texts.score(["bca", "cab", "cca"], ["late", "never", "late"]) == 1


def test_probabilities_are_of_all_classes_and_the_likeliest_is_told(of_texts):
    made = of_texts.predict_proba(TEXTS[:7])
    np.testing.assert_allclose(made.sum(axis=1), 1)
    assert (of_texts.predict(TEXTS[:7]) == of_texts.classes_[made.argmax(axis=1)]).all()


def test_a_symbol_that_was_not_trained_on_is_unknown_and_no_error(of_texts):
    assert of_texts.predict_proba(["aéb", "x"]).shape == (2, 2)


def test_the_model_is_compared_on_other_sequences_and_strange_labels_count_as_wrong(of_texts):
    found = of_texts.compare(["bca", "cab", "abb"], ["late", "never", "other"])
    assert found.labels == ("late", "never", "other")
    assert found.scores()["gru"]["accuracy"] == pytest.approx(2 / 3)
    assert "gru" in found.sentence()


def test_series_of_unequal_length_with_holes_are_told():
    holed = [one.copy() for one in SERIES]
    holed[3][1] = np.nan
    made = SequenceClassifier(TINY, **QUICK).fit(holed, WAYS)
    assert made.fitted_.preparation.masked == (0,)
    assert made.fitted_.held is None
    assert made.score(ramps(6) + ramps(6, rising=False), np.repeat([1, 0], 6)) == 1
    assert any("2 %" in note or "missing" in note for note in made.fitted_.notes)


def test_several_channels_are_read():
    x = random.normal(size=(24, 5, 3))
    y = (x[:, :, 1].sum(axis=1) > 0).astype(int)
    made = SequenceClassifier(FcnClassifier(filters=3), **QUICK).fit(x, y)
    assert made.n_features_in_ == 5
    assert made.fitted_.preparation.channels == 3
    assert made.score(x, y) > 0.8
    with pytest.raises(DataError, match=r"X\[0\]: it has 2 channels, those trained on have 3"):
        made.predict(x[:, :, :2])


def test_members_vote_with_the_mean_of_their_probabilities():
    made = SequenceClassifier(TINY, members=3, **QUICK).fit(SERIES, WAYS)
    prepared = made.fitted_.preparation.prepared(made._sequences(SERIES, reset=False), ["x"] * 40)
    network = made.fitted_.network
    each = [
        probabilities(predict(network.member(at), prepared.inputs, prepared.lengths))
        for at in range(3)
    ]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    np.testing.assert_allclose(made.predict_proba(SERIES), np.mean(each, axis=0), atol=1e-5)


def test_the_same_seed_gives_the_same_bits_and_another_one_others():
    x, y = random.normal(size=(12, 4)), np.arange(12) % 2
    first, again, other = (
        SequenceClassifier(TINY, epochs=2, seed=seed).fit(x, y).predict_proba(x)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_it_works_in_pipelines_validation_and_search():
    x, y = random.normal(size=(24, 4)), np.arange(24) % 2
    quick = SequenceClassifier(TINY, epochs=1)
    assert make_pipeline(StandardScaler(), clone(quick)).fit(x, y).predict(x).shape == (24,)
    assert cross_val_score(quick, TEXTS[:24], KINDS[:24], cv=2).shape == (2,)
    search = GridSearchCV(quick, {"smoothing": [0.0, 0.1]}, cv=2).fit(SERIES, WAYS)
    assert search.best_params_["smoothing"] in (0.0, 0.1)


def test_a_class_of_one_trains_and_is_said(of_texts):
    kinds = KINDS.copy()
    kinds[5] = "only"
    made = SequenceClassifier(TINY, epochs=1).fit(TEXTS, kinds)
    assert "Class 'only' has a single sequence, which trains" in made.fitted_.notes[0]
    assert 2 not in made.fitted_.held.actual
    assert "'only' 0.4%; balanced weights" in made.fitted_.notes[1]
    assert of_texts.fitted_.notes == ()


def test_balanced_weights_favour_the_small_class():
    drawn = np.random.default_rng(1)
    x, y = drawn.normal(size=(60, 3)), np.repeat([0, 1], [54, 6])
    plain, balanced = (
        SequenceClassifier(TINY, class_weight=weight, **QUICK).fit(x, y).predict_proba(x)[:, 1]
        for weight in (None, "balanced")
    )
    assert balanced[y == 1].mean() > plain[y == 1].mean() + 0.1


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"model": "transformer"}, UsageError, "model must be one of gru, lstm"),
        ({"level": "lines"}, UsageError, "level must be one of characters"),
        ({"members": 0}, UsageError, "members must be a whole number of at least 1, got 0"),
        ({"smoothing": 1}, UsageError, "smoothing must be a number from 0 to below 1"),
        ({"minutes": 0}, UsageError, "minutes must be a number above 0"),
        ({"pooling": "max"}, UsageError, "pooling must be one of attention, mean, last"),
        (
            {"class_weight": {5: 1.0}},
            UsageError,
            "class_weight has 5, which is none of the classes",
        ),
        ({"class_weight": 3}, UsageError, "class_weight must be None, 'balanced' or"),
        ({"seed": -1}, UsageError, "seed must be a whole number from 0"),
    ],
)
def test_wrong_arguments_are_named_when_fitting(given, error, said):
    with pytest.raises(error, match=said):
        SequenceClassifier(**given).fit(SERIES, WAYS)


@pytest.mark.parametrize(
    ("given", "data", "kinds", "said"),
    [
        ({"scaling": "series"}, TEXTS, KINDS, "scaling is a setting for series of numbers"),
        ({"warping": 0.1}, TEXTS, KINDS, "warping is a setting for series of numbers"),
        ({"model": FcnClassifier(slopes=True)}, TEXTS, KINDS, "slopes is a setting for series"),
        ({"level": "words"}, SERIES, WAYS, "level is a setting for texts"),
    ],
    ids=["scaling", "warping", "slopes", "level"],
)
def test_settings_that_would_have_no_effect_are_refused(given, data, kinds, said):
    with pytest.raises(UsageError, match=said):
        SequenceClassifier(**given).fit(data, kinds)


def test_data_that_nothing_can_be_learned_from_is_named():
    with pytest.raises(DataError, match="all sequences have 1 class, '1'"):
        SequenceClassifier().fit(SERIES[:3], [1, 1, 1])
    broken = [*SERIES[:3], np.array([1.0, np.inf])]
    with pytest.raises(DataError, match=r"X\[3\]: step 2 is infinity"):
        SequenceClassifier().fit(broken, [0, 1, 1, 0])
    with pytest.raises(DataError, match=r"X\[1\]: the text has no characters"):
        SequenceClassifier().fit(["a", ""], [0, 1])


def test_texts_and_numbers_are_not_mixed(of_texts):
    with pytest.raises(UsageError, match="trained on texts, and these are numbers"):
        of_texts.predict(np.zeros((2, 3)))


def test_before_fitting_both_kinds_of_error_are_raised():
    for error in (NotFittedError, SklearnNotFittedError):
        with pytest.raises(error, match="call fit"):
            SequenceClassifier().predict(TEXTS)


def test_an_interrupt_keeps_what_was_learned():
    def interrupt(progress):
        if progress.step >= 4:
            raise KeyboardInterrupt

    made = SequenceClassifier(TINY, epochs=50, batch=20)
    made.fit(SERIES, WAYS, on_progress=interrupt)
    assert made.fitted_.interrupted
    assert made.predict(SERIES).shape == (40,)


def test_a_file_is_told_by_the_texts_of_its_labels():
    series = tuple(one[:, None] for one in SERIES)
    made = SequenceClassifier(TINY, **QUICK).fit(SERIES, WAYS)
    labelled = Labelled(
        sequences=series,
        labels=tuple(str(way) for way in WAYS),
        names=tuple(f"line {row}" for row in range(40)),
        source="x.ts",
        layout=Layout("ts"),
        columns=row_numbers(40),
    )
    found = made.compare_labelled(labelled)
    assert found.labels == ("0", "1")
    assert found.scores()["gru"]["accuracy"] > 0.9
    np.testing.assert_array_equal(made.probabilities_of(labelled), made.predict_proba(SERIES))


def test_it_is_public():
    assert unspool.SequenceClassifier is SequenceClassifier
