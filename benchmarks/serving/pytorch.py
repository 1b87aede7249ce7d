"""PyTorch: its own layers, without gradients."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.cells.pytorch_peer import BuiltIn, versions
from benchmarks.cells.weights import drawn
from benchmarks.serving.task import Prediction, size_of

__all__ = ["prepare", "versions"]


def prepare(task: dict[str, Any]) -> Prediction:
    """Eager, in inference mode."""
    size, cell = size_of(task), task["cell"]
    layers, head = drawn(cell, size)
    body = BuiltIn(cell, size, layers).eval()
    kernel, bias = torch.tensor(head["kernel"]), torch.tensor(head["bias"])

    def predict(x: Any) -> Any:
        with torch.inference_mode():
            outputs = body(torch.from_numpy(x), None)
            return (outputs[:, -1] @ kernel + bias).numpy()

    return Prediction(predict, size)
