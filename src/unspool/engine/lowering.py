"""From a jaxpr over one sequence to operations over rows.

What only moves elements about (slices, broadcasts, transpositions, ...) moves row numbers here and
becomes no operation. Every primitive that is computed stands in one of the tables below; any other
is refused by name.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax.extend import core

from unspool.engine.operations import (
    BUFFER,
    REDUCTIONS,
    Operation,
    Operations,
    Rows,
    Source,
    is_whole,
    rows_of,
)
from unspool.engine.step import NotCovered

POINTWISE = {
    "add": "add",
    "add_any": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "div",
    "neg": "neg",
    "max": "max",
    "min": "min",
    "exp": "exp",
    "expm1": "expm1",
    "log": "log",
    "log1p": "log1p",
    "tanh": "tanh",
    "logistic": "logistic",
    "sqrt": "sqrt",
    "rsqrt": "rsqrt",
    "abs": "abs",
    "sign": "sign",
    "square": "square",
    "lt": "lt",
    "le": "le",
    "gt": "gt",
    "ge": "ge",
    "eq": "eq",
    "ne": "ne",
    "and": "and_",
    "or": "or_",
    "not": "not_",
}
LOGICAL = frozenset({"and", "or", "not"})
SAME = frozenset({"copy", "copy_p", "stop_gradient", "optimization_barrier", "reduce_precision"})
REDUCED = {"reduce_sum": "reduce_sum", "reduce_max": "reduce_max", "reduce_min": "reduce_min"}
CALLS = frozenset(
    {"custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr", "jit", "pjit", "closed_call"}
)
FOLDED: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "max": np.maximum,
    "min": np.minimum,
}
MOST_OPERATIONS = 2000  # beyond this the program, not its work, is what takes time


class Lowering:
    """Reads equations and writes operations."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.operations = Operations()
        self._dtype = dtype
        self._literals: dict[bytes, int] = {}
        self._values: dict[int, float] = {}
        self._seen: dict[tuple[Any, ...], Rows] = {}
        self._writers: dict[int, Operation] = {}

    def source(self, kind: str, number: int, shape: Sequence[int], entries: int = 1) -> Rows:
        """The rows of something that is there before the first operation, in one buffer or more."""
        rows = int(np.prod(shape, dtype=np.int64)) // entries
        found = []
        for _ in range(entries):
            buffer = self.operations.new_buffer()
            self.operations.sources[buffer] = Source(kind, number, rows)
            found.append(rows_of(buffer, rows))
        return np.concatenate(found).reshape(tuple(shape))

    def literal(self, value: float, shape: Sequence[int] = ()) -> Rows:
        """The one row of a number, as often as the shape has elements."""
        key = struct.pack("<d", value)  # by its bits: minus zero is another number, a NaN one
        buffer = self._literals.get(key)
        if buffer is None:
            buffer = self.operations.new_buffer()
            self._literals[key] = buffer
            self._values[buffer] = float(value)
            self.operations.sources[buffer] = Source("literal", 0, 1, float(value))
        return np.broadcast_to(rows_of(buffer, 1, ()), tuple(shape))

    def run(self, closed: core.ClosedJaxpr, arguments: Sequence[Rows]) -> list[Rows]:
        """The results of a jaxpr."""
        jaxpr = closed.jaxpr
        env: dict[Any, Rows] = dict(zip(jaxpr.invars, arguments, strict=True))
        for variable, constant in zip(jaxpr.constvars, closed.consts, strict=True):
            env[variable] = self._constant(constant)

        def value(atom: Any) -> Rows:
            if isinstance(atom, core.Literal):
                return self._constant(atom.val)
            return env[atom]

        for equation in jaxpr.eqns:
            results = self._equation(equation, [value(atom) for atom in equation.invars])
            if len(self.operations.listed) > MOST_OPERATIONS:
                raise NotCovered(f"a step of more than {MOST_OPERATIONS} operations")
            env.update(zip(equation.outvars, results, strict=True))
        return [value(atom) for atom in jaxpr.outvars]

    def _constant(self, array: Any) -> Rows:
        array = np.asarray(array)
        flat = [self.literal(float(element)) for element in array.reshape(-1)]
        return np.array(flat, dtype=np.int64).reshape(array.shape)

    def _equation(self, equation: Any, values: list[Rows]) -> list[Rows]:
        name, params = equation.primitive.name, equation.params
        if name in POINTWISE:
            booleans = equation.invars[0].aval.dtype == np.bool_
            if (name in LOGICAL) != booleans and not (booleans and name in ("eq", "ne")):
                raise NotCovered(f"the primitive '{name}' on {equation.invars[0].aval.dtype}")
            return [self._pointwise(POINTWISE[name], *values)]
        if name in SAME:
            return list(values)
        if name in REDUCED:
            return [self._reduce(REDUCED[name], values[0], params["axes"])]
        if name in MOVES:
            moved = MOVES[name](values, params)
            return moved if isinstance(moved, list) else [moved]
        if name in CALLS:
            inner = params.get("call_jaxpr", params.get("jaxpr", params.get("fun_jaxpr")))
            if isinstance(inner, core.ClosedJaxpr):
                return self.run(inner, values)
            if isinstance(inner, core.Jaxpr) and not inner.constvars:
                return self.run(core.ClosedJaxpr(inner, []), values)
        method = getattr(self, f"_{name}", None)
        if method is None:
            raise NotCovered(f"the primitive '{name}'")
        result: list[Rows] = method(values, params, equation)
        return result

    # -- what is computed ------------------------------------------------------------------------

    def _emit(self, name: str, rows: int, operands: list[Rows], **more: Any) -> Rows:
        """The result of an operation: an earlier one's, if it was the same."""
        flat = [np.ascontiguousarray(operand).reshape(-1) for operand in operands]
        key = _key(name, flat, *more.values())
        if key not in self._seen:
            operation = Operation(name, self.operations.new_buffer(), rows, flat, **more)
            self.operations.listed.append(operation)
            self._writers[operation.to] = operation
            self._seen[key] = rows_of(operation.to, rows)
        return self._seen[key]

    def _number(self, rows: Rows) -> float | None:
        """The number that a value is everywhere, if it is a literal."""
        if rows.size == 0:
            return None
        first = int(rows.flat[0])
        number = self._values.get(first >> BUFFER)
        return number if number is not None and bool((rows == first).all()) else None

    def _is(self, rows: Rows, number: float) -> Any:
        """Where a value is a literal of this number."""
        buffer = self._literals.get(struct.pack("<d", number))
        return rows == (np.int64(-1) if buffer is None else np.int64(buffer) << BUFFER)

    def _pointwise(self, name: str, *values: Rows) -> Rows:
        shape = np.broadcast_shapes(*(value.shape for value in values))
        values = tuple(np.broadcast_to(value, shape) for value in values)
        if not values[0].size:
            return np.zeros(shape, np.int64)
        numbers = [self._number(value) for value in values]
        if name in FOLDED and all(number is not None for number in numbers):
            folded = FOLDED[name](*(self._dtype.type(number) for number in numbers))
            return self.literal(float(folded), shape)
        if name == "add":
            return self._add(*values)
        if name == "sub" and numbers[1] == 0:
            return values[0]
        if name == "gt" and numbers[1] == 0:
            # max(x, 0) > 0 where x > 0, and it is the value that the backward pass has anyway.
            key = _key("max", [np.ascontiguousarray(value).reshape(-1) for value in values])
            values = (self._seen.get(key, values[0]).reshape(shape), values[1])
        if name == "mul":
            left, right = values
            keep_left, keep_right = self._is(right, 1.0), self._is(left, 1.0)
            kept = np.where(keep_left, left, right)
            return self._where_not(keep_left | keep_right, kept, self._multiply, left, right)
        return self._emit(name, values[0].size, list(values)).reshape(shape)

    def _where_not(
        self, known: Any, value: Rows, compute: Callable[..., Rows], *operands: Rows
    ) -> Rows:
        """`value` where it is known, and what `compute` makes of the operands elsewhere."""
        known = np.broadcast_to(known, value.shape)
        if known.all():
            return value
        if not known.any():
            return compute(*operands)
        result = np.array(value)
        result[~known] = compute(*(operand[~known] for operand in operands))
        return result

    def _add(self, left: Rows, right: Rows) -> Rows:
        left_zero, right_zero = self._is(left, 0.0), self._is(right, 0.0)
        kept = np.where(right_zero, left, right)
        return self._where_not(left_zero | right_zero, kept, self._sum, left, right)

    def _sum(self, left: Rows, right: Rows) -> Rows:
        """left + right; (o + g (1 - t)) + g (1 - t) t is o + tanh's gradient, in one operation."""
        for first, second in ((left, right), (right, left)):
            product = self._writer_of(second, "mul")
            if product is None:
                continue
            for one, t in (product.operands, product.operands[::-1]):
                if (factors := self._one_minus(one)) is None or not (factors[1] == t).all():
                    continue
                gradient = self._emit("tanh_gradient", product.rows, [factors[0], t])
                if (first.reshape(-1) == one).all():
                    return gradient.reshape(left.shape)
                total = self._writer_of(first, "add")
                if total is None:
                    continue
                for other, same in (total.operands, total.operands[::-1]):
                    if (same == one).all():
                        added = self._emit("add", product.rows, [other, gradient])
                        return added.reshape(left.shape)
        return self._emit("add", left.size, [left, right]).reshape(left.shape)

    def _one_minus(self, rows: Rows) -> tuple[Rows, Rows] | None:
        """(g, t) if a value is g (1 - t)."""
        product = self._writer_of(rows, "mul")
        if product is None:
            return None
        for g, rest in (product.operands, product.operands[::-1]):
            difference = self._writer_of(rest, "sub")
            if difference is not None and self._number(difference.operands[0]) == 1:
                return g, difference.operands[1]
        return None

    def _multiply(self, left: Rows, right: Rows) -> Rows:
        """left * right; g (s (1 - s)) is the logistic function's gradient, in one operation."""
        for g, slope in ((left, right), (right, left)):
            factors = self._one_minus(slope)
            if factors is not None and (factors[0] == factors[1]).all():
                gradient = self._emit("logistic_gradient", left.size, [g, factors[0]])
                return gradient.reshape(left.shape)
        return self._emit("mul", left.size, [left, right]).reshape(left.shape)

    def _writer_of(self, rows: Rows, name: str) -> Operation | None:
        """The operation of this name that wrote all of a value, if one did."""
        if not rows.size:
            return None
        writer = self._writers.get(int(rows.flat[0]) >> BUFFER)
        return writer if writer and writer.name == name and is_whole(rows, writer) else None

    def _reduce(self, name: str, value: Rows, axes: Sequence[int]) -> Rows:
        kept = [axis for axis in range(value.ndim) if axis not in axes]
        shape = tuple(value.shape[axis] for axis in kept)
        groups = np.transpose(value, (*kept, *axes)).reshape(int(np.prod(shape, dtype=int)), -1)
        if groups.shape[1] == 0:
            raise NotCovered("a reduction of nothing")
        if groups.shape[1] == 1:
            return groups[:, 0].reshape(shape)
        assert name in REDUCTIONS
        rows = [self._emit(name, 1, [group])[0] for group in groups]
        return np.array(rows, np.int64).reshape(shape)

    def _unspool_product(self, values: list[Rows], params: Any, equation: Any) -> list[Rows]:
        matrix, transposed = params["matrix"], params["transposed"]
        return [
            self._emit("product", params["size"], [values[0]], matrix=matrix, transposed=transposed)
        ]

    def _dot_general(self, values: list[Rows], params: Any, equation: Any) -> list[Rows]:
        """A product of two values that both change from step to step: multiplied and summed."""
        (contracted, batched) = params["dimension_numbers"]
        sides = []
        for value, summed, batch in zip(values, contracted, batched, strict=True):
            free = [axis for axis in range(value.ndim) if axis not in (*summed, *batch)]
            count = [
                int(np.prod([value.shape[axis] for axis in axes], dtype=int))
                for axes in (batch, free, summed)
            ]
            sides.append(np.transpose(value, (*batch, *free, *summed)).reshape(count))
        left, right = sides
        shape = (left.shape[0], left.shape[1], right.shape[1], left.shape[2])
        products = self._pointwise(
            "mul",
            np.broadcast_to(left[:, :, None, :], shape),
            np.broadcast_to(right[:, None, :, :], shape),
        )
        return [self._reduce("reduce_sum", products, (3,)).reshape(equation.outvars[0].aval.shape)]

    def _select_n(self, values: list[Rows], params: Any, equation: Any) -> list[Rows]:
        which, *cases = values
        if len(cases) != 2 or equation.invars[0].aval.dtype != np.bool_:
            raise NotCovered("a selection from more than two cases")
        shape = cases[0].shape
        which = np.broadcast_to(which, shape)
        if (cases[0] == cases[1]).all():
            return [cases[0]]
        return [self._emit("select", cases[0].size, [which, cases[1], cases[0]]).reshape(shape)]

    def _clamp(self, values: list[Rows], params: Any, equation: Any) -> list[Rows]:
        low, value, high = values
        return [self._pointwise("min", self._pointwise("max", value, low), high)]

    def _integer_pow(self, values: list[Rows], params: Any, equation: Any) -> list[Rows]:
        power, base = abs(params["y"]), values[0]
        result = None
        while power:
            if power & 1:
                result = base if result is None else self._pointwise("mul", result, base)
            power >>= 1
            if power:
                base = self._pointwise("square", base)
        if result is None:
            return [self.literal(1.0, values[0].shape)]
        if params["y"] < 0:
            result = self._pointwise("div", self.literal(1.0, result.shape), result)
        return [result]

    def _pow(self, values: list[Rows], params: Any, equation: Any) -> list[Rows]:
        power = self._number(values[1])
        if power == 0.5:
            return [self._pointwise("sqrt", values[0])]
        if power == -0.5:
            return [self._pointwise("rsqrt", values[0])]
        if power is not None and power == int(power):
            return self._integer_pow([values[0]], {"y": int(power)}, equation)
        raise NotCovered("the primitive 'pow' with such an exponent")

    def _convert_element_type(self, values: list[Rows], params: Any, equation: Any) -> list[Rows]:
        before, after = equation.invars[0].aval.dtype, np.dtype(params["new_dtype"])
        if after == self._dtype and (before == after or before == np.bool_):
            return list(values)
        number = self._number(values[0])
        if number is not None:
            return [self.literal(float(np.asarray(number, after)), values[0].shape)]
        raise NotCovered(f"a conversion from {before} to {after}")


def _key(name: str, operands: Sequence[Rows], *more: Any) -> tuple[Any, ...]:
    """What tells an operation from others."""
    return (name, *(operand.tobytes() for operand in operands), *more)


# -- what only moves -----------------------------------------------------------------------------


def _broadcast_in_dim(values: list[Rows], params: Any) -> Rows:
    shape, axes = tuple(params["shape"]), params["broadcast_dimensions"]
    expanded = [1] * len(shape)
    for axis, size in zip(axes, values[0].shape, strict=True):
        expanded[axis] = size
    return np.broadcast_to(values[0].reshape(expanded), shape)


def _slice(values: list[Rows], params: Any) -> Rows:
    steps = params["strides"] or (1,) * values[0].ndim
    cut = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return values[0][tuple(slice(*limits) for limits in cut)]


def _split(values: list[Rows], params: Any) -> list[Rows]:
    return np.split(values[0], np.cumsum(params["sizes"])[:-1], params["axis"])


def _pad(values: list[Rows], params: Any) -> Rows:
    value, padding = values
    for axis, (low, high, between) in enumerate(params["padding_config"]):
        size = value.shape[axis]
        width = max(size + (size - 1) * between, 0)
        spread = np.full((*value.shape[:axis], width, *value.shape[axis + 1 :]), padding)
        index: list[Any] = [slice(None)] * value.ndim
        index[axis] = slice(0, width, between + 1)
        spread[tuple(index)] = value
        widths = [(0, 0)] * value.ndim
        widths[axis] = (max(low, 0), max(high, 0))
        spread = np.pad(spread, widths, constant_values=int(padding))
        index[axis] = slice(max(-low, 0), spread.shape[axis] - max(-high, 0))
        value = spread[tuple(index)]
    return value


MOVES: dict[str, Callable[[list[Rows], Any], Rows | list[Rows]]] = {
    "broadcast_in_dim": _broadcast_in_dim,
    "reshape": lambda values, params: values[0].reshape(params["new_sizes"]),
    "squeeze": lambda values, params: np.squeeze(values[0], tuple(params["dimensions"])),
    "expand_dims": lambda values, params: np.expand_dims(values[0], tuple(params["dimensions"])),
    "transpose": lambda values, params: np.transpose(values[0], params["permutation"]),
    "rev": lambda values, params: np.flip(values[0], tuple(params["dimensions"])),
    "concatenate": lambda values, params: np.concatenate(values, params["dimension"]),
    "stack": lambda values, params: np.stack(values, params["axis"]),
    "unstack": lambda values, params: [
        np.take(values[0], i, params["axis"]) for i in range(values[0].shape[params["axis"]])
    ],
    "slice": _slice,
    "split": _split,
    "pad": _pad,
}
