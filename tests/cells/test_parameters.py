"""The names and shapes of every cell's parameters are frozen: saved models depend on them."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import pytest

from unspool.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell

GOLDEN = json.loads((Path(__file__).parent / "parameters.json").read_text())
KEY = jax.random.key(0)
CELLS = {
    "SimpleRNNCell": SimpleRNNCell(3, 5, key=KEY),
    "LSTMCell": LSTMCell(3, 5, key=KEY),
    "GRUCell, reset after": GRUCell(3, 5, reset="after", key=KEY),
    "GRUCell, reset before": GRUCell(3, 5, reset="before", key=KEY),
}


def test_every_cell_is_in_the_golden_file() -> None:
    assert CELLS.keys() == GOLDEN.keys()


@pytest.mark.parametrize("name", CELLS)
def test_parameters_have_their_frozen_names_and_shapes(name: str) -> None:
    cell: Cell = CELLS[name]
    leaves, _ = jax.tree.flatten_with_path(cell)
    found = {
        jax.tree_util.keystr(path): [str(leaf.dtype), list(leaf.shape)] for path, leaf in leaves
    }
    assert found == GOLDEN[name]
