"""Settings -> a new classifying network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from unspool.layers import Dense, Embedding, Layer
from unspool.models.classifiers import convolutional, recurrent, specs
from unspool.models.classifiers.network import ClassifierNetwork, Symbols
from unspool.models.classifiers.warping import Warping
from unspool.models.pooling import AttentionPooling, LastPooling, MeanPooling, Pooling

# Settings, features and a key -> layers, and how many features they give.
ARCHITECTURES: dict[str, Callable[[Any, int, PRNGKeyArray], tuple[Layer, int]]] = {
    "gru": recurrent.recurrent,
    "lstm": recurrent.recurrent,
    "bidirectional": recurrent.recurrent,
    "fcn": convolutional.fcn,
    "resnet": convolutional.resnet,
    "inception": convolutional.inception,
    "tcn": recurrent.tcn,
}
ATTENTION_UNITS = 64
# What the symbols' vectors are multiplied by at the start: then they are within +-1.
SPREAD = 20.0


def build(
    spec: specs.ClassifierSpec,
    features: int,
    classes: int,
    *,
    unknown: int | None = None,
    warping: Warping | None = None,
    key: PRNGKeyArray,
) -> ClassifierNetwork:
    """A new network for sequences of `features` channels.

    unknown: the code of an unknown symbol where the sequences are texts; `features` is then the
    number of codes. warping: how series are varied in training.
    """
    symbols_key, body_key, pooling_key, head_key = jax.random.split(key, 4)
    symbols = None
    if unknown is not None:
        embedding = Embedding(features, spec.embedding, key=symbols_key)
        # Vectors as small as they start would leave the gates at rest for the first epochs.
        embedding = eqx.tree_at(lambda own: own.table, embedding, embedding.table * SPREAD)
        symbols = Symbols(embedding, unknown, spec.symbol_dropout)
        features = spec.embedding
    body, size = ARCHITECTURES[spec.name](spec, features, body_key)
    return ClassifierNetwork(
        symbols=symbols,
        warping=warping,
        body=body,
        pooling=_pooling(spec, size, pooling_key),
        dropout=eqx.nn.Dropout(spec.dropout),
        head=Dense(size, classes, key=head_key),
    )


def _pooling(spec: specs.ClassifierSpec, size: int, key: PRNGKeyArray) -> Pooling:
    if spec.pooling == "mean":
        return MeanPooling()
    if spec.pooling == "attention":
        return AttentionPooling(size, ATTENTION_UNITS, key=key)
    return LastPooling(size // 2 if spec.name == "bidirectional" else 0)
