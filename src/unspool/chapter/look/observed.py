"""What the layers of a model read and gave while it ran, whatever the model is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from unspool.cells import CausalConvolutionCell
from unspool.errors import UsageError
from unspool.layers import Bidirectional, Embedding, Layer, Recurrent


class Reading(NamedTuple):
    """One call of a layer: what it read from which state, what it gave.

    inputs, outputs: (batch, time, features). backwards: it is the backward layer of a
    `Bidirectional`, and its first step is the newest.
    """

    layer: Any
    inputs: Array
    state: Any
    outputs: Array
    backwards: bool


class Observed(Layer):
    """A layer that reports each of its calls, and is otherwise as it was."""

    layer: Any
    report: Callable[[Reading], None] = eqx.field(static=True)
    backwards: bool = eqx.field(static=True)

    def __getattr__(self, name: str) -> Any:
        """Whatever a model wants to know of its layer: its cell, its size, its step."""
        if name.startswith("__") or name == "layer":
            raise AttributeError(name)
        return getattr(self.layer, name)

    def initial_state(self, batch: int) -> Any:
        """The layer's own."""
        return self.layer.initial_state(batch)

    def output_lengths(self, lengths: Any) -> Any:
        """The layer's own."""
        return self.layer.output_lengths(lengths)

    def __call__(
        self, x: Any, state: Any = None, lengths: Any = None, *, key: Any = None
    ) -> tuple[Any, Any]:
        """The layer's outputs and state."""
        with jax.disable_jit(False):
            outputs, reached = self.layer(x, state, lengths, key=key)
        self.report(Reading(self.layer, jnp.asarray(x), state, outputs, self.backwards))
        return outputs, reached


class Shifted(Layer):
    """A layer with something added to its outputs: what a derivative is taken of."""

    layer: Any
    by: Array

    def initial_state(self, batch: int) -> Any:
        """The layer's own."""
        return self.layer.initial_state(batch)

    def __call__(
        self, x: Any, state: Any = None, lengths: Any = None, *, key: Any = None
    ) -> tuple[Any, Any]:
        """The layer's outputs with `by` added, and its state."""
        outputs, reached = self.layer(x, state, lengths, key=key)
        return outputs + self.by, reached


def observe(model: Any, inputs: Any, kinds: type | tuple[type, ...]) -> tuple[Array, list[Reading]]:
    """The model's prediction, and all calls of layers of these kinds, in their order.

    The model is run without compilation, so that every layer is seen at work; the layers that are
    watched are compiled as ever.
    """
    readings: list[Reading] = []
    watched = _replaced(
        model, kinds, lambda layer, backwards: Observed(layer, readings.append, backwards)
    )
    with jax.disable_jit():
        prediction, _ = watched(inputs)
    return prediction, readings


def recurrent_layers(model: Any, inputs: Any) -> list[Reading]:
    """The calls of the recurrent layers while the model reads `inputs`, a batch."""
    _, readings = observe(model, inputs, Recurrent)
    return [r for r in readings if not isinstance(r.layer.cell, CausalConvolutionCell)]


def newest(prediction: Array) -> Array:
    """What a model says at its last step, (outputs,), from a batch of one."""
    return jnp.ravel(prediction[0, -1] if prediction.ndim == 3 else prediction[0])


def differentiable(model: Any, inputs: Any) -> tuple[Callable[[Any], tuple[Any, Any]], list[Array]]:
    """What a derivative with respect to the inputs can be taken of: `vary`, and where to take it.

    `vary(at)` gives the model and its inputs as functions of `at`, a list with an array (1, time,
    features) for each array of the inputs: the array itself, or what the embedding makes of it
    where it holds tokens. Raises UsageError where it is neither.
    """
    leaves: list[Any]
    structure: Any
    leaves, structure = jax.tree.flatten(inputs)
    tokens = [not jnp.issubdtype(leaf.dtype, jnp.floating) for leaf in leaves]
    embedded = observe(model, inputs, Embedding)[1] if any(tokens) else []
    if len(embedded) != sum(tokens) or len({id(r.layer) for r in embedded}) != len(embedded):
        raise UsageError(
            f"a gradient with respect to tokens is taken at the embedding that reads them: got "
            f"{sum(tokens)} arrays of tokens and {len(embedded)} calls of an embedding"
        )
    of_tokens = iter(embedded)
    start = [
        next(of_tokens).outputs if is_token else jnp.asarray(leaf)
        for is_token, leaf in zip(tokens, leaves, strict=True)
    ]
    for at in start:
        if at.ndim != 3 or len(at) != 1:
            raise UsageError(f"one series has the shape (time, features), got {at.shape[1:]}")

    def vary(at: list[Array]) -> tuple[Any, Any]:
        moved = {
            id(reading.layer): place - reading.outputs
            for reading, place in zip(embedded, _only(tokens, at), strict=True)
        }
        shifted = _replaced(model, Embedding, lambda layer, _: _shifted(layer, moved))
        given = [
            leaf if is_token else own
            for is_token, leaf, own in zip(tokens, leaves, at, strict=True)
        ]
        return shifted, structure.unflatten(given)

    return vary, start


def _only(chosen: list[bool], every: list[Array]) -> list[Array]:
    return [one for is_chosen, one in zip(chosen, every, strict=True) if is_chosen]


def _shifted(layer: Any, moved: dict[int, Array]) -> Any:
    return Shifted(layer, moved[id(layer)]) if id(layer) in moved else layer


def _replaced(
    model: Any, kinds: type | tuple[type, ...], replace: Callable[[Any, bool], Any]
) -> Any:
    """The model with each layer of these kinds replaced: `replace(layer, backwards)`."""

    def found(node: Any) -> bool:
        return isinstance(node, kinds)

    def new(path: Any, node: Any) -> Any:
        return replace(node, _backwards(model, path)) if found(node) else node

    return jax.tree_util.tree_map_with_path(new, model, is_leaf=found)


def _backwards(model: Any, path: Any) -> bool:
    """Whether the place is inside of a layer that reads from the end."""
    node, turned = model, False
    for key in path:
        if isinstance(node, Bidirectional) and key == jax.tree_util.GetAttrKey("backward"):
            turned = not turned
        node = _child(node, key)
    return turned


def _child(node: Any, key: Any) -> Any:
    if isinstance(key, jax.tree_util.GetAttrKey):
        return getattr(node, key.name)
    if isinstance(key, jax.tree_util.SequenceKey):
        return node[key.idx]
    return node[key.key]
