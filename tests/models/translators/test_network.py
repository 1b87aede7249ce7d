from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.models.translators.build import build_translator
from unspool.models.translators.network import Reading, Translator, mean_loss
from unspool.models.translators.specs import Side, TranslatorNetwork
from unspool.models.translators.writing import attention_weights, write_numbers, write_symbols

SOURCES, TARGETS, UNKNOWN = 5, 4, 2
LENGTHS = np.array([4, 2], np.int32), np.array([3, 2], np.int32)


@pytest.fixture(autouse=True)
def _quickly(quick_compiling: None) -> None:
    """Definitions are tested here, not speed."""


@eqx.filter_jit
def losses_of(model: Translator, *given: Any, **named: Any) -> Any:
    return model(*given, **named)[0]


@eqx.filter_jit
def chances_of(model: Translator, *given: Any) -> Any:
    return model.chances(*given)


@eqx.filter_jit
def with_own(model: Translator, *given: Any, **named: Any) -> Any:
    return model.with_own(*given, **named)


def network(source: Side | None = None, target: Side | None = None, **settings: Any) -> Translator:
    given = {"units": 4, "embedding": 3} | settings
    shapes = eqx.filter_eval_shape(
        build_translator,
        TranslatorNetwork(**given),
        source or Side(SOURCES),
        target or Side(TARGETS),
        UNKNOWN,
        key=jax.random.key(0),
    )
    # Weights that are all far from 0, and nothing that would have to be compiled to draw them.
    random = np.random.default_rng(0)
    made: Translator = jax.tree.map(
        lambda leaf: (
            jnp.asarray(random.normal(size=leaf.shape), jnp.float32)
            if isinstance(leaf, jax.ShapeDtypeStruct)
            else leaf
        ),
        shapes,
    )
    return made


@pytest.fixture
def reading() -> Reading:
    """Two pairs of codes; the third place of the first source is a symbol to be copied."""
    return Reading(
        source=np.array([[1, 2, 0, 4], [3, 1, 0, 0]], np.int32),
        places=np.array([[3, 0, TARGETS + 2, 3], [1, 3, 0, 0]], np.int32),
        written=np.array([[0, 3, UNKNOWN], [0, 1, 0]], np.int32),
        wanted=np.array([[3, TARGETS + 2, 1], [1, 1, 0]], np.int32),
    )


@eqx.filter_jit
def run(model: Translator, reading: Reading) -> tuple[Any, Any]:
    """What makes the predictions, and the weights, with the decoder's steps one after another."""
    memory = model.read(reading.source, LENGTHS[0])
    states = jax.tree.map(lambda leaf: leaf[:, None], memory.states)
    made = []
    for step in range(reading.written.shape[1]):
        hidden, weights, states = model.after(memory, reading.written[:, step : step + 1], states)
        made.append((hidden[:, 0], None if weights is None else weights[:, 0]))
    return jnp.stack([hidden for hidden, _ in made], 1), None if made[0][1] is None else jnp.stack(
        [weights for _, weights in made], 1
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"attention": "additive", "copy": True, "cell": "lstm", "layers": 2},
        {"attention": "none", "bidirectional": False},
    ],
    ids=str,
)
def test_losses_of_all_steps_at_once_are_those_of_one_step_after_another(
    settings: dict[str, Any], reading: Reading
) -> None:
    model = network(**settings)
    if not settings.get("copy"):
        reading = reading._replace(wanted=np.minimum(reading.wanted, TARGETS - 1))
    hidden, weights = run(model, reading)
    chances = np.asarray(chances_of(model, hidden, weights, reading.places))
    assert_allclose(np.exp(chances).sum(axis=-1), 1, rtol=1e-5)
    losses = np.asarray(losses_of(model, reading, LENGTHS))
    for row, length in enumerate(LENGTHS[1]):
        for step in range(length):
            assert_allclose(
                losses[row, step], -chances[row, step, reading.wanted[row, step]], rtol=1e-4
            )


def test_a_symbol_has_its_own_chance_and_that_of_being_copied(reading: Reading) -> None:
    model = network(attention="additive", copy=True)
    hidden, weights = run(model, reading)
    assert model.copier is not None
    gate = 1 / (1 + np.exp(-np.asarray(model.copier.transformed(hidden, None))))
    scores = np.asarray(model.head.transformed(hidden, None))
    own = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    chances = np.exp(np.asarray(chances_of(model, hidden, weights, reading.places)))
    weights = np.asarray(weights)
    # Code 3 stands at the first and at the last step of the first source, code 6 at the third.
    copied = (1 - gate[0, :, 0]) * (weights[0, :, 0] + weights[0, :, 3])
    assert_allclose(chances[0, :, 3], gate[0, :, 0] * own[0, :, 3] + copied, rtol=1e-4)
    assert_allclose(chances[0, :, TARGETS + 2], (1 - gate[0, :, 0]) * weights[0, :, 2], rtol=1e-4)
    assert chances[0, :, TARGETS].max() < 1e-6  # no symbol has its first place there


def test_padding_changes_no_loss(reading: Reading) -> None:
    model = network()
    reading = reading._replace(wanted=np.minimum(reading.wanted, TARGETS - 1))
    together = np.asarray(losses_of(model, reading, LENGTHS))
    alone = Reading(*(part[1:, :2] for part in reading))
    lengths = LENGTHS[0][1:], LENGTHS[1][1:]
    assert_allclose(together[1, :2], losses_of(model, alone, lengths)[0], rtol=1e-5)
    filled = reading._replace(source=reading.source.copy())
    filled.source[1, 2:] = 4
    assert_allclose(
        together[:, :2], np.asarray(losses_of(model, filled, LENGTHS))[:, :2], rtol=1e-6
    )


def test_mean_loss_is_over_own_steps_alone() -> None:
    each = jnp.array([[1.0, 2.0, 99.0], [4.0, np.nan, np.nan]])
    assert mean_loss(each, jnp.array([2, 1]), None) == pytest.approx(7 / 3)


def test_the_bridge_maps_both_directions_states_and_one_direction_needs_none(
    reading: Reading,
) -> None:
    model = network(cell="lstm")
    read = eqx.filter_jit(lambda model, *given: model.read(*given))
    assert model.bridge is not None
    assert model.reader is not None
    seen, _ = model.reader(jnp.asarray(reading.source))
    _, ((ahead, back),) = eqx.filter_jit(model.encoder)(seen, lengths=LENGTHS[0])
    (state,) = read(model, reading.source, LENGTHS[0]).states
    hidden, memory = model.bridge.maps[0]
    both = np.concatenate([ahead.hidden, back.hidden], axis=-1)
    assert_allclose(state.hidden, np.tanh(both @ hidden.weight.T + hidden.bias), rtol=1e-5)
    both = np.concatenate([ahead.memory, back.memory], axis=-1)
    assert_allclose(state.memory, both @ memory.weight.T + memory.bias, rtol=1e-5)
    plain = network(bidirectional=False)
    assert plain.bridge is None
    assert plain.reader is not None
    _, states = plain.encoder(plain.reader(jnp.asarray(reading.source))[0], lengths=LENGTHS[0])
    assert_allclose(read(plain, reading.source, LENGTHS[0]).states[0], states[0], rtol=1e-6)


def test_weights_are_those_of_the_steps_and_zero_past_a_source(reading: Reading) -> None:
    model = network()
    weights = attention_weights(
        model, jnp.asarray(reading.source), jnp.asarray(LENGTHS[0]), jnp.asarray(reading.written)
    )
    assert_allclose(weights, run(model, reading)[1], rtol=1e-5)
    assert not np.asarray(weights)[1, :, 2:].any()
    assert_allclose(np.asarray(weights).sum(axis=-1), 1, rtol=1e-6)


def test_greedy_writing_is_the_best_symbol_read_again_at_the_next_step(reading: Reading) -> None:
    model = network(copy=True)
    end, steps = 1, 5
    found = write_symbols(
        model,
        jnp.asarray(reading.source),
        jnp.asarray(reading.places),
        jnp.asarray(LENGTHS[0]),
        start=0,
        end=end,
        steps=steps,
        width=1,
        penalty=0.6,
    )
    written = np.zeros((2, steps), np.int32)
    for step in range(steps):
        given = reading._replace(written=np.where(written < TARGETS, written, UNKNOWN))
        hidden, weights = run(model, given)
        best = np.asarray(chances_of(model, hidden, weights, reading.places)).argmax(axis=-1)
        if step + 1 < steps:
            written[:, step + 1] = best[:, step]
    for row in range(2):
        length = int(found.lengths[row, 0])
        made = np.asarray(found.codes)[row, 0, :length].tolist()
        assert made == best[row, :length].tolist()
        assert (made[-1] == end) == bool(found.ended[row, 0])


def test_numbers_are_read_and_written_step_by_step() -> None:
    model = network(Side(2, symbols=False), Side(1, symbols=False), attention="dot")
    random = np.random.default_rng(0)
    source = jnp.asarray(random.normal(size=(2, 4, 2)), jnp.float32)
    made = np.asarray(write_numbers(model, source, jnp.asarray(LENGTHS[0]), steps=3))
    before = np.concatenate([np.zeros((2, 1, 1)), made[:, :-1]], axis=1)
    reading = Reading(source, np.zeros((2, 1), np.int32), before.astype(np.float32), made + 0.5)
    losses = losses_of(model, reading, (LENGTHS[0], np.array([3, 3], np.int32)))
    assert_allclose(losses, 0.25, rtol=1e-4)  # what it wrote is what it predicts, 0.5 off


def test_what_the_decoder_reads_of_its_own_is_what_it_would_write(reading: Reading) -> None:
    model = network(copy=True)
    hidden, weights = run(model, reading)
    own = np.asarray(chances_of(model, hidden, weights, reading.places)).argmax(axis=-1)
    none = with_own(model, reading, LENGTHS, jnp.asarray(0.0), key=jax.random.key(0))
    assert_allclose(none.written, reading.written)
    every = np.asarray(
        with_own(model, reading, LENGTHS, jnp.asarray(1.0), key=jax.random.key(0)).written
    )
    assert_allclose(every[:, 0], reading.written[:, 0])
    for row, length in enumerate(LENGTHS[1]):
        assert every[row, 1:length].tolist() == own[row, : length - 1].tolist()


def test_dropout_acts_in_training(reading: Reading) -> None:
    model = network(dropout=0.5, layers=2)
    reading = reading._replace(wanted=np.minimum(reading.wanted, TARGETS - 1))
    plain = np.asarray(losses_of(model, reading, LENGTHS))
    dropped = np.asarray(losses_of(model, reading, LENGTHS, key=jax.random.key(1)))
    assert np.abs(dropped - plain).max() > 1e-3
