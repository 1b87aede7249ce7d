"""Layers on top of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.errors import UsageError
from unspool.layers import checks, entry
from unspool.layers.chain import MOST_WEIGHTS, Chain, weights
from unspool.layers.layer import CausalLayer, Layer
from unspool.layers.recurrent import Recurrent


class Stack(Layer):
    """Layers, each fed with the outputs of the one below, with dropout between them.

    The state is a tuple with one layer's state after the other. Dropout acts only where a key is
    given, that is in training: on what passes from one layer to the next, anew at every step, and
    never on a layer's own state (Zaremba, Sutskever and Vinyals 2014, section 3.1). Nothing is
    dropped from the input of the stack or from its output.

    The layers get keys of their own, for what is random inside of them. With
    `equinox.nn.inference_mode(stack)` nothing is random even with a key.
    """

    layers: tuple[Layer, ...]
    dropout: eqx.nn.Dropout

    def __init__(self, layers: Sequence[Layer], dropout: float = 0.0) -> None:
        if not layers:
            raise UsageError("a stack needs at least one layer, got none")
        if not 0 <= dropout < 1:
            raise UsageError(f"dropout must be at least 0 and below 1, got {dropout}")
        self.layers = tuple(layers)
        self.dropout = eqx.nn.Dropout(dropout)

    def initial_state(self, batch: int) -> tuple[Any, ...]:
        """The state of every layer, for each of `batch` sequences, before the first step."""
        return tuple(layer.initial_state(batch) for layer in self.layers)

    def __call__(
        self,
        x: Float[Array, "batch time features"],
        state: tuple[Any, ...] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "batch time output"], tuple[Any, ...]]:
        """The last layer's outputs at every step, and each layer's state after each sequence's end.

        `state` and `lengths` are as in `Recurrent`; `key` turns dropout on, and the layers' noise.
        """
        starts = self._starts(state)
        outputs = jnp.asarray(x)
        if key is None or self.dropout.inference:
            return self._run(outputs, starts, lengths)
        reached = []
        for position, (layer, start) in enumerate(zip(self.layers, starts, strict=True)):
            if position > 0:
                outputs = self.dropout(outputs, key=jax.random.fold_in(key, position))
            # The numbers up to the count of the layers are those of dropout.
            own_key = jax.random.fold_in(key, len(self.layers) + position)
            outputs, end = layer(outputs, start, lengths, key=own_key)
            reached.append(end)
        return outputs, tuple(reached)

    def _run(
        self, outputs: Array, starts: tuple[Any, ...], lengths: Any
    ) -> tuple[Array, tuple[Any, ...]]:
        """The layers without anything random, small recurrent ones together in one run."""
        reached: list[Any] = []
        for group in _groups(self.layers):
            first = len(reached)
            if len(group) == 1:
                outputs, end = group[0](outputs, starts[first], lengths)
                reached.append(end)
                continue
            cells = tuple(layer.cell for layer in group if isinstance(layer, Recurrent))
            checks.inputs(cells[0], outputs, ("batch", "time", "features"))
            states = tuple(
                entry.start(cell, start, outputs.shape[0])
                for cell, start in zip(cells, starts[first : first + len(cells)], strict=True)
            )
            outputs, ends = Recurrent(Chain(cells))(outputs, states, lengths)
            reached += ends
        return outputs, tuple(reached)

    def step(
        self, x: Float[Array, "batch features"], state: tuple[Any, ...] | None = None
    ) -> tuple[Float[Array, "batch output"], tuple[Any, ...]]:
        """One time step of every sequence, without dropout: the output and the next state.

        Raises UsageError where a layer is not causal: it has no output before the sequence's end.
        """
        output = jnp.asarray(x)
        reached = []
        for position, (layer, start) in enumerate(
            zip(self.layers, self._starts(state), strict=True)
        ):
            if not isinstance(layer, CausalLayer | Stack):
                raise UsageError(
                    f"layer {position} of the stack, {type(layer).__name__}, is not causal and has "
                    "no step: call the stack on whole sequences"
                )
            output, following = layer.step(output, start)
            reached.append(following)
        return output, tuple(reached)

    def _starts(self, state: tuple[Any, ...] | None) -> tuple[Any, ...]:
        if state is None:
            return (None,) * len(self.layers)
        if not isinstance(state, tuple) or len(state) != len(self.layers):
            raise UsageError(
                f"a stack of {len(self.layers)} layers takes a tuple with a state for each, "
                f"got {type(state).__name__}"
                + (f" of {len(state)}" if isinstance(state, (tuple, list)) else "")
            )
        return state


def _groups(layers: Sequence[Layer]) -> list[list[Layer]]:
    """Layers that run together: recurrent ones in a row, as long as their weights are few."""
    groups: list[list[Layer]] = []
    together = 0
    for layer in layers:
        size = MOST_WEIGHTS
        if isinstance(layer, Recurrent) and not layer.recompute:
            size = weights(layer.cell)
        if groups and together + size < MOST_WEIGHTS:
            groups[-1].append(layer)
            together += size
        else:
            groups.append([layer])
            together = size
    return groups
