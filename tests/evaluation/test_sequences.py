from __future__ import annotations

import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.evaluation.sequences import SequenceBaselines, score


def edits(ours: list[str] | str, right: list[str] | str) -> int:
    """Levenshtein's distance, by its definition."""
    if not ours or not right:
        return len(ours) + len(right)
    return min(
        edits(ours[1:], right) + 1,
        edits(ours, right[1:]) + 1,
        edits(ours[1:], right[1:]) + (ours[0] != right[0]),
    )


def test_figures_are_those_worked_out_by_hand():
    predictions, targets = ["abc", "abx", "a"], ["abc", "abc", "abc"]
    found = score([list(p) for p in predictions], [list(t) for t in targets], "characters")
    assert found.exact_match == pytest.approx(1 / 3)
    assert found.accuracy == pytest.approx(6 / 9)  # 3 of 3, 2 of 3, 1 of 3
    assert found.character_error == pytest.approx((0 + 1 + 2) / 9)
    assert found.word_error == pytest.approx(2 / 3)
    assert found.n == 3


def test_symbols_too_many_count_as_wrong():
    found = score([list("abcd")], [list("ab")], "characters")
    assert found.accuracy == 0.5
    assert found.character_error == 1.0


def test_errors_are_edits_over_the_length_of_the_targets():
    random = np.random.default_rng(0)
    texts = [
        (["".join(random.choice(list("ab "), random.integers(1, 6))) for _ in range(20)])
        for _ in range(2)
    ]
    texts[1] = [f"{text}a" for text in texts[1]]
    found = score([list(t) for t in texts[0]], [list(t) for t in texts[1]], "characters")
    pairs = list(zip(*texts, strict=True))
    total = sum(edits(ours, right) for ours, right in pairs)
    assert found.character_error == pytest.approx(total / sum(map(len, texts[1])))
    words = [(ours.split(), right.split()) for ours, right in pairs]
    total = sum(edits(ours, right) for ours, right in words)
    assert found.word_error == pytest.approx(total / sum(len(right) for _, right in words))


def test_bleu_is_that_of_papineni_by_hand():
    """Precisions 4/5, 2/4, 1/3 and none of 2, smoothed to 1/4: the mean is geometric."""
    ours, right = list("abcxd"), list("abcyd")
    found = score([ours], [right], "tokens")
    assert found.bleu == pytest.approx(100 * (4 / 5 * 2 / 4 * 1 / 3 * 1 / 4) ** 0.25)
    assert score([right], [right], "tokens").bleu == 100


def test_targets_of_one_symbol_have_a_bleu():
    assert score([["a"]], [["a"]], "tokens").bleu == pytest.approx(100)


@pytest.mark.parametrize(
    ("predictions", "targets", "said"),
    [
        ([["a"]], [], "got 1 and 0"),
        ([], [], "at least one"),
        ([["a"], ["b"]], [["a"], []], "target 2 is empty"),
    ],
)
def test_what_cannot_be_compared_is_rejected(predictions, targets, said):
    with pytest.raises(UsageError, match=said):
        score(predictions, targets, "tokens")


def test_baselines_are_what_they_are_called():
    baselines = SequenceBaselines(
        ["red house", "blue house", "blue car"], ["x", "y", "y"], "words", "characters"
    )
    assert baselines.predict("copy", ["ab c"]) == [["a", "b", " ", "c"]]
    assert baselines.predict("most frequent", ["a", "b"]) == [["y"], ["y"]]
    assert baselines.predict("nearest", ["a red house", "blue cars"]) == [["x"], ["y"]]
    with pytest.raises(UsageError, match="baseline must be one of copy, most frequent, nearest"):
        baselines.predict("farthest", ["a"])


def test_nearest_counts_edits_of_symbols_and_takes_the_first_of_several():
    random = np.random.default_rng(1)
    known = ["".join(random.choice(list("abc"), 4)) for _ in range(12)]
    asked = ["".join(random.choice(list("abc"), 3)) for _ in range(6)]
    targets = [str(at) for at in range(12)]
    found = SequenceBaselines(known, targets, "characters", "tokens").predict("nearest", asked)
    wanted = [min(range(12), key=lambda at: edits(text, known[at])) for text in asked]
    assert found == [[str(at)] for at in wanted]


def test_baselines_need_pairs():
    with pytest.raises(UsageError, match="at least one pair"):
        SequenceBaselines(["a"], [], "words", "words")
