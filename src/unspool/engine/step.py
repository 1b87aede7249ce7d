"""A cell's step, traced: what is computed once, what at every step, and its derivative.

Three things happen to the step of one sequence, `(parameters, x, state) -> (output, state)`:

1. What depends on parameters alone is taken out of the loop (the *prelude*). It is computed by JAX,
   and differentiated by JAX, before the loop: splitting a matrix, say, or scaling one.
2. Of what the loop takes from the prelude, a matrix that multiplies a vector becomes a numbered
   product (`engine.product`); all else is a *vector*, whatever its shape was.
3. JAX differentiates the step. The *joint* program computes the step and its vector-Jacobian
   product. A matrix M with products u = M v gets no gradient there: the program gives out v and the
   gradient of u, and the loop sums their outer products over sequences and time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import core

from unspool.engine.product import product
from unspool.engine.shapes import struct

# Calls that only wrap what they hold.
CALLS = frozenset({"jit", "pjit", "closed_call", "core_call", "remat", "checkpoint"})
MOST_PRODUCTS = 64  # as kernel.inc has it


class NotCovered(Exception):
    """A step that the engine cannot run, with the reason in words."""


@dataclass(frozen=True)
class Step:
    """A traced step: see the module. All sequences of arrays are in the order of the joint program.

    prelude: parameters -> (vectors, matrices). primal: the step alone, from vectors, inputs and
    state. joint: its arguments are vectors, inputs, state,
    taps (a zero for each product), gradient of the output, gradients of the new state; its results
    are output, new state, what each product multiplied, then the gradients of the float vectors,
    inputs, state and taps.
    """

    prelude: Callable[[Sequence[Any]], tuple[list[Any], list[Any]]]
    primal: core.ClosedJaxpr
    joint: core.ClosedJaxpr
    vectors: tuple[jax.ShapeDtypeStruct, ...]
    matrices: tuple[tuple[int, int], ...]  # (rows, columns) of each
    products: tuple[int, ...]  # the matrix of each product
    inputs: tuple[jax.ShapeDtypeStruct, ...]
    state: tuple[jax.ShapeDtypeStruct, ...]
    output: jax.ShapeDtypeStruct
    dtype: np.dtype[Any]
    constants: tuple[Any, ...]  # arrays that the step holds beside its parameters


def trace(
    step: Callable[..., tuple[Any, Sequence[Any]]],
    parameters: Sequence[jax.ShapeDtypeStruct],
    inputs: Sequence[jax.ShapeDtypeStruct],
    state: Sequence[jax.ShapeDtypeStruct],
) -> Step:
    """Trace `step(parameters, inputs, state) -> (output, new state)`, all flat lists of arrays.

    Raises NotCovered where the engine has no way to run it.
    """
    dtype = _common_type((*inputs, *state))
    flat = jax.make_jaxpr(lambda p, x, s: step(list(p), list(x), list(s)))(
        list(parameters), list(inputs), list(state)
    )
    body = inline(flat)
    output, *following = (_shape_of(aval) for aval in body.out_avals)
    for before, after in zip(state, following, strict=True):
        if (before.shape, before.dtype) != (after.shape, after.dtype):
            raise NotCovered("the step changes the shape or the type of its state")
    if output.dtype != dtype:
        raise NotCovered(f"the output is {output.dtype}, the inputs are {dtype}")
    loop = _Loop(body, len(parameters))
    avals = [struct(v.shape, v.dtype) for v in loop.vector_avals]
    primal = jax.make_jaxpr(lambda v, x: loop.run(v, x, None)[0])(avals, [*inputs, *state])
    joint = _differentiate(loop, avals, inputs, state, output, dtype)
    return Step(
        prelude=loop.prelude,
        primal=primal,
        joint=joint,
        vectors=tuple(avals),
        matrices=tuple(loop.matrices),
        products=tuple(loop.products),
        inputs=tuple(inputs),
        state=tuple(state),
        output=output,
        dtype=dtype,
        constants=(*flat.consts, *joint.consts),
    )


def evaluate(
    jaxpr: core.Jaxpr, consts: Sequence[Any], arguments: Sequence[Any], intercept: Any = None
) -> list[Any]:
    """The results of a jaxpr, with the calls in it opened.

    `intercept(equation, values)` may give the results of an equation itself, or None.
    """
    env: dict[Any, Any] = {}
    env.update(zip(jaxpr.constvars, consts, strict=True))
    env.update(zip(jaxpr.invars, arguments, strict=True))
    return run_equations(jaxpr.eqns, jaxpr.outvars, env, intercept)


def run_equations(
    equations: Sequence[Any], outvars: Sequence[Any], env: dict[Any, Any], intercept: Any = None
) -> list[Any]:
    """As `evaluate`, of equations over values that `env` holds and receives."""

    def value(atom: Any) -> Any:
        return atom.val if _literal(atom) else env[atom]

    for equation in equations:
        values = [value(atom) for atom in equation.invars]
        results = intercept(equation, values) if intercept is not None else None
        if results is None:
            inner = equation.params.get("jaxpr") if equation.primitive.name in CALLS else None
            if inner is not None:
                opened, consts = (
                    (inner.jaxpr, inner.consts)
                    if isinstance(inner, core.ClosedJaxpr)
                    else (inner, ())
                )
                results = evaluate(opened, consts, values, intercept)
            else:
                results = _apply(equation, values)
        env.update(zip(equation.outvars, results, strict=True))
    return [value(atom) for atom in outvars]


def _apply(equation: Any, values: Sequence[Any]) -> list[Any]:
    """The results of one equation."""
    bound = equation.primitive.get_bind_params(equation.params)
    # Before JAX 0.10 the functions that a primitive carries came apart from its parameters.
    functions, params = bound if isinstance(bound, tuple) else ((), bound)
    results = equation.primitive.bind(*functions, *values, **params)
    return list(results) if equation.primitive.multiple_results else [results]


def _literal(atom: Any) -> bool:
    return isinstance(atom, core.Literal)


def inline(closed: core.ClosedJaxpr) -> core.ClosedJaxpr:
    """The same jaxpr without calls that only wrap what they hold."""
    return jax.make_jaxpr(lambda *args: evaluate(closed.jaxpr, closed.consts, args))(
        *closed.in_avals
    )


class _Loop:
    """The body of the loop, and the prelude that provides for it."""

    def __init__(self, body: core.ClosedJaxpr, parameters: int) -> None:
        jaxpr = body.jaxpr
        self._body = body
        self._parameters = jaxpr.invars[:parameters]
        varying = set(jaxpr.invars[parameters:])
        # What depends on nothing at all is known now; what a cell holds of the program around it
        # is not, and is like a parameter.
        self._known: dict[Any, Any] = dict(zip(jaxpr.constvars, body.consts, strict=True))
        dependent = {
            *self._parameters,
            *(atom for atom, value in self._known.items() if isinstance(value, jax.core.Tracer)),
        }
        self._once, self._each = [], []
        for equation in jaxpr.eqns:
            atoms = [atom for atom in equation.invars if not _literal(atom)]
            if any(atom in varying for atom in atoms):
                varying.update(equation.outvars)
                self._each.append(equation)
            elif any(atom in dependent for atom in atoms):
                dependent.update(equation.outvars)
                self._once.append(equation)
            else:
                with jax.ensure_compile_time_eval():
                    run_equations([equation], [], self._known)
        self._varying, self._dependent = varying, dependent
        self.inputs = jaxpr.invars[parameters:]
        self.matrices: list[tuple[int, int]] = []
        self.products: list[int] = []
        self._matrix_makers: list[tuple[Any, Callable[[Any], Any]]] = []
        self._matrix_numbers: dict[Any, int] = {}
        self._vectors: list[Any] = []
        self._find_vectors()

    def _find_vectors(self) -> None:
        """Every invariant that is used in the loop otherwise than as a product's matrix."""
        wanted: list[Any] = []
        for equation in self._each:
            side = self._matrix_side(equation)
            wanted += [atom for i, atom in enumerate(equation.invars) if i != side]
        wanted += self._body.jaxpr.outvars
        for atom in wanted:
            if _literal(atom) or atom in self._varying or atom in self._vectors:
                continue
            if atom in self._known and _uniform(self._known[atom]):
                continue
            self._vectors.append(atom)
        self.vector_avals = [atom.aval for atom in self._vectors]

    def _matrix_side(self, equation: Any) -> int | None:
        """Which operand of a product does not vary: 0, 1, or None where the equation is none."""
        if equation.primitive.name != "dot_general":
            return None
        still = [_literal(atom) or atom not in self._varying for atom in equation.invars]
        return still.index(True) if any(still) else None

    def _value(self, atom: Any, env: dict[Any, Any]) -> Any:
        if _literal(atom):
            return atom.val
        return env[atom] if atom in env else self._known[atom]

    def prelude(self, parameters: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Vectors and matrices from the parameters."""
        env = dict(self._known)
        env.update(zip(self._parameters, parameters, strict=True))
        run_equations(self._once, [], env)
        vectors = [env[atom] for atom in self._vectors]
        return vectors, [make(self._value(atom, env)) for atom, make in self._matrix_makers]

    def run(
        self, vectors: Sequence[Any], arguments: Sequence[Any], taps: Sequence[Any] | None
    ) -> tuple[list[Any], list[Any]]:
        """The results of the body, and what each product multiplied."""
        env = dict(self._known)
        env.update(zip(self._vectors, vectors, strict=True))
        env.update(zip(self.inputs, arguments, strict=True))
        for equation in self._each:
            side = self._matrix_side(equation)
            if side is not None and not _literal(equation.invars[side]):
                env.setdefault(equation.invars[side], None)  # a product needs only its number
        multiplied: list[Any] = []
        self.products.clear()

        def multiply(equation: Any, values: list[Any]) -> list[Any] | None:
            side = self._matrix_side(equation) if equation in each else None
            if side is None:
                return None
            return [self._multiply(equation, side, values, multiplied, taps)]

        each = _Identity(self._each)
        results = run_equations(self._each, self._body.jaxpr.outvars, env, multiply)
        return results, multiplied

    def _multiply(
        self,
        equation: Any,
        side: int,
        values: list[Any],
        multiplied: list[Any],
        taps: Sequence[Any] | None,
    ) -> Any:
        """A dot_general as numbered products, one for each column and each batched matrix."""
        (contracted, batched) = equation.params["dimension_numbers"]
        matrix_atom, vector = equation.invars[side], values[1 - side]
        matrix_shape = matrix_atom.aval.shape
        matrix_contracted, vector_contracted = contracted[side], contracted[1 - side]
        matrix_batch, vector_batch = batched[side], batched[1 - side]
        matrix_free = _rest(len(matrix_shape), matrix_contracted, matrix_batch)
        vector_free = _rest(vector.ndim, vector_contracted, vector_batch)
        batch_shape = tuple(matrix_shape[axis] for axis in matrix_batch)
        free_shape = tuple(matrix_shape[axis] for axis in matrix_free)
        column_shape = tuple(vector.shape[axis] for axis in vector_free)
        rows, columns = (
            math.prod(free_shape),
            math.prod(matrix_shape[axis] for axis in matrix_contracted),
        )
        order = (*matrix_batch, *matrix_free, *matrix_contracted)
        vectors = jnp.transpose(vector, (*vector_batch, *vector_free, *vector_contracted))
        each = math.prod(column_shape)
        columns_of = jnp.split(vectors.reshape(-1), math.prod(batch_shape) * each)
        results = []
        count = math.prod(batch_shape)
        for b in range(count):
            number = self._matrix_number(matrix_atom, order, b, count, (rows, columns))
            for one in columns_of[b * each : (b + 1) * each]:
                result = product(one, matrix=number, transposed=False, size=rows)
                if taps is not None:
                    result = result + taps[len(multiplied)]
                multiplied.append(one)
                self.products.append(number)
                if len(multiplied) > MOST_PRODUCTS:
                    raise NotCovered(f"a step with more than {MOST_PRODUCTS} products")
                results.append(result)
        stacked = jnp.concatenate(results) if len(results) > 1 else results[0]
        stacked = stacked.reshape(*batch_shape, *column_shape, *free_shape)
        # dot_general puts the free axes of its left operand first.
        if side == 0 and column_shape:
            b, c, f = len(batch_shape), len(column_shape), len(free_shape)
            stacked = jnp.transpose(
                stacked, (*range(b), *range(b + c, b + c + f), *range(b, b + c))
            )
        return stacked

    def _matrix_number(
        self, atom: Any, order: tuple[int, ...], batch: int, count: int, shape: tuple[int, int]
    ) -> int:
        key = (id(atom) if _literal(atom) else atom, order, batch)
        if key not in self._matrix_numbers:
            self._matrix_numbers[key] = len(self.matrices)
            self.matrices.append(shape)
            self._matrix_makers.append(
                (atom, lambda array: jnp.transpose(array, order).reshape(count, *shape)[batch])
            )
        return self._matrix_numbers[key]


class _Identity:
    """Membership by identity: equations of JAX do not compare."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._ids = {id(item) for item in items}

    def __contains__(self, item: Any) -> bool:
        return id(item) in self._ids


def _differentiate(
    loop: _Loop,
    vectors: Sequence[jax.ShapeDtypeStruct],
    inputs: Sequence[jax.ShapeDtypeStruct],
    state: Sequence[jax.ShapeDtypeStruct],
    output: jax.ShapeDtypeStruct,
    dtype: np.dtype[Any],
) -> core.ClosedJaxpr:
    """The joint program of a step and its vector-Jacobian product."""
    taps = [struct((loop.matrices[m][0],), dtype) for m in loop.products]
    floats = [jnp.issubdtype(vector.dtype, jnp.floating) for vector in vectors]

    def joint(
        vectors: list[Any], inputs: list[Any], state: list[Any], taps: list[Any], given: list[Any]
    ) -> list[Any]:
        def run(differentiable: list[Any], inputs: Any, state: Any, taps: Any) -> Any:
            given = iter(differentiable)
            every = [next(given) if f else v for f, v in zip(floats, vectors, strict=True)]
            return loop.run(every, [*inputs, *state], taps)

        differentiable = [v for f, v in zip(floats, vectors, strict=True) if f]
        results, backward, multiplied = jax.vjp(
            run, differentiable, inputs, state, taps, has_aux=True
        )
        gradients = backward(list(given))
        return [*results, *multiplied, *jax.tree.leaves(gradients)]

    traced = jax.make_jaxpr(joint)(list(vectors), list(inputs), list(state), taps, [output, *state])
    return inline(traced)


def _common_type(arrays: Sequence[jax.ShapeDtypeStruct]) -> np.dtype[Any]:
    types: set[np.dtype[Any]] = {np.dtype(array.dtype) for array in arrays}
    if len(types) != 1:
        listed = ", ".join(sorted(str(t) for t in types))
        raise NotCovered(f"inputs and state are of different types: {listed or 'there are none'}")
    (dtype,) = types
    if dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise NotCovered(f"inputs and state are {dtype}, not float32 or float64")
    return dtype


def _shape_of(aval: Any) -> jax.ShapeDtypeStruct:
    return struct(aval.shape, aval.dtype)


def _rest(axes: int, *taken: Sequence[int]) -> tuple[int, ...]:
    used = {axis for group in taken for axis in group}
    return tuple(axis for axis in range(axes) if axis not in used)


def _uniform(array: Any) -> bool:
    if isinstance(array, jax.core.Tracer):
        return False
    values = np.asarray(array)
    return bool(values.size > 0 and (values == values.flat[0]).all())
