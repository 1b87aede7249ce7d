"""What a cell computes over time is what its equations say, step by step, in NumPy."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import GRUCell, LSTMCell, LSTMState, SimpleRNNCell, Zoneout
from unspool.chapter.look import half_life, insides
from unspool.errors import UsageError

STEPS, INPUTS, UNITS = 5, 2, 3


def series() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(STEPS, INPUTS))


def sigma(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def lstm_by_hand(cell: LSTMCell, x: np.ndarray, state: LSTMState) -> dict[str, np.ndarray]:
    """The plain equations, a step after the other; everything by its name."""
    w, u, b = (np.asarray(p) for p in (cell.input_weight, cell.state_weight, cell.bias))
    h, c = np.asarray(state.hidden), np.asarray(state.memory)
    kept: dict[str, list[np.ndarray]] = {}
    for now in x:
        to_input, to_forget, to_candidate, to_output = np.split(w @ now + u @ h + b, 4)
        gates = {
            "input": sigma(to_input),
            "forget": sigma(to_forget),
            "candidate": np.tanh(to_candidate),
            "output": sigma(to_output),
        }
        c = gates["forget"] * c + gates["input"] * gates["candidate"]
        h = gates["output"] * np.tanh(c)
        for name, values in {**gates, "hidden": h, "memory": c}.items():
            kept.setdefault(name, []).append(values)
    return {name: np.array(values) for name, values in kept.items()}


def test_the_insides_of_an_lstm_are_its_equations() -> None:
    cell = LSTMCell(INPUTS, UNITS, key=jax.random.key(0))
    start = LSTMState(*np.random.default_rng(1).normal(size=(2, UNITS)))
    for state in (None, start):
        found = insides(cell, series(), state)
        expected = lstm_by_hand(cell, series(), state or LSTMState(*np.zeros((2, UNITS))))
        assert list(found.gates) == ["input", "forget", "candidate", "output"]
        assert list(found.states) == ["hidden", "memory"]
        for name, values in {**found.gates, **found.states}.items():
            assert_allclose(values, expected[name], rtol=1e-10, err_msg=name)
        assert_allclose(found.outputs, expected["hidden"], rtol=1e-10)


def test_a_gru_keeps_what_its_update_gate_says() -> None:
    found = insides(GRUCell(INPUTS, UNITS, key=jax.random.key(0)), series())
    state = found.states["state"]
    before = np.concatenate([np.zeros((1, UNITS)), state[:-1]])
    update, candidate = found.gates["update"], found.gates["candidate"]
    assert_allclose(state, update * before + (1 - update) * candidate, rtol=1e-12)
    assert_allclose(found.outputs, state, rtol=0)


def test_gates_inside_of_wrappers_start_from_the_state_that_the_wrapper_left() -> None:
    inner, x = GRUCell(INPUTS, UNITS, key=jax.random.key(0)), series()
    found = insides(Zoneout(inner, 0.5), x)
    state = np.zeros(UNITS)
    for step in range(STEPS):
        expected = inner.gates(x[step], state)
        assert_allclose(found.gates["reset"][step], expected.reset, rtol=1e-12)
        state = 0.5 * state + 0.5 * np.asarray(inner(x[step], state)[1])
        assert_allclose(found.states["state"][step], state, rtol=1e-12)


def test_a_cell_without_gates_has_its_state_alone() -> None:
    found = insides(SimpleRNNCell(INPUTS, UNITS, key=jax.random.key(0)), series())
    assert found.gates == {}
    assert found.states["state"].shape == (STEPS, UNITS)


def test_half_of_a_state_is_gone_when_the_product_of_the_gates_is_a_half() -> None:
    always = np.tile([0.5, 0.25, 1.0, 0.5**0.1], (4, 1))
    assert_allclose(half_life(always), [1, 0.5, np.inf, 10])
    # 0.5 and 0.125, in turn: 0.25 a step.
    assert_allclose(half_life(np.array([[0.5], [0.125]])), [0.5])
    assert half_life(np.zeros((2, 1)))[0] < 0.01


@pytest.mark.parametrize("shape", [(5,), (0, 2), (1, 5, 2)])
def test_what_is_not_one_sequence_is_rejected(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError) as error:
        insides(GRUCell(INPUTS, UNITS, key=jax.random.key(0)), np.zeros(shape))
    assert str(error.value) == f"one sequence has the shape (time, features), got {shape}"
