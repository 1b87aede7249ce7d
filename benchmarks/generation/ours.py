"""Unspool: `fit_stateful`, as `SequenceGenerator` calls it."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax

from benchmarks.cells.ours import versions
from benchmarks.generation.task import (
    CLIP,
    EMBEDDING,
    LEARNING_RATE,
    SYMBOLS,
    UPDATES,
    codes,
    size_of,
)
from unspool.models.generators.build import Values, build
from unspool.models.generators.specs import GeneratorNetwork
from unspool.models.generators.teaching import Reading, cross_entropy
from unspool.training.epochs import Epochs
from unspool.training.stateful import fit_stateful, next_step_streams

__all__ = ["prepare", "versions"]


class Training:
    """A `Job` of the workers."""

    def __init__(self, task: dict[str, Any]) -> None:
        size = size_of(task)
        spec = GeneratorNetwork(units=size.units, layers=1, embedding=EMBEDDING, dropout=0.0)
        self.layer = Reading(build(spec, Values("symbols", SYMBOLS), key=jax.random.key(0)))
        self.streams = next_step_streams(codes(size), size.batch, size.steps)
        leaves = jax.tree.leaves(eqx.filter(self.layer, eqx.is_inexact_array))
        self.facts = {"parameters": sum(leaf.size for leaf in leaves)}

    def run(self) -> float:
        """Seconds of the updates of one epoch, without compiling."""
        settings = Epochs(epochs=1, learning_rate=LEARNING_RATE, clip_norm=CLIP)
        self.layer, history = fit_stateful(
            self.layer, self.streams, None, cross_entropy, settings, jax.random.key(0)
        )
        return history.seconds - history.compile_seconds

    def result(self) -> list[float]:
        """How many updates there were."""
        return [float(UPDATES)]


def prepare(task: dict[str, Any]) -> Training:
    """The network and the text."""
    return Training(task)
