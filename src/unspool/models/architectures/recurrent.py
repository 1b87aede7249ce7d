"""simple-rnn, lstm, gru: recurrent layers on top of each other."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import GRUCell, LSTMCell, SimpleRNNCell
from unspool.layers import Recurrent, Stack
from unspool.models import specs
from unspool.models.architectures.head import linear
from unspool.models.network import INPUTS

CELLS: dict[str, type[Any]] = {"simple-rnn": SimpleRNNCell, "lstm": LSTMCell, "gru": GRUCell}


def make(
    spec: specs.Recurrent, look_back: int, outputs: int, key: PRNGKeyArray
) -> tuple[Stack, eqx.nn.Linear]:
    """The layers of a recurrent network and its head."""
    *layer_keys, head_key = jax.random.split(key, spec.layers + 1)
    layers = [
        recurrent(spec.name, spec, INPUTS if below == 0 else spec.hidden, layer_key)
        for below, layer_key in enumerate(layer_keys)
    ]
    head = linear(spec.hidden, outputs, head_key)
    return Stack(layers, dropout=spec.dropout), head


def recurrent(
    cell: str,
    spec: specs.Recurrent | specs.SegmentGru,
    input_size: int,
    key: PRNGKeyArray,
) -> Recurrent:
    """A recurrent layer of a network, with the cell of that name in CELLS."""
    return Recurrent(
        CELLS[cell](
            input_size=input_size,
            hidden_size=spec.hidden,
            layer_norm=spec.layer_norm,
            recurrent_dropout=spec.recurrent_dropout,
            key=key,
        )
    )
