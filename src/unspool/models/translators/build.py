"""From settings to a new network."""

from __future__ import annotations

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import Cell, GRUCell, LSTMCell
from unspool.layers import (
    AdditiveAttention,
    Attention,
    Bidirectional,
    Dense,
    DotProductAttention,
    Embedding,
    Layer,
    Recurrent,
    Stack,
)
from unspool.models.translators.bridge import Bridge
from unspool.models.translators.network import Translator
from unspool.models.translators.specs import Side, TranslatorNetwork

_CELLS: dict[str, type[LSTMCell] | type[GRUCell]] = {"lstm": LSTMCell, "gru": GRUCell}


def build_translator(
    spec: TranslatorNetwork,
    source: Side,
    target: Side,
    unknown: int = 0,
    *,
    key: PRNGKeyArray,
) -> Translator:
    """A new network; unknown: what the decoder reads for a symbol that it does not know."""
    keys = jax.random.split(key, 8)
    units = spec.units
    reads = spec.embedding if source.symbols else source.size
    writes = spec.embedding if target.symbols else target.size
    attention: Attention | None = None
    if spec.attention == "additive":
        attention = AdditiveAttention(units, units, units, key=keys[5])
    elif spec.attention == "dot":
        attention = DotProductAttention(scaled=False)
    return Translator(
        reader=Embedding(source.size, reads, key=keys[0]) if source.symbols else None,
        encoder=_encoder(spec, reads, keys[1]),
        bridge=Bridge(spec.layers, 2 if spec.cell == "lstm" else 1, units, key=keys[2])
        if spec.bidirectional
        else None,
        writer=Embedding(target.size, writes, key=keys[3]) if target.symbols else None,
        decoder=Stack(
            [
                Recurrent(_cell(spec, units if layer else writes, units, own))
                for layer, own in enumerate(jax.random.split(keys[4], spec.layers))
            ],
            spec.dropout,
        ),
        attention=attention,
        joint=None
        if attention is None
        else Dense(2 * units, units, activation="tanh", key=keys[6]),
        head=Dense(units, target.size, key=keys[7]),
        copier=Dense(units, 1, key=jax.random.fold_in(keys[7], 1)) if spec.copy else None,
        dropout=eqx.nn.Dropout(spec.dropout),
        target=target,
        unknown=unknown,
    )


def _encoder(spec: TranslatorNetwork, reads: int, key: PRNGKeyArray) -> Stack:
    layers: list[Layer] = []
    for layer, own in enumerate(jax.random.split(key, spec.layers)):
        inputs = spec.units if layer else reads
        if not spec.bidirectional:
            layers.append(Recurrent(_cell(spec, inputs, spec.units, own)))
            continue
        ahead, back = jax.random.split(own)
        layers.append(
            Bidirectional(
                Recurrent(_cell(spec, inputs, spec.units // 2, ahead)),
                Recurrent(_cell(spec, inputs, spec.units // 2, back)),
            )
        )
    return Stack(layers, spec.dropout)


def _cell(spec: TranslatorNetwork, inputs: int, units: int, key: PRNGKeyArray) -> Cell:
    return _CELLS[spec.cell](inputs, units, key=key)
