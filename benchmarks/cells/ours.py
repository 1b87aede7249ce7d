"""Unspool: its layers, a dense layer, the epoch in one jit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import unspool
from benchmarks.cells import sizes, users
from benchmarks.cells.training_jax import Training
from benchmarks.cells.weights import Weights, drawn
from benchmarks.workers.versions import installed

CELLS: dict[str, Callable[..., unspool.Cell]] = {
    "simple_rnn": unspool.SimpleRNNCell,
    "lstm": unspool.LSTMCell,
    "gru": unspool.GRUCell,
    "gru_lengths": unspool.GRUCell,
    "ln_rnn": lambda *size, key: unspool.SimpleRNNCell(*size, layer_norm=True, key=key),
    "ln_lstm": lambda *size, key: unspool.LSTMCell(*size, layer_norm=True, key=key),
    "ln_gru": lambda *size, key: unspool.GRUCell(*size, layer_norm=True, key=key),
    "minimal_gated": users.MinimalGatedUnit,
    "coupled_lstm": users.CoupledLSTM,
    "two_speed": users.TwoSpeedCell,
}
LAYERS: dict[str, Callable[..., unspool.Recurrent | unspool.CausalConvolution]] = {
    "Recurrent": unspool.Recurrent,
    "Recurrent, recompute": lambda cell: unspool.Recurrent(cell, recompute=True),
    "CausalConvolution": unspool.CausalConvolution,
}


class Network(eqx.Module):
    """Layers on top of each other and a dense one at every step."""

    layers: tuple[unspool.Recurrent | unspool.CausalConvolution, ...]
    head: unspool.Dense

    def __call__(self, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        """(batch, time, features) -> (batch, time, outputs)."""
        outputs, _ = unspool.Stack((*self.layers, self.head))(x, lengths=lengths)
        return outputs

    def newest(self, x: jax.Array) -> jax.Array:
        """The dense layer of the last step, (batch, time, features) -> (batch, outputs)."""
        outputs, _ = unspool.Stack(self.layers)(x)
        return self.head.step(outputs[:, -1])[0]


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    return {"unspool": unspool.__version__, **installed("jax", "jaxlib", "equinox", "optax")}


def network(cell: str, size: sizes.Size, variant: str = "Recurrent") -> Network:
    """The layers with the weights that all libraries start from.

    `variant` is one of `LAYERS`.
    """
    layers, head = drawn(cell, size)
    over_time = LAYERS[variant]
    cells = convolutions(size) if cell == "convolution" else recurrent(cell, size)
    made = [
        over_time(filled(plain, in_fields(cell, weights)))
        for plain, weights in zip(cells, layers, strict=True)
    ]
    dense = unspool.Dense(size.units, sizes.OUTPUTS, key=jax.random.key(0))
    filled_head = filled(dense, {"weight": head["kernel"].T.copy(), "bias": head["bias"]})
    return Network(tuple(made), filled_head)


def recurrent(cell: str, size: sizes.Size) -> list[unspool.Cell]:
    """Two cells, with weights of their own making."""
    features = (size.inputs, size.units)
    return [CELLS[cell](below, size.units, key=jax.random.key(0)) for below in features]


def convolutions(size: sizes.Size) -> list[unspool.Cell]:
    """One cell for each dilation, with weights of their own making."""
    features = [size.inputs] + [size.units] * (len(sizes.DILATIONS) - 1)
    return [
        unspool.CausalConvolutionCell(
            below, size.units, sizes.KERNEL, dilation, activation="relu", key=jax.random.key(0)
        )
        for below, dilation in zip(features, sizes.DILATIONS, strict=True)
    ]


def in_fields(cell: str, weights: Weights) -> Weights:
    """Weights as the cell's own fields have them: rows of gates, and under its names."""
    fields = dict(weights)
    if cell == "convolution":
        kernel = fields["kernel"]  # (taps, features, units)
        return {"weight": np.concatenate(list(kernel)).T.copy(), "bias": fields["bias"]}
    input_weight = np.ascontiguousarray(fields.pop("input_kernel").T)
    state_weight = np.ascontiguousarray(fields.pop("state_kernel").T)
    if cell == "minimal_gated":
        gate_weight, input_weight = np.split(input_weight, 2)
        gate_bias, bias = np.split(fields.pop("bias"), 2)
        state_gate = np.ascontiguousarray(fields.pop("gate_state_kernel").T)
        fields |= {"input_gate": gate_weight, "state_gate": state_gate}
        fields |= {"gate_bias": gate_bias, "bias": bias}
    if cell == "ln_gru":
        for name, kind in (("bias", "bias"), ("input_gain", "gain"), ("state_gain", "state_gain")):
            parts = [fields.pop(f"gates_{kind}"), fields.pop(f"candidate_{kind}")]
            fields[name] = np.concatenate(parts)
    return {"input_weight": input_weight, "state_weight": state_weight, **fields}


def filled(cell: Any, fields: Weights) -> Any:
    """`cell` with all of its arrays replaced."""
    names = [name for name, value in vars(cell).items() if eqx.is_array(value)]
    if set(names) != set(fields):
        raise ValueError(f"the cell has the arrays {sorted(names)}, got {sorted(fields)}")
    values = [jnp.asarray(fields[name]) for name in names]
    shapes = [getattr(cell, name).shape for name in names]
    if shapes != [value.shape for value in values]:
        raise ValueError(f"the cell's arrays have the shapes {shapes}")
    return eqx.tree_at(lambda cell: [getattr(cell, name) for name in names], cell, values)


def prepare(task: dict[str, Any]) -> Training:
    """Training of the cell; its facts say by which road the first layer runs."""
    size, cell = sizes.size_of(task), task["cell"]
    made, data = network(cell, size, task["variant"]), sizes.data(cell, size)
    arrays, rest = eqx.partition(made, eqx.is_inexact_array)

    def model(arrays: Any, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        outputs: jax.Array = eqx.combine(arrays, rest)(x, lengths)
        return outputs

    training = Training(model, arrays, data, size, task.get("check", False))
    first = made.layers[0]
    if isinstance(first, unspool.Recurrent):
        training.facts["path"] = str(first.path(jnp.asarray(data.x[: size.batch])))
    if data.lengths is not None:
        training.facts["steps of a sequence"] = float(data.lengths.mean())
    return training
