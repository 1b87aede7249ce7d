"""The names and shapes of every cell's parameters are frozen: saved models depend on them."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import pytest

from unspool.cells import (
    CausalConvolutionCell,
    Cell,
    GRUCell,
    LSTMCell,
    Residual,
    SimpleRNNCell,
    Zoneout,
)

GOLDEN = json.loads((Path(__file__).parent / "parameters.json").read_text())
KEY = jax.random.key(0)
CELLS = {
    "SimpleRNNCell": SimpleRNNCell(3, 5, key=KEY),
    "SimpleRNNCell, layer norm": SimpleRNNCell(3, 5, layer_norm=True, key=KEY),
    "LSTMCell": LSTMCell(3, 5, key=KEY),
    "LSTMCell, peephole": LSTMCell(3, 5, peephole=True, key=KEY),
    "LSTMCell, layer norm": LSTMCell(3, 5, layer_norm=True, key=KEY),
    "GRUCell, reset after": GRUCell(3, 5, reset="after", key=KEY),
    "GRUCell, reset before": GRUCell(3, 5, reset="before", key=KEY),
    "GRUCell, reset after, layer norm": GRUCell(3, 5, layer_norm=True, key=KEY),
    "GRUCell, reset before, layer norm": GRUCell(3, 5, reset="before", layer_norm=True, key=KEY),
    "CausalConvolutionCell": CausalConvolutionCell(3, 5, kernel_size=2, dilation=4, key=KEY),
    "Zoneout": Zoneout(SimpleRNNCell(3, 5, key=KEY), 0.1),
    "Residual": Residual(SimpleRNNCell(3, 5, key=KEY)),
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


def test_recurrent_dropout_has_no_parameters() -> None:
    for kind in (SimpleRNNCell, LSTMCell, GRUCell):
        plain, dropping = (kind(3, 5, recurrent_dropout=rate, key=KEY) for rate in (0.0, 0.5))
        assert [leaf.shape for leaf in jax.tree.leaves(dropping)] == [
            leaf.shape for leaf in jax.tree.leaves(plain)
        ]
