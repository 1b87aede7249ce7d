"""Networks over symbols, chords and frames: their probabilities, and drawing from them."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.models.generators.build import Values, build
from unspool.models.generators.specs import GeneratorNetwork
from unspool.models.generators.teaching import Foreseeing
from unspool.models.sampling import Choice

SIZES = {"units": 6, "layers": 2, "embedding": 4, "dropout": 0.0, "writer": 5}
VALUES = {
    "symbols": Values("symbols", 3),
    "chords": Values("chords", 2),
    "roll": Values("roll", 4),
}


def network(kind="symbols", **more):
    return build(GeneratorNetwork(**{**SIZES, **more}), VALUES[kind], key=jax.random.key(1))


def sequence(kind, batch=2, time=5):
    random = np.random.default_rng(0)
    shapes = {"symbols": (3, ()), "chords": (128, (2,)), "roll": (2, (4,))}
    most, axes = shapes[kind]
    return random.integers(0, most, (batch, time, *axes)).astype(np.int32)


@pytest.mark.parametrize("model", ["lstm", "tcn", "wavenet"])
def test_step_by_step_gives_the_features_of_the_whole_sequence(model, quick_compiling):
    made = network(model=model)
    codes = sequence("symbols", batch=1)
    features, state = eqx.filter_jit(made.features)(codes)
    read, at = eqx.filter_jit(made.read), made.initial_state(1)
    for step, code in enumerate(codes[0]):
        one, at = read(jnp.asarray(code), at)
        np.testing.assert_allclose(one, features[0, step], rtol=1e-4, atol=1e-5)
    for reached, wanted in zip(jax.tree.leaves(at), jax.tree.leaves(state), strict=True):
        np.testing.assert_allclose(reached, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", list(VALUES))
def test_what_comes_later_changes_nothing_before(kind, quick_compiling):
    made = Foreseeing(network(kind))
    values = sequence(kind)
    changed = values.copy()
    changed[:, 3] = sequence(kind)[:, 0]
    before, after = (np.asarray(eqx.filter_jit(made)(some)[0].nats) for some in (values, changed))
    np.testing.assert_allclose(before[:, :3], after[:, :3], rtol=1e-5)
    assert np.abs(before[:, 3:] - after[:, 3:]).max() > 1e-3


def probability(made, kind, values):
    """Of each of `values` as the first step."""
    nats = eqx.filter_jit(made)(jnp.asarray(values)[:, None])[0].nats
    return np.exp(-np.asarray(nats).sum(axis=(1, 2)))


@pytest.mark.parametrize("tied", [False, True])
def test_the_probabilities_of_all_symbols_sum_to_one(tied, quick_compiling):
    made = Foreseeing(network(tied=tied))
    assert probability(made, "symbols", np.arange(3)).sum() == pytest.approx(1, abs=1e-5)


def test_the_probabilities_of_all_chords_sum_to_one(quick_compiling):
    made = Foreseeing(network("chords"))
    chords = np.array(list(itertools.product(range(128), range(0, 128))), np.int32)
    assert probability(made, "chords", chords).sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("keys", ["each-other", "independent"])
def test_the_probabilities_of_all_frames_sum_to_one(keys, quick_compiling):
    made = Foreseeing(network("roll", keys=keys))
    frames = np.array(list(itertools.product(range(2), repeat=4)), np.int8)
    assert probability(made, "roll", frames).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("kind", list(VALUES))
def test_values_are_drawn_as_often_as_they_are_probable(kind, quick_compiling):
    """With scores made so plain that a few thousand draws tell."""
    made = network(kind)
    features = 40 * jax.random.normal(jax.random.key(3), (6,))
    keys = jax.random.split(jax.random.key(0), 4000)
    draw = jax.vmap(lambda key: made.draw(features, made.writer.noise(key), Choice()))
    drawn = np.asarray(jax.jit(draw)(keys))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    judged = eqx.filter_jit(made.writer.judge)(
        made.reader, np.broadcast_to(features, (len(found), 6)), jnp.asarray(found)
    )
    shares = np.exp(-np.asarray(judged.nats).sum(axis=-1))
    error = np.abs(counts / 4000 - shares)
    # Three standard deviations and a half of each share.
    assert (error < 3.5 * np.sqrt(shares * (1 - shares) / 4000) + 5e-4).all()


def test_codes_that_stand_for_no_symbol_are_not_drawn(quick_compiling):
    made = build(
        GeneratorNetwork(**SIZES), Values("symbols", 3, never=(0, 2)), key=jax.random.key(1)
    )
    features = jnp.zeros(6)
    keys = jax.random.split(jax.random.key(0), 20)
    draw = jax.vmap(lambda key: made.draw(features, made.writer.noise(key), Choice()))
    assert (np.asarray(jax.jit(draw)(keys)) == 1).all()


def test_music_is_moved_in_training_within_its_notes(quick_compiling):
    made = Foreseeing(network("chords"), transpose=30)
    chords = np.array([[[0, 100], [120, 90]]] * 8, np.int32)
    moved = np.asarray(eqx.filter_jit(made._moved)(jnp.asarray(chords), jax.random.key(0)))
    steps = moved[:, 0, 1] - 100
    assert len(set(steps.tolist())) > 3
    assert steps.min() >= -30
    assert steps.max() <= 7
    for row, by in zip(moved, steps, strict=True):
        np.testing.assert_array_equal(row, np.where(chords[0] > 0, chords[0] + by, 0))

    roll = np.zeros((8, 2, 6), np.int8)
    roll[:, 0, 1] = roll[:, 1, 3] = 1
    made = Foreseeing(network("roll"), transpose=9)
    moved = np.asarray(eqx.filter_jit(made._moved)(jnp.asarray(roll), jax.random.key(0)))
    lowest = moved[:, 0].argmax(axis=1)
    assert set(lowest.tolist()) <= {0, 1, 2, 3}
    np.testing.assert_array_equal(moved[:, 1].argmax(axis=1), lowest + 2)
    assert moved.sum() == roll.sum()


def test_settings_out_of_range_are_refused():
    for wrong, said in (
        ({"model": "transformer"}, "model must be one of gru, lstm, tcn, wavenet"),
        ({"units": 0}, "units must be a whole number of at least 1, got 0"),
        ({"kernel": 1}, "kernel must be a whole number of at least 2, got 1"),
        ({"dropout": 1}, "dropout must be at least 0 and below 1, got 1"),
        ({"keys": "none"}, "keys must be one of each-other, independent"),
        ({"model": "tcn", "layer_norm": True}, "layer_norm is for gru and lstm, not for tcn"),
        ({"tied": 1}, "tied must be True or False, got 1"),
    ):
        with pytest.raises(UsageError, match=said):
            GeneratorNetwork(**wrong)
    with pytest.raises(UsageError, match="tied is for sequences of symbols"):
        network("roll", tied=True)
