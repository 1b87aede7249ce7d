"""Cells: the equations of one time step, one file a cell."""

from unspool.cells.cell import Cell
from unspool.cells.exchange import from_keras, from_pytorch, to_keras, to_pytorch
from unspool.cells.gru import GRUCell
from unspool.cells.lstm import LSTMCell, LSTMState
from unspool.cells.simple_rnn import SimpleRNNCell

__all__ = [
    "Cell",
    "GRUCell",
    "LSTMCell",
    "LSTMState",
    "SimpleRNNCell",
    "from_keras",
    "from_pytorch",
    "to_keras",
    "to_pytorch",
]
