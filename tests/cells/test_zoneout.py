from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import Cell, GRUCell, LSTMCell, LSTMState, Noise, SimpleRNNCell, Zoneout
from unspool.errors import UsageError

INPUT, HIDDEN = 3, 5
KEYS = jax.random.split(jax.random.key(0), 4)
LSTM_RATES = LSTMState(hidden=0.25, memory=0.5)


def lstm(**how: Any) -> LSTMCell:
    return LSTMCell(INPUT, HIDDEN, key=KEYS[0], **how)


def given() -> tuple[Any, LSTMState]:
    """An input and a state."""
    random = np.random.default_rng(0)
    x, *state = (jnp.asarray(random.normal(size=size)) for size in (INPUT, HIDDEN, HIDDEN))
    return x, LSTMState(*state)


@pytest.mark.usefixtures("float64")
def test_at_inference_each_part_of_the_state_moves_by_one_less_its_rate() -> None:
    x, before = given()
    output, after = lstm()(x, before)
    mixed_output, mixed = Zoneout(lstm(), LSTM_RATES)(x, before)
    assert isinstance(mixed, LSTMState)
    assert_allclose(mixed.hidden, 0.25 * before.hidden + 0.75 * after.hidden, rtol=1e-12)
    assert_allclose(mixed.memory, 0.5 * before.memory + 0.5 * after.memory, rtol=1e-12)
    assert_allclose(mixed_output, mixed.hidden, rtol=0)
    assert np.abs(np.asarray(mixed_output - output)).max() > 1e-3


def test_in_training_each_element_stays_or_moves_at_its_rate() -> None:
    x, before = given()
    cell = Zoneout(lstm(), LSTM_RATES)
    _, after = lstm()(x, before)

    @jax.jit
    @jax.vmap
    def trained(key: Any) -> Any:
        return cell(x, before, cell.noise(key))

    outputs, states = trained(jax.random.split(KEYS[3], 4000))
    assert (np.asarray(outputs) == np.asarray(states.hidden)).all()
    for old, new, found, rate in zip(before, after, states, LSTM_RATES, strict=True):
        stays = np.isclose(found, old, rtol=1e-6, atol=0)
        moves = np.isclose(found, new, rtol=1e-6, atol=0)
        assert (stays ^ moves).all()
        # 4,000 draws of a share have a standard deviation of at most 0.008.
        assert_allclose(stays.mean(0), rate, atol=0.04)


def test_a_step_at_inference_is_the_mean_of_those_in_training() -> None:
    x, before = given()
    cell = Zoneout(lstm(), LSTM_RATES)
    step = jax.jit(jax.vmap(lambda key: cell(x, before, cell.noise(key))[1]))
    many = step(jax.random.split(KEYS[3], 4000))
    for found, wanted in zip(many, cell(x, before)[1], strict=True):
        deviation = np.asarray(found).std(0) / 4000**0.5
        assert (np.abs(np.asarray(found).mean(0) - np.asarray(wanted)) < 5 * deviation).all()


def test_the_hidden_state_and_the_memory_stay_independently() -> None:
    noise = Zoneout(LSTMCell(INPUT, 500, key=KEYS[0]), 0.5).noise(KEYS[3])
    _, (hidden, memory) = noise.per_step
    # Two independent halves agree in half of 500 elements, give or take 11.
    assert np.mean(np.asarray(hidden) == np.asarray(memory)) == pytest.approx(0.5, abs=0.12)


@pytest.mark.usefixtures("float64")
def test_one_rate_is_that_of_every_part() -> None:
    x, before = given()
    one, both = Zoneout(lstm(), 0.3), Zoneout(lstm(), LSTMState(0.3, 0.3))
    for found, wanted in zip(one(x, before)[1], both(x, before)[1], strict=True):
        assert_allclose(found, wanted, rtol=0)


def test_a_part_with_a_rate_of_zero_is_left_alone() -> None:
    x, before = given()
    cell = Zoneout(lstm(), LSTMState(hidden=0.0, memory=0.5))
    noise = cell.noise(KEYS[3])
    assert noise.per_step[1][0] is None
    for drawn in (None, noise):
        _, after = cell(x, before, drawn)
        assert (np.asarray(after.hidden) == np.asarray(lstm()(x, before)[1].hidden)).all()
    assert Zoneout(lstm(), 0.0).noise(KEYS[3]) is None


@pytest.mark.usefixtures("float64")
def test_the_cells_own_noise_reaches_it() -> None:
    x, before = given()
    inner = lstm(recurrent_dropout=0.5)
    noise = Zoneout(inner, 0.25).noise(KEYS[3])
    dropped, kept = Noise(noise.per_sequence), noise.per_step[1]
    assert 0 < (np.asarray(noise.per_sequence) == 0).sum() < HIDDEN
    _, after = inner(x, before, dropped)
    _, found = Zoneout(inner, 0.25)(x, before, noise)
    for old, new, stays, mine in zip(before, after, kept, found, strict=True):
        assert_allclose(mine, np.where(np.asarray(stays) == 1, old, new), rtol=1e-12)
    # Without zoneout of its own it still hands on what the cell has drawn.
    assert Zoneout(inner, 0.0).noise(KEYS[3]).per_sequence is not None


@pytest.mark.usefixtures("float64")
def test_gradients_are_those_of_small_differences() -> None:
    x, before = given()
    cell = Zoneout(lstm(), LSTM_RATES)
    for noise in (None, cell.noise(KEYS[3])):

        def run(cell: Any, x: Any, before: Any, noise: Any = noise) -> Any:
            return cell(x, before, noise)

        check_grads(jax.jit(run), (cell, x, before), order=1, rtol=1e-6)


class SquaredSum(Cell):
    """A state of unlike parts, and an output that is none of them."""

    def initial_state(self):
        return {"count": jnp.array(2), "sums": jnp.ones(INPUT)}

    def __call__(self, x, state):
        following = {"count": state["count"] + 1, "sums": state["sums"] + x}
        return following["sums"] ** 2, following


def test_an_output_that_is_no_part_of_the_state_stays_as_it_is() -> None:
    cell = Zoneout(SquaredSum(), {"count": 0, "sums": 0.5})
    output, state = cell(jnp.arange(3.0), cell.initial_state())
    assert (np.asarray(output) == [1, 4, 9]).all()
    assert (np.asarray(state["sums"]) == [1, 1.5, 2]).all()
    assert state["count"] == 3


def test_it_has_the_input_size_of_its_cell_if_that_has_one() -> None:
    assert Zoneout(GRUCell(INPUT, HIDDEN, key=KEYS[0]), 0.1).input_size == INPUT
    assert not hasattr(Zoneout(SquaredSum(), {"count": 0, "sums": 0.5}), "input_size")


@pytest.mark.parametrize(
    ("cell", "rate", "message"),
    [
        (SquaredSum(), 0.1, "zoneout mixes states of floating point, got int32() in the state of"),
        (SimpleRNNCell(1, 1, key=KEYS[0]), 1.0, "rate must be at least 0 and below 1, got 1.0"),
        (SimpleRNNCell(1, 1, key=KEYS[0]), "high", "rate must be a finite number, got 'high'"),
        (lstm(), (0.1, 0.1), "rate must be a number or have the structure of LSTMCell's state"),
        (lstm(), LSTMState(0.1, -0.1), "rate must be at least 0 and below 1, got -0.1"),
    ],
)
def test_a_rate_that_does_not_fit_is_rejected(cell: Cell, rate: Any, message: str) -> None:
    with pytest.raises(UsageError) as error:
        Zoneout(cell, rate)
    assert str(error.value).startswith(message)
