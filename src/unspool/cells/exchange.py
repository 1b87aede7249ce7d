"""Weights to and from the layouts of PyTorch and Keras, as NumPy arrays, without either library.

All three libraries compute the same equations and keep the weights of all gates together:

| | Unspool | PyTorch | Keras |
|---|---|---|---|
| input weights | (gates x hidden, input) | the same | transposed |
| LSTM's gates | input, forget, candidate, output | the same | the same |
| GRU's gates | reset, update, candidate | the same | update, reset, candidate |
| biases | one | two, which are added | one |
| GRU, reset after: biases | one, and the candidate's second | two | two rows |

PyTorch has no GRU with the reset before the product, and neither library has peepholes or
layer-normalised cells. Recurrent dropout has no weights: it is set on each side by itself. What a
library keeps in two biases that are only ever added comes back from Unspool as one of them and
zeros: the same function, not the same split. Sources: the formulas in the documentation of
`torch.nn.RNN`, `LSTM` and `GRU`; the `call` of the cells in Keras 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from unspool.cells.cell import Cell
from unspool.cells.gru import GRUCell
from unspool.cells.lstm import LSTMCell
from unspool.cells.simple_rnn import SimpleRNNCell
from unspool.errors import UsageError

BuiltIn = TypeVar("BuiltIn", bound=SimpleRNNCell | LSTMCell | GRUCell)
Weights = NDArray[np.floating]

PYTORCH_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def to_pytorch(cell: BuiltIn, layer: int = 0) -> dict[str, Weights]:
    """The cell's weights under the names of layer `layer` of `torch.nn.RNN`, `LSTM` or `GRU`.

    Dictionaries of several layers, put together, are the state dictionary of a deep one:
    `module.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})`.
    """
    _check_known(cell, "PyTorch")
    second_bias = np.zeros_like(np.asarray(cell.bias))
    if isinstance(cell, GRUCell):
        if cell.candidate_state_bias is None:
            raise UsageError('PyTorch has only GRU cells with reset="after", got reset="before"')
        second_bias[2 * cell.hidden_size :] = cell.candidate_state_bias
    arrays = (cell.input_weight, cell.state_weight, cell.bias, second_bias)
    return {
        f"{name}_l{layer}": np.array(array)
        for name, array in zip(PYTORCH_NAMES, arrays, strict=True)
    }


def from_pytorch(cell: BuiltIn, weights: Mapping[str, Weights], layer: int = 0) -> BuiltIn:
    """`cell` with the weights of layer `layer` of a `torch.nn.RNN`, `LSTM` or `GRU`.

    `weights` is the module's state dictionary with its tensors as NumPy arrays:
    `{name: tensor.numpy() for name, tensor in module.state_dict().items()}`.
    """
    _check_known(cell, "PyTorch")
    rows, hidden = cell.bias.shape[0], cell.hidden_size
    if isinstance(cell, GRUCell) and cell.reset == "before":
        raise UsageError('PyTorch has only GRU cells with reset="after", got reset="before"')
    shapes = ((rows, cell.input_size), (rows, hidden), (rows,), (rows,))
    names = [f"{name}_l{layer}" for name in PYTORCH_NAMES]
    for name in names:
        if name not in weights:
            raise UsageError(f"PyTorch's weights lack {name!r}, got {', '.join(weights) or 'none'}")
    arrays = [
        _shaped(name, weights[name], shape) for name, shape in zip(names, shapes, strict=True)
    ]
    input_weight, state_weight, bias, second_bias = arrays
    if isinstance(cell, GRUCell):
        candidate = np.arange(rows) >= 2 * hidden
        # The reset gate scales the candidate's second bias, so it cannot join the first.
        bias = bias + np.where(candidate, 0, second_bias)
        return _filled(cell, input_weight, state_weight, bias, second_bias[candidate])
    return _filled(cell, input_weight, state_weight, bias + second_bias)


def to_keras(cell: BuiltIn) -> list[Weights]:
    """The cell's weights as `keras.layers.SimpleRNN`, `LSTM` or `GRU` takes them in `set_weights`.

    A list of kernel (input, gates x hidden), recurrent kernel (hidden, gates x hidden) and bias.
    The layer must have the cell's activation, and for a GRU `reset_after=True` where the cell's
    `reset` is "after".
    """
    _check_known(cell, "Keras")
    kernel = _in_keras_order(cell, cell.input_weight).T
    recurrent_kernel = _in_keras_order(cell, cell.state_weight).T
    bias = _in_keras_order(cell, cell.bias)
    if isinstance(cell, GRUCell) and cell.candidate_state_bias is not None:
        second = np.zeros_like(bias)
        second[2 * cell.hidden_size :] = cell.candidate_state_bias
        bias = np.stack([bias, second])
    return [np.ascontiguousarray(kernel), np.ascontiguousarray(recurrent_kernel), bias]


def from_keras(cell: BuiltIn, weights: Sequence[Weights]) -> BuiltIn:
    """`cell` with the weights of a Keras layer, as its `get_weights()` returns them."""
    _check_known(cell, "Keras")
    if len(weights) != 3:
        raise UsageError(
            f"Keras's weights are kernel, recurrent kernel and bias, got {len(weights)} arrays"
        )
    rows, hidden = cell.bias.shape[0], cell.hidden_size
    two_biases = isinstance(cell, GRUCell) and cell.reset == "after"
    kernel = _shaped("kernel", weights[0], (cell.input_size, rows))
    recurrent_kernel = _shaped("recurrent kernel", weights[1], (hidden, rows))
    bias = _shaped("bias", weights[2], (2, rows) if two_biases else (rows,))
    input_weight = _in_keras_order(cell, kernel.T)
    state_weight = _in_keras_order(cell, recurrent_kernel.T)
    if two_biases:
        candidate = np.arange(rows) >= 2 * hidden
        first = bias[0] + np.where(candidate, 0, bias[1])
        second = bias[1][candidate]
        return _filled(cell, input_weight, state_weight, _in_keras_order(cell, first), second)
    return _filled(cell, input_weight, state_weight, _in_keras_order(cell, bias))


def _in_keras_order(cell: Cell, rows: Array | Weights) -> Weights:
    """Rows of gates from our order to Keras's, or back, which for a GRU is the same exchange."""
    array = np.array(rows)
    if not isinstance(cell, GRUCell):
        return array
    reset, update, candidate = np.split(array, 3)
    return np.concatenate([update, reset, candidate])


def _check_known(cell: object, library: str) -> None:
    if not isinstance(cell, (SimpleRNNCell, LSTMCell, GRUCell)):
        raise UsageError(
            f"only SimpleRNNCell, LSTMCell and GRUCell have a layout elsewhere, got "
            f"{type(cell).__name__}"
        )
    for form in ("layer_norm", "peephole"):
        if getattr(cell, form, False):
            raise UsageError(
                f"{library} has no {type(cell).__name__} with {form}=True: "
                f"only one with {form}=False can be exchanged"
            )


def _shaped(name: str, array: Weights, shape: tuple[int, ...]) -> Weights:
    array = np.asarray(array)
    if array.shape != shape:
        raise UsageError(f"{name} must have the shape {shape} for this cell, got {array.shape}")
    return array


def _filled(
    cell: BuiltIn,
    input_weight: Weights,
    state_weight: Weights,
    bias: Weights,
    candidate_state_bias: Weights | None = None,
) -> BuiltIn:
    """`cell` with these values, in the type that its own weights have."""
    arrays = [input_weight, state_weight, bias]
    if candidate_state_bias is not None:
        arrays.append(candidate_state_bias)

    def parameters(cell: BuiltIn) -> list[Array]:
        found = [cell.input_weight, cell.state_weight, cell.bias]
        if isinstance(cell, GRUCell) and cell.candidate_state_bias is not None:
            found.append(cell.candidate_state_bias)
        return found

    values = [jnp.asarray(array, cell.bias.dtype) for array in arrays]
    filled: BuiltIn = eqx.tree_at(parameters, cell, values)
    return filled
