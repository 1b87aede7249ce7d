"""onnxruntime: the operators LSTM and GRU of ONNX, version 14 of their definition.

ONNX keeps the gates of an LSTM as input, output, forget, candidate, those of a GRU as update,
reset, candidate; both biases of a gate lie one after the other.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from benchmarks.cells.sizes import OUTPUTS, ROWS, Size
from benchmarks.cells.weights import Weights, drawn
from benchmarks.serving.task import Prediction, size_of
from benchmarks.workers.versions import installed

OPSET, IR_VERSION = 17, 8
# Where ONNX's gates stand in ours: input, forget, candidate, output; reset, update, candidate.
GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    return installed("onnx", "onnxruntime")


def in_order(cell: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of our gates in ONNX's order."""
    parts = np.split(rows, ROWS[cell])
    return np.concatenate([parts[gate] for gate in GATES[cell]])


def operator(cell: str, units: int, position: int, weights: Weights) -> tuple[list[Any], list[Any]]:
    """The nodes and arrays of one layer, from `values{position}` to `values{position + 1}`."""
    second = np.zeros_like(weights["bias"])
    if cell == "gru":
        second[-units:] = weights["candidate_state_bias"]
    biases = [in_order(cell, bias) for bias in (weights["bias"], second)]
    arrays = {
        f"input{position}": in_order(cell, weights["input_kernel"].T)[None],
        f"state{position}": in_order(cell, weights["state_kernel"].T)[None],
        f"bias{position}": np.concatenate(biases)[None],
    }
    more = {"linear_before_reset": 1} if cell == "gru" else {}
    nodes = [
        helper.make_node(
            cell.upper(),
            [f"values{position}", *arrays],
            [f"directions{position}"],
            hidden_size=units,
            **more,
        ),
        # (time, directions, batch, units), of one direction
        helper.make_node("Squeeze", [f"directions{position}", "one"], [f"values{position + 1}"]),
    ]
    named = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    return nodes, named


def model(cell: str, size: Size) -> Any:
    """x (batch, time, features) -> predictions (batch, outputs)."""
    layers, head = drawn(cell, size)
    nodes = [helper.make_node("Transpose", ["x"], ["values0"], perm=[1, 0, 2])]
    arrays = [
        numpy_helper.from_array(np.array([1]), "one"),
        numpy_helper.from_array(np.array(-1), "last"),
        numpy_helper.from_array(head["kernel"], "kernel"),
        numpy_helper.from_array(head["bias"], "head_bias"),
    ]
    for position, weights in enumerate(layers):
        more_nodes, more_arrays = operator(cell, size.units, position, weights)
        nodes += more_nodes
        arrays += more_arrays
    nodes.append(helper.make_node("Gather", [f"values{len(layers)}", "last"], ["newest"], axis=0))
    nodes.append(helper.make_node("Gemm", ["newest", "kernel", "head_bias"], ["predictions"]))
    shapes = {"x": ["batch", size.time, size.inputs], "predictions": ["batch", OUTPUTS]}
    x, predictions = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    )
    graph = helper.make_graph(nodes, cell, [x], [predictions], arrays)
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(made)
    return made


def prepare(task: dict[str, Any]) -> Prediction:
    """A session with as many threads as the worker has."""
    size = size_of(task)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    options.inter_op_num_threads = 1
    # Or its threads would go on asking for work while others are measured.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    made = model(task["cell"], size).SerializeToString()
    session = onnxruntime.InferenceSession(made, options, providers=["CPUExecutionProvider"])
    return Prediction(lambda x: session.run(None, {"x": x})[0], size)
