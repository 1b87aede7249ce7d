"""PyTorch: its own embedding, GRU and linear layer, fused Adam, the state handed on."""

from __future__ import annotations

import os
import time
from typing import Any

import torch
from torch import nn

from benchmarks.generation.task import (
    CLIP,
    EMBEDDING,
    LEARNING_RATE,
    SYMBOLS,
    UPDATES,
    codes,
    size_of,
)
from benchmarks.workers.versions import installed

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    return installed("torch")


class Network(nn.Module):  # type: ignore[misc]
    """Codes (batch, time) and a state -> scores (batch, time, symbols) and the next state."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, EMBEDDING)
        self.layer = nn.GRU(EMBEDDING, units, batch_first=True)
        self.head = nn.Linear(units, SYMBOLS)

    def forward(self, x: Any, state: Any) -> tuple[Any, Any]:
        """Scores of what comes next, and the state."""
        outputs, state = self.layer(self.embedding(x), state)
        return self.head(outputs), state


class Training:
    """A `Job` of the workers."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.size = size_of(task)
        text = torch.tensor(codes(self.size), dtype=torch.long)
        shape = (self.size.batch, UPDATES, self.size.steps)
        self.inputs, self.targets = (
            part.reshape(shape).transpose(0, 1).contiguous() for part in (text[:-1], text[1:])
        )
        network = Network(self.size.units)
        self.facts: dict[str, Any] = {
            "parameters": sum(parameter.numel() for parameter in network.parameters())
        }
        self.parameters = list(network.parameters())
        how = {"fused": True} if "fused" in task["variant"] else {"foreach": True}
        self.rule = torch.optim.Adam(self.parameters, lr=LEARNING_RATE, **how)
        self.loss_of = nn.CrossEntropyLoss()
        self.network = network

    def run(self) -> float:
        """Seconds of the updates of one epoch."""
        began = time.perf_counter()
        state = None
        for x, y in zip(self.inputs, self.targets, strict=True):
            self.rule.zero_grad(set_to_none=True)
            scores, state = self.network(x, state)
            state = state.detach()
            self.loss_of(scores.reshape(-1, SYMBOLS), y.reshape(-1)).backward()
            nn.utils.clip_grad_norm_(self.parameters, CLIP)
            self.rule.step()
        return time.perf_counter() - began

    def result(self) -> list[float]:
        """How many updates there were."""
        return [float(len(self.inputs))]


def prepare(task: dict[str, Any]) -> Training:
    """`variant` names Adam's form."""
    return Training(task)
