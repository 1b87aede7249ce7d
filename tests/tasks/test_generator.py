"""Generators of text, words and music: fitting, judging, drawing, saving."""

import math

import jax
import numpy as np
import pyarrow as pa
import pytest

import unspool
from unspool.errors import DataError, NotFittedError, UsageError
from unspool.tasks.generating.judging import evaluate
from unspool.tasks.generating.resuming import read_state, write_state

TEXT = "the cat sat on the mat.\nthe dog sat on the log.\n" * 40
WORDS = ["anna", "hannah", "otto", "bob", "eve", "ada"] * 5
# A scale up and down, and a second voice a fifth below it.
SCALE = np.array([60, 62, 64, 65, 67, 65, 64, 62], np.int32)


def small(**more):
    return unspool.GeneratorNetwork(
        **{"units": 24, "embedding": 8, "dropout": 0.0, "writer": 12, **more}
    )


def briefly(**more):
    return unspool.GeneratorTraining(**{"learning_rate": 2e-2, **more})


def chorales(count=6, time=12):
    return [
        np.stack([np.roll(SCALE, by), np.roll(SCALE, by) - 7], axis=1)[np.arange(time) % 8]
        for by in range(count)
    ]


@pytest.fixture(scope="module", autouse=True)
def compiling_quickly():
    """What runs but a few times is not made fast, which is most of what tests would wait for."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture(scope="module")
def text_generator():
    """Knows two lines by heart."""
    training = briefly(epochs=12, batch=4, steps=24)
    return unspool.SequenceGenerator(small(), training=training).fit(TEXT)


@pytest.fixture(scope="module")
def words_generator():
    """Of words that end by themselves."""
    return unspool.SequenceGenerator(small(), training=briefly(epochs=40, batch=9)).fit(WORDS)


@pytest.fixture(scope="module")
def chord_generator():
    training = briefly(epochs=90, batch=8, transpose=0)
    return unspool.SequenceGenerator(small(), training=training).fit(chorales(9))


def test_it_learns_a_text_by_heart_and_goes_on_with_it(text_generator):
    figures = text_generator.evaluation_
    assert figures.part == "held-out"
    assert figures.figures.count == 191  # of the 192 held-out characters all but the first
    assert figures.figures.nats < 0.3 < figures.baselines["bigram"].nats
    assert figures.baselines["bigram"].nats < figures.baselines["unigram"].nats
    written = text_generator.sample(40, "the dog sat", temperature=0)
    assert written == " on the log.\nthe cat sat on the mat.\nthe "[:40]


def test_the_same_seed_gives_the_same_text_and_another_one_another(text_generator):
    first = text_generator.sample(300, seed=3, temperature=2.0)
    assert text_generator.sample(300, seed=3, temperature=2.0) == first
    assert "".join(text_generator.stream(300, seed=3, temperature=2.0)) == first
    assert text_generator.sample(300, seed=4, temperature=2.0) != first
    assert text_generator.sample(700, seed=3, temperature=2.0)[:300] == first


def test_a_sample_goes_on_from_its_state_as_if_it_had_never_stopped(text_generator, tmp_path):
    whole = text_generator.sample(90, "the", seed=5, temperature=1.5)
    begun, state = text_generator.sample(31, "the", seed=5, temperature=1.5, return_state=True)
    assert begun + text_generator.sample(59, state=state, temperature=1.5) == whole
    path = tmp_path / "state"
    write_state(text_generator.fitted, state, path)
    again = read_state(text_generator.fitted, path)
    assert begun + text_generator.sample(59, state=again, temperature=1.5) == whole
    with pytest.raises(UsageError, match="seed: the state goes on with its own, 5"):
        text_generator.sample(5, state=again, seed=6)


def test_a_state_is_of_its_own_model(text_generator, words_generator, tmp_path):
    path = tmp_path / "state"
    _, state = words_generator.sample(return_state=True)
    write_state(words_generator.fitted, state, path)
    with pytest.raises(DataError, match="is a state of another model"):
        read_state(text_generator.fitted, path)
    path.write_text("nothing of the kind")
    with pytest.raises(DataError, match="cannot be read as a state"):
        read_state(text_generator.fitted, path)


def test_symbols_that_it_does_not_know_are_named_with_their_place(text_generator):
    with pytest.raises(DataError, match=r"the prompt: '\?', line 2, character 3: none of the 1"):
        text_generator.sample(5, "the\nca?")
    skipped = text_generator.sample(30, "the d?og", unknown="skip")
    assert skipped == text_generator.sample(30, "the dog")
    with pytest.raises(DataError, match=r"the text: 'é', line 1, character 4 and 1 more kinds"):
        text_generator.evaluate("theéà\n")
    assert text_generator.evaluate("the\n", unknown="stop").part == "all"
    with pytest.raises(UsageError, match="unknown must be stop or skip, got 'ask'"):
        text_generator.sample(5, "the", unknown="ask")


def test_of_the_text_it_was_trained_on_what_was_held_out_is_judged(text_generator):
    assert text_generator.evaluate(TEXT) == text_generator.evaluation_
    everything = text_generator.evaluate(TEXT, part="all")
    assert everything.trained_on
    assert everything.figures.count == len(TEXT) - 1
    other = text_generator.evaluate(TEXT[:500])
    assert (other.part, other.trained_on) == ("all", False)
    assert text_generator.score(TEXT[:500]) == -other.figures.nats
    with pytest.raises(UsageError, match="part must be one of all, held-out, train, valid, test"):
        text_generator.evaluate(TEXT, part="most")
    with pytest.raises(UsageError, match="part 'test': the text has no parts"):
        text_generator.evaluate(TEXT, part="test")
    with pytest.raises(UsageError, match="window is for music"):
        text_generator.evaluate(TEXT, window=8)


def test_sequences_begin_and_end_by_themselves(words_generator):
    drawn, state = [], None
    for _ in range(30):
        word, state = words_generator.sample(state=state, return_state=True)
        drawn.append(word)
    assert len(set(drawn)) > 3
    assert sum(word in WORDS for word in drawn) > 24
    assert words_generator.sample(prompt="han", temperature=0) == "nah"
    figures = words_generator.evaluate(["anna", "bob"])
    assert (figures.figures.count, figures.sequences) == (9, 2)  # the ends are foreseen too


def test_music_is_drawn_as_arrays_and_judged_note_by_note(chord_generator):
    drawn = chord_generator.sample(24, temperature=0)
    assert drawn.shape == (24, 2)
    held = chorales()[:2]
    whole = chord_generator.evaluate(held)
    assert whole.figures.count == 2 * 11 * 2
    assert whole.figures.accuracy > 0.9 > whole.baselines["repeat"].accuracy
    # In windows of 5 the first chord's second voice is foreseen, and 4 chords.
    windows = chord_generator.evaluate(held, window=5, shift=4)
    assert windows.sequences == 4
    assert windows.figures.count == 4 * (1 + 4 * 2)
    going_on = chord_generator.sample(4, prompt=chorales()[0][:6], temperature=0)
    np.testing.assert_array_equal(going_on[:, 0], SCALE[[6, 7, 0, 1]])


def test_data_of_another_kind_is_refused(text_generator, chord_generator):
    with pytest.raises(DataError, match="these are chords, and the model was trained with sequ"):
        text_generator.evaluate(chorales())
    with pytest.raises(DataError, match="3 voices, and the model was trained with 2"):
        chord_generator.evaluate([np.ones((4, 3), int)])
    with pytest.raises(DataError, match="the frame: a table holds sequences of symbols"):
        chord_generator.evaluate(pa.table({"high": ["60", "61"], "low": ["48", "49"]}))
    with pytest.raises(UsageError, match="prompted with an array of music"):
        chord_generator.sample(4, "the")
    with pytest.raises(UsageError, match="stream is for text"):
        chord_generator.stream(4)


def test_a_saved_generator_draws_and_judges_the_same(text_generator, words_generator, tmp_path):
    for generator, data in ((text_generator, TEXT), (words_generator, WORDS)):
        generator.save(tmp_path / "model")
        loaded = unspool.SequenceGenerator.load(tmp_path / "model")
        assert loaded.sample(60, seed=1) == generator.sample(60, seed=1)
        assert loaded.evaluate(data) == generator.evaluate(data)
        assert loaded.evaluation_ == generator.evaluation_
        assert loaded.network_spec == generator.fitted.spec


def test_rolls_are_learned_from_their_own_parts():
    from unspool.data.streams import Material

    roll = np.zeros((10, 14), np.int8)
    roll[np.arange(10), np.arange(10)] = roll[np.arange(10), np.arange(10) + 3] = 1
    parts = dict.fromkeys(("train", "valid", "test"), (roll,) * 3)
    generator = unspool.SequenceGenerator(
        small(), training=briefly(epochs=30, batch=3, transpose=1)
    ).fit_material(Material("roll", parts, "rolls"))
    figures = generator.evaluation_
    assert (figures.part, figures.figures.count, figures.unit) == ("test", 27, "frame")
    assert figures.figures.nats < figures.baselines["independent keys"].nats / 2
    drawn = generator.sample(5)
    assert drawn.shape == (5, 14)
    assert set(np.unique(drawn)) <= {0, 1}
    with pytest.raises(UsageError, match="part must be one of train, valid, test for data in"):
        evaluate(generator.fitted, Material("roll", parts, "rolls"), 0, part="all")


def test_bytes_are_put_together_to_characters():
    text = "é è à ü\n" * 60
    training = briefly(epochs=10, batch=4, steps=16)
    generator = unspool.SequenceGenerator(small(), level="bytes", training=training).fit(text)
    whole = generator.sample(41, seed=2)
    begun, state = generator.sample(20, seed=2, return_state=True)
    assert begun + generator.sample(21, state=state) == whole
    assert "é" in generator.sample(200, temperature=0.5)


def test_words_that_occur_seldom_are_one_unknown_word():
    text = "a b a b a b c a b a b d " * 20
    training = briefly(epochs=1, batch=2, steps=8)
    generator = unspool.SequenceGenerator(small(), level="words", least=40, training=training).fit(
        text
    )
    assert generator.fitted.coding.vocabulary.symbols == ("a", "b")
    assert generator.evaluate("a q a b").figures.count == 3
    assert set(generator.sample(50).split(" ")) == {"a", "b"}


def test_the_same_seed_trains_to_the_same_bits():
    def trained(seed):
        training = briefly(epochs=1, batch=2, steps=8)
        generator = unspool.SequenceGenerator(
            small(units=5, dropout=0.2), training=training, seed=seed
        ).fit(TEXT[:400])
        return np.asarray(generator.fitted.network.writer.weight)

    np.testing.assert_array_equal(trained(0), trained(0))
    assert np.abs(trained(0) - trained(1)).max() > 1e-3


def test_a_validation_set_of_its_own_is_held_out_in_place_of_the_end():
    training = briefly(epochs=1, batch=2, steps=8)
    generator = unspool.SequenceGenerator(small(units=5), training=training)
    generator.fit(TEXT[:400], validation="the mat\n")
    assert generator.fitted.steps == 400
    assert generator.evaluation_.figures.count == 7
    assert math.isfinite(generator.evaluation_.figures.nats)
    assert generator.evaluate(TEXT[:400]).part == "all"
    with pytest.raises(DataError, match="one sequence and several do not go together"):
        generator.fit(TEXT, validation=["the", "mat"])


def test_arguments_are_checked_and_changed_as_scikit_learn_does():
    generator = unspool.SequenceGenerator("lstm", seed=3)
    assert generator.get_params()["model"] == "lstm"
    assert unspool.SequenceGenerator(**generator.get_params()).get_params() == (
        generator.get_params()
    )
    assert generator.set_params(model="tcn").model == "tcn"
    assert not generator.__sklearn_is_fitted__()
    assert repr(generator).startswith("SequenceGenerator(model='tcn', level='characters'")
    for wrong, said in (
        ({"model": "bert"}, "model must be one of gru, lstm, tcn, wavenet, got 'bert'"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1"),
        ({"least": 0}, "least must be a whole number of at least 1, got 0"),
        ({"training": 3}, r"training must be unspool.GeneratorTraining\(...\), got 3"),
    ):
        with pytest.raises(UsageError, match=said):
            generator.set_params(**wrong)
    with pytest.raises(UsageError, match="no parameter 'units'"):
        generator.set_params(units=3)
    with pytest.raises(NotFittedError, match="has not been fitted"):
        generator.sample()


def test_training_settings_out_of_range_are_refused():
    for wrong, said in (
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"steps": 1}, "steps must be a whole number of at least 2, got 1"),
        ({"transpose": 99}, "transpose must be at most 24 semitones, got 99"),
        ({"learning_rate": -1.0}, "learning_rate must be a number above 0"),
        ({"keep": "first"}, "keep must be 'last' or 'best', got 'first'"),
    ):
        with pytest.raises(UsageError, match=said):
            unspool.GeneratorTraining(**wrong)
    with pytest.raises(UsageError, match="transpose is for chords and piano rolls"):
        unspool.SequenceGenerator(training=briefly(transpose=2)).fit(WORDS)
    with pytest.raises(DataError, match="8 characters are too few to train on"):
        unspool.SequenceGenerator(small(), training=briefly(steps=64)).fit("the cat s")


def test_lengths_and_seeds_out_of_range_are_refused(text_generator):
    for wrong, said in (
        ({"length": 0}, "length must be a whole number of at least 1, got 0"),
        ({"length": 2.5}, "length must be a whole number of at least 1, got 2.5"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"temperature": -1}, "temperature must be"),
    ):
        with pytest.raises(UsageError, match=said):
            text_generator.sample(**wrong)
