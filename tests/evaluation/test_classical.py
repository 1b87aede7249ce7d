from __future__ import annotations

import numpy as np

from unspool.evaluation import classical
from unspool.evaluation.classical import fit_baselines, grams, softmax, summaries
from unspool.evaluation.classification import scores

random = np.random.default_rng(0)
CODES = np.arange(60) % 2


def series(levels):
    return [random.normal(level, 1, (20, 1)) for level in levels]


def test_the_majority_is_told_with_its_share():
    codes = np.array([0, 0, 0, 1])
    majority = fit_baselines(series([0] * 4), codes, 2, None)[0]
    told = majority.tell(series([0, 0]))
    assert told.codes.tolist() == [0, 0]
    np.testing.assert_array_equal(told.probabilities, [[0.75, 0.25]] * 2)


def test_numbers_have_neighbours_and_a_regression_on_summaries():
    trained = series(3.0 * CODES)
    found = {one.name: one for one in fit_baselines(trained, CODES, 2, None)}
    assert list(found) == ["majority", "1-nn euclid", "1-nn dtw", "logistic, summaries"]
    for name in ("1-nn euclid", "1-nn dtw", "logistic, summaries"):
        assert scores(CODES, found[name].tell(series(3.0 * CODES)))["accuracy"] > 0.95
    np.testing.assert_array_equal(found["1-nn euclid"].tell(trained).codes, CODES)


def test_large_sets_are_not_kept_and_long_ones_not_warped(monkeypatch):
    monkeypatch.setattr(classical, "MOST_WARPED", 100)
    names = [one.name for one in fit_baselines(series(CODES), CODES, 2, None)]
    assert names == ["majority", "1-nn euclid", "logistic, summaries"]
    monkeypatch.setattr(classical, "MOST_VALUES", 100)
    names = [one.name for one in fit_baselines(series(CODES), CODES, 2, None)]
    assert names == ["majority", "logistic, summaries"]


def test_sequences_of_unequal_lengths_and_with_holes_have_baselines():
    trained = [one[: 10 + place % 5] for place, one in enumerate(series(3.0 * CODES))]
    trained[3][2] = np.nan
    for baseline in fit_baselines(trained, CODES, 2, None):
        assert len(baseline.tell(trained[:7]).codes) == 7


def test_texts_have_a_regression_on_their_grams():
    texts = [("ab" if code else "ba") * (2 + place % 3) for place, code in enumerate(CODES)]
    found = fit_baselines(texts, CODES, 2, "characters")
    assert [one.name for one in found] == ["majority", "logistic, n-grams"]
    told = found[1].tell(["abab", "baba", "zz"])
    assert told.codes[:2].tolist() == [1, 0]
    np.testing.assert_allclose(told.probabilities.sum(axis=1), 1)


def test_the_regression_on_grams_is_scikit_learns():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    letters = np.array(list("abcd"))
    texts = ["".join(random.choice(letters, 6)) for _ in range(60)]
    codes = np.array([("ab" in text) + ("cd" in text) for text in texts])
    own = fit_baselines(texts, codes, 3, "characters")[1]
    vectors = TfidfVectorizer(
        analyzer=lambda text: grams(text, "characters"), min_df=2, sublinear_tf=True
    )
    known = vectors.fit_transform(texts)
    fitted = LogisticRegression(C=10.0, max_iter=1000).fit(known, codes)
    others = ["".join(random.choice(letters, 6)) for _ in range(20)]
    expected = fitted.predict_proba(vectors.transform(others))
    np.testing.assert_allclose(own.tell(others).probabilities, expected, atol=1e-6)


def test_texts_that_share_nothing_have_no_regression():
    assert [one.name for one in fit_baselines(["a"], np.array([0]), 2, "tokens")] == ["majority"]


def test_the_summaries_of_a_channel():
    found = summaries([np.array([[1.0, np.nan], [3, np.nan], [np.nan, np.nan], [2, np.nan]])])
    np.testing.assert_allclose(found[0], [2, np.sqrt(2 / 3), 1, 3, 1.5, 0, 0, 0, 0, 0])


def test_grams_know_where_a_text_begins_and_ends():
    assert grams("ab", "words") == ["\x02", "ab", "\x03", "\x02\x1fab", "ab\x1f\x03"]


def test_softmax_of_large_scores_is_finite():
    np.testing.assert_allclose(softmax(np.array([[1000.0, 1000.0]])), [[0.5, 0.5]])
