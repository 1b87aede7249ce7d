"""gru, lstm, bidirectional and tcn: layers that read step by step."""

from __future__ import annotations

from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import GRUCell, LSTMCell
from unspool.layers import Bidirectional, Layer, Recurrent, Stack
from unspool.models.architectures.tcn import ResidualBlock
from unspool.models.classifiers import specs

CELLS: dict[str, type[Any]] = {"gru": GRUCell, "lstm": LSTMCell, "bidirectional": GRUCell}


def recurrent(
    spec: specs.RecurrentClassifier, features: int, key: PRNGKeyArray
) -> tuple[Layer, int]:
    """The layers, and how many features they give."""
    both = isinstance(spec, specs.BidirectionalClassifier)
    size = 2 * spec.hidden if both else spec.hidden
    layers: list[Layer] = []
    for own in jax.random.split(key, spec.layers):
        below = size if layers else features
        if both:
            ahead, back = (_layer(spec, below, end) for end in jax.random.split(own))
            layers.append(Bidirectional(ahead, back))
        else:
            layers.append(_layer(spec, below, own))
    return Stack(layers, dropout=spec.dropout), size


def tcn(spec: specs.TcnClassifier, features: int, key: PRNGKeyArray) -> tuple[Layer, int]:
    """The layers, and how many features they give."""
    blocks = [
        ResidualBlock(
            spec.filters if level else features,
            spec.filters,
            spec.kernel,
            2**level,
            dropout=spec.dropout,
            key=own,
        )
        for level, own in enumerate(jax.random.split(key, spec.depth))
    ]
    return Stack(blocks), spec.filters


def _layer(spec: specs.RecurrentClassifier, size: int, key: PRNGKeyArray) -> Recurrent:
    return Recurrent(CELLS[spec.name](size, spec.hidden, layer_norm=spec.layer_norm, key=key))
