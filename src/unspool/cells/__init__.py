"""Cells: the equations of one time step, one file a cell."""

from unspool.cells.causal_convolution import CausalConvolutionCell
from unspool.cells.cell import Cell, GatedCell, Noise
from unspool.cells.exchange import from_keras, from_pytorch, to_keras, to_pytorch
from unspool.cells.gru import GRUCell, GRUGates
from unspool.cells.lstm import LSTMCell, LSTMGates, LSTMState
from unspool.cells.residual import Residual
from unspool.cells.simple_rnn import SimpleRNNCell
from unspool.cells.zoneout import Zoneout

__all__ = [
    "CausalConvolutionCell",
    "Cell",
    "GRUCell",
    "GRUGates",
    "GatedCell",
    "LSTMCell",
    "LSTMGates",
    "LSTMState",
    "Noise",
    "Residual",
    "SimpleRNNCell",
    "Zoneout",
    "from_keras",
    "from_pytorch",
    "to_keras",
    "to_pytorch",
]
