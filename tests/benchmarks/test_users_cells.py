"""The cells that a user would write, against their equations in NumPy, a product at a time."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

import unspool

INPUT, HIDDEN, BATCH, TIME = 3, 4, 2, 5

pytestmark = pytest.mark.usefixtures("float64", "quick_compiling")


def sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def filled(cell: Any) -> Any:
    """The cell with numbers everywhere, so that no bias is zero."""
    leaves, structure = jax.tree.flatten(cell)
    random = np.random.default_rng(7)
    return jax.tree.unflatten(structure, [random.normal(size=leaf.shape) for leaf in leaves])


def outputs_of(cell: Any, x: np.ndarray) -> np.ndarray:
    outputs, _ = unspool.Recurrent(cell)(x)
    return np.asarray(outputs)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(BATCH, TIME, INPUT))


def test_minimal_gated_unit_is_zhous(x: np.ndarray) -> None:
    from benchmarks.cells.users import MinimalGatedUnit

    cell = filled(MinimalGatedUnit(INPUT, HIDDEN, key=jax.random.key(0)))
    made = outputs_of(cell, x)
    for row in range(BATCH):
        h = np.zeros(HIDDEN)
        for t in range(TIME):
            f = sigmoid(cell.input_gate @ x[row, t] + cell.state_gate @ h + cell.gate_bias)
            g = np.tanh(cell.input_weight @ x[row, t] + cell.state_weight @ (f * h) + cell.bias)
            h = (1 - f) * h + f * g
            np.testing.assert_allclose(made[row, t], h, rtol=1e-12)


def test_coupled_lstm_writes_what_it_forgets(x: np.ndarray) -> None:
    from benchmarks.cells.users import CoupledLSTM

    cell = filled(CoupledLSTM(INPUT, HIDDEN, key=jax.random.key(0)))
    made = outputs_of(cell, x)
    for row in range(BATCH):
        h, c = np.zeros(HIDDEN), np.zeros(HIDDEN)
        for t in range(TIME):
            rows = cell.input_weight @ x[row, t] + cell.state_weight @ h + cell.bias
            f, g, o = np.split(rows, 3)
            c = sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            np.testing.assert_allclose(made[row, t], h, rtol=1e-12)


def test_two_speed_cell_follows_at_a_pace_of_its_own(x: np.ndarray) -> None:
    from benchmarks.cells.users import TwoSpeedCell

    cell = filled(TwoSpeedCell(INPUT, HIDDEN, key=jax.random.key(0)))
    made = outputs_of(cell, x)
    for row in range(BATCH):
        h, quick, slow = np.zeros(HIDDEN), np.zeros(HIDDEN), np.zeros(HIDDEN)
        for t in range(TIME):
            rows = cell.input_weight @ x[row, t] + cell.state_weight @ h + cell.bias
            w, g, o = np.split(rows, 3)
            quick = quick + sigmoid(w) * (np.tanh(g) - quick)
            slow = slow + sigmoid(cell.rate) * (quick - slow)
            h = sigmoid(o) * np.tanh(quick + slow)
            np.testing.assert_allclose(made[row, t], h, rtol=1e-12)
