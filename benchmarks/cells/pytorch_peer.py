"""PyTorch: its own layers where it has them, else the equations in a loop; eager or compiled."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.cells import sizes
from benchmarks.cells.equations import EQUATIONS, NORM_EPSILON, Library
from benchmarks.cells.sizes import Data, Size
from benchmarks.cells.weights import Weights, drawn
from benchmarks.workers.versions import installed

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

BUILT_IN = {"simple_rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU, "gru_lengths": nn.GRU}
LIBRARY = Library(
    sigmoid=torch.sigmoid,
    tanh=torch.tanh,
    split=lambda rows, parts: rows.chunk(parts, dim=-1),
    join=lambda parts: torch.cat(list(parts), dim=-1),
    normalise=lambda values, gain, bias: nn.functional.layer_norm(
        values, gain.shape, gain, bias, NORM_EPSILON
    ),
)


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    return installed("torch")


class BuiltIn(nn.Module):  # type: ignore[misc]
    """PyTorch's own two layers; packed where lengths are given."""

    def __init__(self, cell: str, size: Size, layers: list[Weights]) -> None:
        super().__init__()
        self.layers = BUILT_IN[cell](size.inputs, size.units, num_layers=2, batch_first=True)
        state = {}
        for position, weights in enumerate(layers):
            second = np.zeros_like(weights["bias"])
            if cell.startswith("gru"):
                second[-size.units :] = weights["candidate_state_bias"]
            arrays = (weights["input_kernel"].T, weights["state_kernel"].T, weights["bias"], second)
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            for name, array in zip(names, arrays, strict=True):
                state[f"{name}_l{position}"] = torch.tensor(np.ascontiguousarray(array))
        self.layers.load_state_dict(state)

    def learn_one_bias(self) -> None:
        """Leave a second bias that is only added to the first as it is.

        Both get the first's gradient, so that their sum learns twice as fast as a single bias.
        """
        for name, bias in self.layers.named_parameters():
            if name.startswith("bias_hh"):
                counts = torch.zeros_like(bias)
                if isinstance(self.layers, nn.GRU):
                    counts[-self.layers.hidden_size :] = 1
                bias.register_hook(lambda gradient, counts=counts: gradient * counts)

    def forward(self, x: Any, lengths: Any) -> Any:
        """(batch, time, features) -> (batch, time, units)."""
        if lengths is None:
            return self.layers(x)[0]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        outputs, _ = self.layers(packed)
        return pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])[0]


class Written(nn.Module):  # type: ignore[misc]
    """The equations in a loop over time; the products with the inputs in one piece before it."""

    def __init__(self, cell: str, size: Size, layers: list[Weights], compiled_step: bool) -> None:
        super().__init__()
        self.equations, self.units = EQUATIONS[cell], size.units
        self.layers = nn.ModuleList(
            nn.ParameterDict({name: nn.Parameter(torch.tensor(a)) for name, a in weights.items()})
            for weights in layers
        )
        self.step = torch.compile(self._step) if compiled_step else self._step

    def _step(self, weights: dict[str, Any], values: Any, state: tuple[Any, ...]) -> Any:
        return self.equations.step(LIBRARY, weights, values, state)

    def forward(self, x: Any, lengths: Any) -> Any:
        """(batch, time, features) -> (batch, time, units)."""
        for layer in self.layers:
            weights = dict(layer.items())
            product = x @ weights["input_kernel"]
            values = self.equations.from_input(LIBRARY, weights, product)
            zeros = x.new_zeros(x.shape[0], self.units)
            state: tuple[Any, ...] = (zeros,) * self.equations.states
            outputs = []
            for at in values.unbind(1):
                state = self.step(weights, at, state)
                outputs.append(state[0])
            x = torch.stack(outputs, dim=1)
        return x


class Convolutions(nn.Module):  # type: ignore[misc]
    """Causal layers with relu."""

    def __init__(self, size: Size, layers: list[Weights]) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for weights, dilation in zip(layers, sizes.DILATIONS, strict=True):
            taps, below, units = weights["kernel"].shape
            layer = nn.Conv1d(below, units, taps, dilation=dilation)
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(weights["kernel"].transpose(2, 1, 0).copy()))
                layer.bias.copy_(torch.tensor(weights["bias"]))
            self.layers.append(layer)

    def forward(self, x: Any, lengths: Any) -> Any:
        """(batch, time, features) -> (batch, time, units)."""
        x = x.transpose(1, 2)  # PyTorch convolves over the last axis
        for layer, dilation in zip(self.layers, sizes.DILATIONS, strict=True):
            padded = nn.functional.pad(x, ((sizes.KERNEL - 1) * dilation, 0))
            x = torch.relu(layer(padded))
        return x.transpose(1, 2)


class Training:
    """Training steps in a Python loop. A `Job` of the workers."""

    def __init__(self, cell: str, size: Size, data: Data, variant: str, check: bool) -> None:
        self.size, self.facts = size, dict[str, Any]()
        self.random = np.random.default_rng(2)
        self.x, self.y = torch.tensor(data.x), torch.tensor(data.y)
        self.lengths = None if data.lengths is None else torch.tensor(data.lengths)
        self.packed = "packed" in variant
        layers, head = drawn(cell, size)
        if cell == "convolution":
            self.body: Any = Convolutions(size, layers)
        elif cell in BUILT_IN:
            self.body = BuiltIn(cell, size, layers)
        else:
            self.body = Written(cell, size, layers, compiled_step="compiled step" in variant)
        self.head = nn.Linear(size.units, sizes.OUTPUTS)
        with torch.no_grad():
            self.head.weight.copy_(torch.tensor(head["kernel"].T.copy()))
            self.head.bias.copy_(torch.tensor(head["bias"]))
        learned = [*self.body.parameters(), *self.head.parameters()]
        how = {"fused": True} if "fused" in variant else {"foreach": True}
        adam = torch.optim.Adam(learned, lr=sizes.LEARNING_RATE, eps=sizes.EPSILON, **how)
        self.rule = torch.optim.SGD(learned, lr=sizes.CHECKED_RATE) if check else adam
        self.loss_of = torch.compile(self._loss) if "compiled whole" in variant else self._loss

    def _loss(self, x: Any, y: Any, lengths: Any) -> Any:
        made = self.head(self.body(x, lengths if self.packed else None))
        errors = (made - y) ** 2
        if lengths is None:
            return errors.mean()
        counts = torch.arange(y.shape[1]) < lengths[:, None]
        return (errors.mean(dim=-1) * counts).sum() / counts.sum()

    def step(self, rows: Any) -> Any:
        """One training step with these rows; the loss before it."""
        self.rule.zero_grad(set_to_none=True)
        lengths = None if self.lengths is None else self.lengths[rows]
        loss = self.loss_of(self.x[rows], self.y[rows], lengths)
        loss.backward()
        self.rule.step()
        return loss.detach()

    def run(self) -> float:
        """An epoch in shuffled order; seconds for one training step."""
        began = time.perf_counter()
        for rows in torch.tensor(sizes.shuffled(self.random, self.size)):
            self.step(rows)
        return (time.perf_counter() - began) / self.size.batches

    def result(self) -> list[float]:
        """The losses of the first steps, from the starting weights and in order."""
        if isinstance(self.body, BuiltIn):
            self.body.learn_one_bias()
        index = torch.tensor(sizes.in_order(self.size, sizes.CHECKED))
        return [float(self.step(rows)) for rows in index]


def prepare(task: dict[str, Any]) -> Training:
    """`variant` names what is compiled, Adam's form, and whether sequences are packed."""
    size, cell = sizes.size_of(task), task["cell"]
    return Training(cell, size, sizes.data(cell, size), task["variant"], task.get("check", False))


def forget() -> None:
    """Drop what was compiled: past a number of versions, PyTorch compiles no more."""
    torch.compiler.reset()
