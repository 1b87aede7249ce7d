"""Settings -> a new generating network."""

from __future__ import annotations

from dataclasses import dataclass

import jax
from jaxtyping import PRNGKeyArray

from unspool.cells import GRUCell, LSTMCell
from unspool.errors import UsageError
from unspool.layers import Layer, Recurrent, Stack, WaveNet
from unspool.models.architectures.tcn import ResidualBlock
from unspool.models.generators.keys import KeyWriter
from unspool.models.generators.network import Generator
from unspool.models.generators.readers import ChordReader, Reader, RollReader, SymbolReader
from unspool.models.generators.specs import GeneratorNetwork
from unspool.models.generators.voices import VoiceWriter
from unspool.models.generators.writers import SymbolWriter, Writer


@dataclass(frozen=True)
class Values:
    """What the steps of a sequence are.

    kind: "symbols", "chords" or "roll". size: how many symbols, voices or keys. first: the symbol
    that is read before a sequence's first step. never: symbols that are not drawn.
    """

    kind: str
    size: int
    first: int = 0
    never: tuple[int, ...] = ()


def build(spec: GeneratorNetwork, values: Values, *, key: PRNGKeyArray) -> Generator:
    """A network with starting weights; the settings' sizes are filled in by then."""
    read, between, written = jax.random.split(key, 3)
    reader = _reader(spec, values, read)
    body, features = _body(spec, reader.size, between)
    writer = _writer(spec, values, reader, features, written)
    return Generator(reader, body, writer, spec.dropout or 0.0)


def _reader(spec: GeneratorNetwork, values: Values, key: PRNGKeyArray) -> Reader:
    assert spec.embedding is not None
    if values.kind == "symbols":
        return SymbolReader(values.size, spec.embedding, values.first, key=key)
    if spec.tied:
        raise UsageError("tied is for sequences of symbols: notes and keys are scored otherwise")
    if values.kind == "chords":
        return ChordReader(values.size, spec.embedding, key=key)
    return RollReader(values.size, spec.embedding, key=key)


def _body(spec: GeneratorNetwork, inputs: int, key: PRNGKeyArray) -> tuple[Stack, int]:
    """The layers, and how many features they give."""
    assert spec.units is not None
    assert spec.layers is not None
    keys = jax.random.split(key, spec.layers)
    rate = spec.dropout or 0.0
    sizes = [inputs, *[spec.units] * spec.layers]
    layers: list[Layer]
    if spec.model == "wavenet":
        dilations = [2**level for level in range(spec.layers)]
        layers = [
            WaveNet(
                inputs, None, filters=spec.units, kernel=spec.kernel, dilations=dilations, key=key
            )
        ]
    elif spec.model == "tcn":
        layers = [
            ResidualBlock(
                sizes[level], spec.units, spec.kernel, 2**level, dropout=rate, key=keys[level]
            )
            for level in range(spec.layers)
        ]
        return Stack(layers), spec.units  # its blocks have a dropout of their own
    else:
        cell = {"gru": GRUCell, "lstm": LSTMCell}[spec.model]
        layers = [
            Recurrent(cell(sizes[level], spec.units, layer_norm=spec.layer_norm, key=keys[level]))
            for level in range(spec.layers)
        ]
    return Stack(layers, dropout=rate), spec.units


def _writer(
    spec: GeneratorNetwork, values: Values, reader: Reader, features: int, key: PRNGKeyArray
) -> Writer:
    if values.kind == "symbols":
        size = reader.size if spec.tied else None
        return SymbolWriter(features, values.size, tied_size=size, never=values.never, key=key)
    if values.kind == "chords":
        return VoiceWriter(features, values.size, spec.writer, key=key)
    independent = spec.keys == "independent"
    return KeyWriter(features, values.size, spec.writer, independent=independent, key=key)
