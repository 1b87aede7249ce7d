"""Layers on top of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unspool.cells import Cell
from unspool.errors import UsageError
from unspool.layers import checks, entry, noise
from unspool.layers.chain import Chain, fused, most_weights, weights
from unspool.layers.layer import Layer


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
        if key is not None and self.dropout.inference:
            key = None
        reached: list[Any] = []
        for group in self._groups(key, most_weights(outputs)):
            begins = starts[len(reached) : len(reached) + len(group)]
            together = _together(group, outputs, begins, lengths) if len(group) > 1 else None
            if together is not None:
                outputs, ends = together
                reached += ends
                continue
            for layer, start in zip(group, begins, strict=True):
                position, own_key = len(reached), None
                if key is not None:
                    if position > 0 and self._drops:
                        outputs = self.dropout(outputs, key=jax.random.fold_in(key, position))
                    # The numbers up to the count of the layers are those of dropout.
                    own_key = jax.random.fold_in(key, len(self.layers) + position)
                outputs, end = layer(outputs, start, lengths, key=own_key)
                reached.append(end)
                if lengths is not None:
                    lengths = layer.output_lengths(jnp.asarray(lengths))
        return outputs, tuple(reached)

    def output_lengths(self, lengths: Int[Array, " batch"]) -> Int[Array, " batch"]:
        """What each layer makes of the lengths, one after the other."""
        for layer in self.layers:
            lengths = layer.output_lengths(lengths)
        return lengths

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
            step: Any = getattr(layer, "step", None)
            if step is None:
                raise UsageError(
                    f"layer {position} of the stack, {type(layer).__name__}, is not causal and has "
                    "no step: call the stack on whole sequences"
                )
            output, following = step(output, start)
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

    @property
    def _drops(self) -> bool:
        # A rate that is traced, where the stack is an argument of jax.jit, may be any.
        return not isinstance(self.dropout.p, int | float) or self.dropout.p > 0

    def as_cell(self) -> Cell | None:
        """All layers as one cell, where each of them is one and nothing is dropped between them."""
        cells = tuple(layer.as_cell() for layer in self.layers)
        known = tuple(cell for cell in cells if cell is not None)
        return Chain(known) if len(known) == len(cells) and not self._drops else None

    def _groups(self, key: PRNGKeyArray | None, most: int) -> list[list[Layer]]:
        """Layers that may run together: cells in a row, with fewer weights than `most`.

        With a key, those that draw nothing and have no dropout between them.
        """
        groups: list[list[Layer]] = []
        together = 0
        for layer in self.layers:
            cell = layer.as_cell()
            random = key is not None and (self._drops or cell is None or noise.is_random(cell, key))
            size = most if cell is None or random else weights(cell)
            if groups and together + size < most:
                groups[-1].append(layer)
                together += size
            else:
                groups.append([layer])
                together = size
        return groups


def _together(
    group: Sequence[Layer], x: Array, starts: Sequence[Any], lengths: Any
) -> tuple[Array, tuple[Any, ...]] | None:
    """Layers as one cell: the last one's outputs, and the states of all; None if they cannot."""
    cells = tuple(cell for layer in group if (cell := layer.as_cell()) is not None)
    checks.inputs(cells[0], x, ("batch", "time", "features"))
    if lengths is not None:
        lengths = jnp.asarray(lengths)
        checks.lengths(lengths, *x.shape[:2])
    states = tuple(
        entry.start(cell, start, x.shape[0]) for cell, start in zip(cells, starts, strict=True)
    )
    return fused(cells, x, states, lengths)
