"""A table of a model's layers, the shapes of their outputs, and how many weights they have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from unspool.errors import UsageError
from unspool.layers import (
    Bidirectional,
    CausalConvolution,
    Convolution,
    Embedding,
    Recurrent,
    Shortcut,
    Stack,
    WaveNet,
    trained,
)
from unspool.models.shapes import (
    EncoderDecoder,
    SequenceToSequence,
    SequenceToVector,
    VectorToSequence,
)

Shaped: Any = jax.ShapeDtypeStruct

WIDTH = 80
COLUMNS = (46, 20, 14)

Size = int | None
Shape = tuple[Size, ...]
# An axis of any size is computed with both of these; where the outputs differ, so do the sizes.
# Large, so that a convolution without padding still fits.
ANY = (1009, 1013)


class Row(NamedTuple):
    """One line: what it is, how deep it lies in others, its output's shape, its own arrays."""

    name: str
    depth: int
    shape: Shape
    arrays: Any


def summary(model: Any, input_shape: Shape | tuple[Shape, Shape]) -> str:
    """A table of the model's layers, the shapes of their outputs and their parameters.

    input_shape: of what the model is called on, with or without the batch in front; None for an
    axis of any size: `(50, 1)`, `(None, 50, 1)` and `(None, None, 1)` for series of one value,
    `(None, 50)` for tokens. An `EncoderDecoder` takes a pair of shapes. Nothing is computed but
    shapes. Lines have at most 80 characters.

    Raises UsageError where the shape does not fit the model.
    """
    pair = isinstance(model, EncoderDecoder)
    if pair and not (len(input_shape) == 2 and all(isinstance(s, tuple) for s in input_shape)):
        raise UsageError(
            "summary of an EncoderDecoder takes a pair of input shapes, the encoder's and the "
            f"decoder's, got {input_shape}"
        )
    shapes: Any = input_shape if pair else (input_shape,)
    parts = (model.encoder, model.decoder) if pair else (model,)
    full = [_with_batch(part, shape) for part, shape in zip(parts, shapes, strict=True)]
    small, large = (
        list(_rows(model, [_like(part, s, size) for part, s in zip(parts, full, strict=True)], 0))
        for size in ANY
    )
    rows = [
        row._replace(shape=_shared(row.shape, other.shape))
        for row, other in zip(small, large, strict=True)
    ]
    lines = [_line("layer", "output", "parameters"), "-" * WIDTH]
    for row in rows:
        count = "" if row.arrays is None else f"{_count(row.arrays):,}"
        lines.append(_line("  " * row.depth + row.name, _written(row.shape), count))
    total = _count(model)
    learned = _count(eqx.filter(model, trained(model)))
    lines += ["-" * WIDTH, _line("total", "", f"{total:,}")]
    if learned != total:
        lines.append(_line("  trained", "", f"{learned:,}"))
        lines.append(_line("  statistics of batches, not trained", "", f"{total - learned:,}"))
    return "\n".join(lines)


def _rows(node: Any, given: list[Any], depth: int) -> Iterator[Row]:
    """The lines of a model or layer called on these shapes, in the order of the calls."""
    x = given[0]
    match node:
        case SequenceToSequence():
            yield from _rows(node.layer, given, depth)
        case SequenceToVector():
            yield from _rows(node.layer, given, depth)
            last = _last(_output(node.layer, x))
            if node.head is None:
                yield Row("last step", depth, _output(node, x).shape, None)
            else:
                yield from _rows(node.head, [last], depth)
        case VectorToSequence():
            repeated = Shaped((x.shape[0], node.steps, x.shape[1]), x.dtype)
            yield Row("repeated", depth, repeated.shape, None)
            yield from _rows(node.layer, [repeated], depth)
        case EncoderDecoder():
            yield from _encoder_decoder(node, given, depth)
        case Stack():
            for layer in node.layers:
                yield from _rows(layer, [x], depth)
                x = _output(layer, x)
        case Shortcut():
            yield Row("Shortcut", depth, _output(node, x).shape, node.projection)
            yield from _rows(node.layer, [x], depth + 1)
        case Bidirectional():
            yield Row("Bidirectional", depth, _output(node, x).shape, None)
            yield from _rows(node.forward, [x], depth + 1)
            yield from _rows(node.backward, [x], depth + 1)
        case WaveNet():
            yield Row("WaveNet", depth, _output(node, x).shape, None)
            yield from _wavenet(node, x, depth + 1)
        case _:
            yield Row(_name(node), depth, _output(node, x).shape, node)


def _encoder_decoder(node: EncoderDecoder, given: list[Any], depth: int) -> Iterator[Row]:
    read, written = given
    memory = _output(node.encoder, read)
    asked = _output(node.decoder, written)
    yield Row("encoder", depth, memory.shape, None)
    yield from _rows(node.encoder, [read], depth + 1)
    yield Row("decoder", depth, asked.shape, None)
    yield from _rows(node.decoder, [written], depth + 1)
    if node.attention is not None:
        context = jax.eval_shape(node.attention.of_each, asked, memory)[0]
        yield Row(type(node.attention).__name__, depth, context.shape, node.attention)
        asked = Shaped((*asked.shape[:-1], asked.shape[-1] + context.shape[-1]), asked.dtype)
    yield from _rows(node.head, [asked], depth)


def _wavenet(node: WaveNet, x: Any, depth: int) -> Iterator[Row]:
    filters = _output(node.first, x)
    yield Row(_name(node.first), depth, filters.shape, node.first)
    skipped = filters
    for unit in node.units:
        skipped = jax.eval_shape(unit.skip, filters)[0]
        cell = unit.convolution.cell
        yield Row(f"gated residual unit, dilation {cell.dilation}", depth, skipped.shape, unit)
    for layer in (node.mixing, *([] if node.head is None else [node.head])):
        skipped = _output(layer, skipped)
        yield Row(_name(layer), depth, skipped.shape, layer)


def _name(node: Any) -> str:
    """What a layer is called: with the cell that it runs, and what is not usual about it."""
    match node:
        case Recurrent():
            return f"Recurrent({type(node.cell).__name__})"
        case CausalConvolution():
            return f"CausalConvolution, {_kernel(node.cell.kernel_size, node.cell.dilation, 1)}"
        case Convolution():
            kernel = _kernel(node.kernel, node.dilation, node.stride)
            return f"Convolution, {node.padding}, {kernel}"
    return type(node).__name__


def _kernel(kernel: int, dilation: int, stride: int) -> str:
    unusual = [f", dilation {dilation}"] * (dilation > 1) + [f", stride {stride}"] * (stride > 1)
    return f"kernel {kernel}" + "".join(unusual)


def _output(node: Any, x: Any) -> Any:
    """Shape and type of the output of a model or layer."""
    made = eqx.filter_eval_shape(partial(_call, node), x)
    return made[0] if isinstance(made, tuple) else made


def _call(node: Any, x: Any) -> Any:
    return node(x)


def _last(outputs: Any) -> Any:
    return Shaped((outputs.shape[0], 1, outputs.shape[2]), outputs.dtype)


def _first(node: Any) -> Any:
    """The layer that reads the input."""
    match node:
        case SequenceToSequence() | SequenceToVector() | Shortcut():
            return _first(node.layer)
        case Stack():
            return _first(node.layers[0])
        case Bidirectional():
            return _first(node.forward)
        case EncoderDecoder():
            return _first(node.encoder)
    return node


def _with_batch(model: Any, shape: Any) -> Shape:
    """The input's shape with its batch in front."""
    first = _first(model)
    axes = 2 if isinstance(first, Embedding | VectorToSequence) else 3
    if not isinstance(shape, tuple | list) or len(shape) not in (axes - 1, axes):
        what = "(batch, time, features)"
        if axes == 2:
            what = "(batch, time)" if isinstance(first, Embedding) else "(batch, features)"
        raise UsageError(
            f"{type(model).__name__} takes an input shape {what}, the batch may be left out, "
            f"got {shape}"
        )
    for size in shape:
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            raise UsageError(f"an axis has a size of at least 1, or None for any, got {shape}")
    return tuple(shape) if len(shape) == axes else (None, *shape)


def _like(model: Any, shape: Shape, size: int) -> Any:
    kind = jnp.int32 if isinstance(_first(model), Embedding) else jnp.float32
    return Shaped(tuple(size if axis is None else axis for axis in shape), kind)


def _shared(shape: Shape, other: Shape) -> Shape:
    return tuple(a if a == b else None for a, b in zip(shape, other, strict=True))


def _written(shape: Shape) -> str:
    """(batch, any, 20): what may have any size is called so."""
    first = "batch" if shape[0] is None else str(shape[0])
    return f"({', '.join([first, *('any' if size is None else str(size) for size in shape[1:])])})"


def _count(tree: Any) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_inexact_array)))


def _line(*cells: str) -> str:
    layer, output, parameters = cells
    wide, middle, narrow = COLUMNS
    if len(layer) >= wide:
        layer = layer[: wide - 2] + "…"
    return f"{layer:{wide}}{output:{middle}}{parameters:>{narrow}}".rstrip()
