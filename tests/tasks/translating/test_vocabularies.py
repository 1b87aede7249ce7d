from __future__ import annotations

import numpy as np

from unspool.data.vocabulary import END, START, UNKNOWN
from unspool.tasks.translating.vocabularies import (
    HIDDEN,
    hidden,
    shared_symbols,
    source_settings,
    target_settings,
)


def test_shared_symbols_are_rare_where_few_pairs_have_them_on_both_sides():
    sources = [["see", "a", f"n{row}"] for row in range(300)]
    targets = [["sehe", "a", f"n{row}"] for row in range(300)]
    found = shared_symbols(sources, targets)
    assert found.rare == {f"n{row}" for row in range(300)}
    assert found.shared == found.rare | {"a"}


def test_a_word_seen_once_is_unknown_and_a_character_is_not():
    sources = [["a", "b"], ["a", "c"]]
    assert source_settings(sources, "words").known.symbols == ("a",)
    assert source_settings(sources, "characters").known.symbols == ("a", "b", "c")
    assert source_settings([["a"], ["b"]], "words").known.symbols == ("a", "b")


def test_a_symbol_of_one_target_is_left_to_copying_if_its_source_has_it():
    sources, targets = [["x", "p"], ["y", "q"]], [["p", "z"], ["q", "z", "w"]]
    known = target_settings(targets, "words", sources).known
    assert known.symbols == ("w", "z")
    assert known.specials == (START, END, UNKNOWN)
    assert target_settings(targets, "words", None).known.symbols == ("p", "q", "w", "z")


def test_one_symbol_is_hidden_on_both_sides_of_a_share_of_the_pairs():
    sources, targets = [["p", "x", "q", "p"]] * 1000, [["q", "p"]] * 1000
    made = hidden(sources, targets, frozenset("pq"), np.random.default_rng(0))
    changed = 0
    for source, target in zip(*made, strict=True):
        strange = {symbol for symbol in source if symbol not in "pxq"}
        assert strange == {symbol for symbol in target if symbol not in "pxq"}
        assert len(strange) <= 1
        assert [symbol[-1] for symbol in source] == ["p", "x", "q", "p"]
        if source[0] != "p":
            assert source[0] == source[3] == target[1]
        changed += len(strange)
    assert abs(changed / 1000 - HIDDEN) < 0.05
