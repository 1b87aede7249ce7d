from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import unspool
from unspool.bundles.card import Card
from unspool.errors import DataError, NotFittedError, UsageError
from unspool.tasks.bundle import load_task, read_card, save_task
from unspool.tasks.translating.fitted import default_training
from unspool.tasks.translating.writing import attended

VERBS = {"see": "sehe", "call": "rufe", "know": "kenne"}
SMALL = unspool.TranslatorNetwork(units=16, embedding=8)
BRIEF = unspool.Epochs(epochs=12, batch=16, learning_rate=1e-2, clip_norm=1.0, schedule="one-cycle")


def phrases(count: int) -> tuple[list[str], list[str]]:
    """A verb to be learned, a name to be copied: every name stands in one pair."""
    random = np.random.default_rng(0)
    sources, targets = [], []
    for row in range(count):
        verb = list(VERBS)[row % len(VERBS)]
        name = "".join(random.choice(list("abcdefghijklmnop"), 5))
        sources.append(f"I {verb} {name} now")
        targets.append(f"jetzt {VERBS[verb]} ich {name}")
    return sources, targets


@pytest.fixture(scope="module", autouse=True)
def _quickly() -> Iterator[None]:
    """Code that runs for a moment is not made fast, which is most of what would be waited for."""
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture(scope="module")
def fitted() -> unspool.SequenceTranslator:
    translator = unspool.SequenceTranslator(SMALL, level="words", training=BRIEF)
    return translator.fit(*phrases(400), data="phrases")


def test_what_was_held_out_is_translated(fitted: unspool.SequenceTranslator) -> None:
    judged = fitted.judged_
    assert judged is not None
    assert judged.n == 40
    assert judged.figures["exact_match"] == 1.0
    assert judged.figures["character_error"] == 0.0
    assert set(judged.baselines) == {"copy", "most frequent", "nearest"}
    assert judged.baselines["nearest"]["exact_match"] == 0.0
    assert judged.sentence == (
        "gru with dot attention beats copy: exact match 1 and 0 on 40 pairs."
    )


def test_symbols_that_training_has_not_seen_are_copied_and_said(
    fitted: unspool.SequenceTranslator,
) -> None:
    sources = ["I see Anna now", "I know Zoé now"]
    assert fitted.predict(sources) == ["jetzt sehe ich Anna", "jetzt kenne ich Zoé"]
    made = fitted.translate(sources, beam=3)
    assert made.symbols == [["jetzt", "sehe", "ich", "Anna"], ["jetzt", "kenne", "ich", "Zoé"]]
    assert made.unknown == made.copied == [["Anna"], ["Zoé"]]
    assert made.ended.all()
    assert (made.scores < 0).all()


def test_lists_of_symbols_come_back_as_lists(fitted: unspool.SequenceTranslator) -> None:
    assert fitted.predict([["I", "see", "Anna", "now"]]) == [["jetzt", "sehe", "ich", "Anna"]]


def test_columns_of_frames_are_taken(fitted: unspool.SequenceTranslator) -> None:
    wanted = ["jetzt sehe ich Anna"]
    column = pd.Series(["I see Anna now"], index=[7])
    assert fitted.predict(column) == fitted.predict(pa.array(column)) == wanted
    assert fitted.evaluate(column, pa.array(wanted)).figures["exact_match"] == 1.0


def test_how_many_sources_are_given_changes_no_target(fitted: unspool.SequenceTranslator) -> None:
    sources, targets = phrases(7)
    together = fitted.predict(sources)
    assert together == targets
    assert [fitted.predict([source])[0] for source in sources[:2]] == together[:2]


def test_attention_points_at_what_was_copied(fitted: unspool.SequenceTranslator) -> None:
    weights, source, target = fitted.attention("I see Anna now")
    assert source == ["I", "see", "Anna", "now"]
    assert target == ["jetzt", "sehe", "ich", "Anna", "<end>"]
    assert weights.shape == (5, 4)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    assert weights[3].argmax() == 2


def test_without_attention_there_is_nothing_to_show(fitted: unspool.SequenceTranslator) -> None:
    network = eqx.tree_at(lambda own: own.attention, fitted.fitted.network, None)
    with pytest.raises(UsageError, match="this translator has no attention"):
        attended(replace(fitted.fitted, network=network), ["I"], ["ich"])


def test_a_target_that_does_not_end_is_said_to(fitted: unspool.SequenceTranslator) -> None:
    long = fitted.translate(["now " * 40])
    assert len(long.symbols[0]) <= 52  # ten times the longest source, and a little
    assert len(fitted.translate(["I see Anna now"]).symbols[0]) == 4


def test_a_saved_model_writes_the_same(fitted: unspool.SequenceTranslator, tmp_path: Path) -> None:
    path = tmp_path / "model"
    fitted.save(path)
    loaded = unspool.SequenceTranslator.load(path)
    sources, targets = phrases(30)
    first, again = fitted.translate(sources), loaded.translate(sources)
    assert first.symbols == again.symbols
    np.testing.assert_array_equal(first.scores, again.scores)
    assert (
        loaded.evaluate(sources, targets).to_dict() == fitted.evaluate(sources, targets).to_dict()
    )
    assert loaded.get_params() == fitted.get_params()
    card = read_card(path)
    assert card == fitted.card_
    assert card.task == "translate"
    assert card.data == "360 pairs of phrases; the figures are of 40 that it was not trained on"
    assert card.sizes["target symbols"] == 5
    assert card.figures["exact_match"] == 1.0
    assert "copied where attention points" in card.limits[1]


def test_another_jobs_model_is_refused(tmp_path: Path) -> None:
    save_task(tmp_path / "other", "classify", Card("a", "b", "c"), {}, {}, Card("a", "b", "c"))
    with pytest.raises(DataError, match="is a model to classify, not to translate"):
        unspool.SequenceTranslator.load(tmp_path / "other")


def test_a_damaged_model_is_refused(fitted: unspool.SequenceTranslator, tmp_path: Path) -> None:
    from unspool.tasks.translating.saving import TranslatorSettings

    path = tmp_path / "model"
    fitted.save(path)
    settings, _, arrays, card = load_task(path, "translate", TranslatorSettings)
    arrays["references.sources"] = arrays["references.sources"][:-3]
    save_task(path, "translate", settings, fitted.fitted.network, arrays, card)
    with pytest.raises(DataError, match=r"references.sources cannot be read"):
        unspool.SequenceTranslator.load(path)


def test_the_same_seed_gives_the_same_bits_with_and_without_its_own_symbols() -> None:
    pairs = phrases(60)
    made = []
    for sampling in (0.5, 0.5, 0.0):
        translator = unspool.SequenceTranslator(
            SMALL,
            level="words",
            training=unspool.Epochs(epochs=3, batch=16),
            sampling=sampling,
            held_out=0,
        )
        translator.fit(*pairs)
        assert translator.judged_ is None
        made.append(translator.fitted.history.loss)
    assert made[0] == made[1]
    assert made[0] != made[2]
    assert made[0][0] == made[2][0]  # the share begins with nothing


def test_numbers_are_read_and_written() -> None:
    """Two sines, and the first of them from the last step on, in units of its own."""
    random = np.random.default_rng(0)
    phase = random.uniform(0, 6, (120, 1))
    step = np.arange(9)
    sources = np.stack([np.sin(step / 2 + phase), np.cos(step / 2 + phase)], axis=-1)
    targets = 100 + 10 * np.sin((step[:4] + 9) / 2 + phase)[..., None]
    translator = unspool.SequenceTranslator(
        SMALL, training=unspool.Epochs(epochs=25, batch=16, learning_rate=1e-2), held_out=0.2
    ).fit(sources, targets)
    judged = translator.judged_
    assert judged is not None
    assert judged.figures["mse"] < judged.baselines["mean"]["mse"] / 5
    assert judged.figures["rmse"] == pytest.approx(judged.figures["mse"] ** 0.5)
    assert "beats mean" in judged.sentence
    made = translator.predict(sources[:3])
    assert made.shape == (3, 4, 1)
    assert np.abs(made - targets[:3]).mean() < 4
    assert translator.predict(sources[:3], steps=6).shape == (3, 6, 1)
    assert translator.score(sources, targets) > -50
    with pytest.raises(UsageError, match="beam is for symbols"):
        translator.predict(sources, beam=2)
    with pytest.raises(DataError, match="source 1 has 1 features where 2 are expected"):
        translator.predict(sources[..., :1])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "rnn"}, "model must be one of lstm, gru, got 'rnn'"),
        ({"level": "bytes"}, "level must be one of characters, words, tokens, got 'bytes'"),
        ({"source_level": "x"}, "source_level must be one of"),
        ({"beam": 0}, "beam must be a whole number of at least 1, got 0"),
        ({"length_penalty": -1}, "length_penalty must be a number of at least 0"),
        ({"sampling": 2}, "sampling must be a number from 0 to 1, got 2"),
        ({"held_out": 1}, "held_out must be"),
        ({"training": 3}, r"training must be unspool.Epochs\(...\), got 3"),
        ({"seed": -1}, "seed must be a whole number from 0"),
    ],
)
def test_wrong_arguments_are_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        unspool.SequenceTranslator(**given)


@pytest.mark.parametrize(
    ("sources", "targets", "said"),
    [
        (["a", "b"], ["c"], "2 sources and 1 targets"),
        ([], [], "at least one pair"),
        (["a", ""], ["c", "d"], "source 2 is empty"),
        (["a", "b"], ["c", ""], "target 2 is empty"),
        (["a", "a"], ["c", "d"], "2 pairs with 1 different source"),
    ],
)
def test_pairs_that_cannot_be_used_are_named(sources: Any, targets: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        unspool.SequenceTranslator().fit(sources, targets)


def test_sequences_too_long_for_attention_are_refused_with_a_cure() -> None:
    network = unspool.TranslatorNetwork(attention="additive")
    with pytest.raises(UsageError, match=r"needs \d+ GB for a batch of 64: take attention dot"):
        unspool.SequenceTranslator(network).fit(["a" * n for n in (3000, 3001)], ["c" * 3000] * 2)


def test_copying_needs_something_in_common() -> None:
    network = unspool.TranslatorNetwork(copy=True)
    with pytest.raises(UsageError, match="copy needs symbols of one kind on both sides"):
        unspool.SequenceTranslator(network).fit(["a", "b"], ["c", "d"])


def test_before_fit_nothing_is_predicted() -> None:
    with pytest.raises(NotFittedError, match=r"call fit\(sources, targets\) first"):
        unspool.SequenceTranslator().predict(["a"])


def test_parameters_are_those_of_the_constructor() -> None:
    translator = unspool.SequenceTranslator(beam=3)
    assert translator.get_params()["beam"] == 3
    assert translator.set_params(beam=2, level="words").beam == 2
    with pytest.raises(UsageError, match="no parameter 'beams'"):
        translator.set_params(beams=2)
    with pytest.raises(UsageError, match="beam must be"):
        translator.set_params(beam=0)
    assert translator.beam == 2


def test_fewer_pairs_are_seen_more_often_and_a_larger_batch_too() -> None:
    assert default_training(9_000).epochs == 9
    assert default_training(100).epochs == 60
    assert default_training(10**6).epochs == 4
    assert default_training(9_000, batch=128).epochs == 17
