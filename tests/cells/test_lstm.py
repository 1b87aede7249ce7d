from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import LSTMCell, LSTMGates, LSTMState
from unspool.errors import UsageError

INPUT, HIDDEN = 3, 4


FORMS = [
    {},
    {"peephole": True},
    {"layer_norm": True},
    {"peephole": True, "layer_norm": True},
]


def drawn(**form: bool) -> tuple[LSTMCell, np.ndarray, LSTMState]:
    """A cell whose every weight counts, an input and a state."""
    random = np.random.default_rng(2)
    cell = LSTMCell(INPUT, HIDDEN, key=jax.random.key(0), **form)
    cell = jax.tree.map(lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), cell)
    return cell, random.normal(size=INPUT), LSTMState(*random.normal(size=(2, HIDDEN)))


def layer_normalised(values: np.ndarray, gain: object) -> np.ndarray:
    return (values - values.mean()) / np.sqrt(values.var() + 1e-5) * np.asarray(gain)


def by_hand(
    cell: LSTMCell, x: np.ndarray, state: LSTMState
) -> tuple[np.ndarray, np.ndarray, LSTMGates]:
    """The equations of the docstring, unit by unit: rows i, f, g, o in blocks of `hidden_size`.

    Hidden state, memory, and what the gates let through.
    """
    w, u, b = (np.asarray(p) for p in (cell.input_weight, cell.state_weight, cell.bias))
    h, c = np.asarray(state.hidden), np.asarray(state.memory)
    rows = range(4 * HIDDEN)
    from_input = np.array([sum(w[at, i] * x[i] for i in range(INPUT)) for at in rows])
    from_state = np.array([sum(u[at, k] * h[k] for k in range(HIDDEN)) for at in rows])
    if cell.layer_norm:
        from_input = layer_normalised(from_input, cell.input_gain)
        from_state = layer_normalised(from_state, cell.state_gain)
    peephole = np.zeros(3 * HIDDEN) if not cell.peephole else np.asarray(cell.peephole_weight)

    def row(gate: int, j: int) -> float:
        at = gate * HIDDEN + j
        return b[at] + from_input[at] + from_state[at]

    def sigma(value: float) -> float:
        return 1 / (1 + np.exp(-value))

    memory, hidden = np.zeros(HIDDEN), np.zeros(HIDDEN)
    gates = LSTMGates(*np.zeros((4, HIDDEN)))
    for j in range(HIDDEN):
        gates.input[j] = sigma(row(0, j) + peephole[j] * c[j])
        gates.forget[j] = sigma(row(1, j) + peephole[HIDDEN + j] * c[j])
        gates.candidate[j] = np.tanh(row(2, j))
        memory[j] = gates.forget[j] * c[j] + gates.input[j] * gates.candidate[j]
    shown = memory
    if cell.layer_norm:
        shown = layer_normalised(memory, cell.memory_gain) + np.asarray(cell.memory_bias)
    for j in range(HIDDEN):
        gates.output[j] = sigma(row(3, j) + peephole[2 * HIDDEN + j] * memory[j])
        hidden[j] = gates.output[j] * np.tanh(shown[j])
    return hidden, memory, gates


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("form", FORMS, ids=lambda form: " ".join(form) or "plain")
def test_a_step_is_its_equations(form: dict[str, bool]) -> None:
    cell, x, state = drawn(**form)
    output, following = eqx.filter_jit(cell)(x, state)
    hidden, memory, gates = by_hand(cell, x, state)
    assert isinstance(following, LSTMState)
    assert_allclose(following.memory, memory, rtol=1e-12)
    assert_allclose(following.hidden, hidden, rtol=1e-12)
    assert_allclose(output, following.hidden, rtol=0)
    for shown, expected in zip(eqx.filter_jit(cell.gates)(x, state), gates, strict=True):
        assert_allclose(shown, expected, rtol=1e-12)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("form", FORMS, ids=lambda form: " ".join(form) or "plain")
def test_gradients_are_those_of_small_differences(form: dict[str, bool]) -> None:
    cell, x, state = drawn(**form)
    check_grads(
        jax.jit(lambda cell, x, state: cell(x, state)), (cell, x, state), order=1, rtol=1e-6
    )


def test_a_new_cell_remembers_and_its_other_biases_are_zero() -> None:
    cell = LSTMCell(INPUT, HIDDEN, key=jax.random.key(0))
    by_gate = dict(zip(LSTMGates._fields, np.split(np.asarray(cell.bias), 4), strict=True))
    assert (by_gate.pop("forget") == 1).all()
    assert not any(bias.any() for bias in by_gate.values())


def test_the_forget_gates_bias_starts_where_it_is_told_to() -> None:
    cell = LSTMCell(INPUT, HIDDEN, forget_bias=-2, key=jax.random.key(0))
    assert (np.asarray(cell.bias) == np.repeat([0.0, -2.0, 0.0, 0.0], HIDDEN)).all()


def test_a_new_peephole_changes_nothing_yet() -> None:
    _, x, state = drawn()
    plain, seeing = (
        LSTMCell(INPUT, HIDDEN, peephole=peephole, key=jax.random.key(0))
        for peephole in (False, True)
    )
    assert (np.asarray(plain(x, state)[0]) == np.asarray(seeing(x, state)[0])).all()


@pytest.mark.parametrize(("value", "got"), [(float("nan"), "nan"), ("1", "'1'"), (True, "True")])
def test_a_forget_bias_that_is_no_number_is_rejected(value: object, got: str) -> None:
    with pytest.raises(UsageError) as error:
        LSTMCell(1, 1, forget_bias=value, key=jax.random.key(0))
    assert str(error.value) == f"forget_bias must be a finite number, got {got}"


def test_it_starts_from_zeros() -> None:
    state = LSTMCell(INPUT, HIDDEN, key=jax.random.key(0)).initial_state()
    assert state.hidden.shape == state.memory.shape == (HIDDEN,)
    assert not state.hidden.any()
    assert not state.memory.any()


def test_a_hidden_size_of_zero_is_rejected_by_name() -> None:
    with pytest.raises(UsageError, match=r"^hidden_size must be at least 1, got 0$"):
        LSTMCell(input_size=1, hidden_size=0, key=jax.random.key(0))
