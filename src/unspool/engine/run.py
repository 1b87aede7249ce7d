"""A cell over time and batch, by the native part: one XLA call forward, one backward."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from unspool.engine.library import BACKWARD, FORWARD, Library, library
from unspool.engine.memory import key_of, remembered
from unspool.engine.plan import (
    Lowered,
    Programs,
    Shape,
    choose_shape,
    forward_only,
    lower,
    with_gradients,
)
from unspool.engine.shapes import struct
from unspool.engine.step import NotCovered, Step, trace


@dataclass(frozen=True, eq=False)
class Plan:
    """How to run one cell on arrays of certain shapes."""

    step: Step
    lowered: Lowered
    shape: Shape
    native: Library
    cell_structure: Any
    state_structure: Any
    recompute: bool

    @property
    def description(self) -> str:
        """How it runs, in words."""
        lanes = self.shape.lanes
        how = "each sequence alone" if lanes == 1 else f"{lanes} sequences side by side"
        return f"{self.native.instruction_set}, {how}, {self.step.dtype}"


def side_by_side(x: Array, weights: int) -> bool:
    """Whether so many sequences, x (batch, ...), lie side by side in a row, and not each alone.

    weights: of the layers that they run through.
    """
    native = library()
    if isinstance(native, str) or x.ndim == 0 or x.dtype not in (jnp.float32, jnp.float64):
        return False
    return choose_shape(native, np.dtype(x.dtype), x.shape[0], 1, False, weights).lanes > 1


def plan(
    cell: Any, inputs: Any, state: Any, *, has_lengths: bool = False, recompute: bool = False
) -> Plan | str:
    """A plan to run `cell` over `inputs` (batch, time, ...) from `state` (batch, ...), or why not.

    Only shapes and types are looked at. The answer, where it is none, completes the sentence "it
    runs by lax.scan, because ...".
    """
    native = library()
    if isinstance(native, str):
        return native
    platform = _platform()
    if platform != "cpu":
        return f"the native part is for CPUs and the device is a {platform}"
    arrays, still = eqx.partition(cell, eqx.is_array)
    parameters, cell_structure = jax.tree.flatten(arrays)
    input_leaves, input_structure = jax.tree.flatten(inputs)
    state_leaves, state_structure = jax.tree.flatten(state)
    if not input_leaves:
        return "there are no inputs"
    batch, time = input_leaves[0].shape[:2]

    def step(parameters: list[Any], x: list[Any], state: list[Any]) -> tuple[Any, ...]:
        whole = eqx.combine(jax.tree.unflatten(cell_structure, parameters), still)
        output, following = whole(
            jax.tree.unflatten(input_structure, x), jax.tree.unflatten(state_structure, state)
        )
        if not eqx.is_array(output):
            raise NotCovered("the output is not one array")
        return (output, *jax.tree.leaves(following))

    shapes = (
        [struct(p.shape, p.dtype) for p in parameters],
        [struct(x.shape[2:], x.dtype) for x in input_leaves],
        [struct(s.shape[1:], s.dtype) for s in state_leaves],
    )
    structures = (cell_structure, input_structure, state_structure)
    key = key_of(still, structures, [one for group in shapes for one in group])
    try:
        lowered = remembered(key, lambda: lower(trace(step, *shapes)))
    except NotCovered as reason:
        return f"the engine does not cover it: {reason}"
    traced = lowered.step
    weights = sum(rows * columns for rows, columns in traced.matrices)
    shape = choose_shape(
        native, traced.dtype, batch, time, has_lengths, weights, in_turn=lowered.history == 0
    )
    return Plan(traced, lowered, shape, native, cell_structure, state_structure, recompute)


def _platform() -> str:
    """Where arrays are computed: as JAX is told, or where it begins."""
    device = getattr(jax.config, "jax_default_device", None)
    return str(getattr(device, "platform", device) or jax.default_backend())


def run(
    plan: Plan, cell: Any, inputs: Any, state: Any, lengths: Array | None = None
) -> tuple[Array, Any]:
    """The outputs (batch, time, ...) and the state after each row's last step."""
    parameters = jax.tree.leaves(eqx.filter(cell, eqx.is_array))
    batch, time = plan.shape.batch, plan.shape.time
    vectors, matrices = plan.step.prelude(parameters)
    dtype = plan.step.dtype
    flat_vectors = [jnp.asarray(vector, dtype).reshape(-1) for vector in vectors]
    flat_matrices = [jnp.asarray(matrix, dtype) for matrix in matrices]
    flat_inputs = [x.reshape(batch, time, math.prod(x.shape[2:])) for x in jax.tree.leaves(inputs)]
    flat_state = [s.reshape(batch, math.prod(s.shape[1:])) for s in jax.tree.leaves(state)]
    counted = [] if lengths is None else [lengths.astype(jnp.int32)]
    output, *following = _call(plan, flat_vectors, flat_matrices, flat_inputs, flat_state, counted)
    shaped = [
        leaf.reshape(batch, *struct.shape)
        for leaf, struct in zip(following, plan.step.state, strict=True)
    ]
    output = output.reshape(batch, time, *plan.step.output.shape)
    return output, jax.tree.unflatten(plan.state_structure, shaped)


class _Kept(eqx.Module):
    """What the forward call hands to the backward call."""

    programs: Programs = eqx.field(static=True)
    wanted: tuple[bool, ...] = eqx.field(static=True)
    vectors: list[Array]
    matrices: list[Array]
    inputs: list[Array]
    lengths: list[Array]
    slots: Array


def _result_shapes(plan: Plan) -> list[jax.ShapeDtypeStruct]:
    batch, time, dtype = plan.shape.batch, plan.shape.time, plan.step.dtype
    output = struct((batch, time, plan.lowered.output.size), dtype)
    return [output] + [struct((batch, rows.size), dtype) for rows in plan.lowered.state]


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _call(
    plan: Plan,
    vectors: list[Array],
    matrices: list[Array],
    inputs: list[Array],
    state: list[Array],
    lengths: list[Array],
) -> list[Array]:
    programs = forward_only(plan.lowered, plan.shape, plan.native.operations)
    results = jax.ffi.ffi_call(FORWARD, _result_shapes(plan), vmap_method="expand_dims")(
        *inputs, *state, *lengths, *vectors, *matrices, program=programs.forward
    )
    return list(results)


def _forward(plan: Plan, *arguments: list[Any]) -> tuple[list[Array], Any]:
    perturbed = [[argument.perturbed for argument in group] for group in arguments]
    vectors, matrices, inputs, state, lengths = (
        [argument.value for argument in group] for group in arguments
    )
    programs = with_gradients(
        plan.lowered,
        plan.shape,
        plan.native.operations,
        wanted_inputs=perturbed[2],
        wanted_vectors=any(perturbed[0]),
        wanted_matrices=any(perturbed[1]),
        recompute=plan.recompute,
    )
    shape = plan.shape
    slots = shape.slots(programs.history) * programs.slot_rows * shape.lanes
    shapes = [*_result_shapes(plan), struct((slots,), plan.step.dtype)]
    *results, kept = jax.ffi.ffi_call(FORWARD, shapes, vmap_method="expand_dims")(
        *inputs, *state, *lengths, *vectors, *matrices, program=programs.forward
    )
    wanted = tuple(perturbed[2])
    return results, _Kept(programs, wanted, vectors, matrices, inputs, lengths, kept)


def _backward(plan: Plan, kept: _Kept, gradients: list[Any]) -> tuple[Any, ...]:
    programs = kept.programs
    given = [
        jnp.zeros(g.shape, g.dtype) if isinstance(g, jax.custom_derivatives.SymbolicZero) else g
        for g in gradients
    ]
    like: Sequence[Array] = [
        *(x for x, wanted in zip(kept.inputs, kept.wanted, strict=True) if wanted),
        *given[1:],
        *(kept.vectors[number] for number in programs.vectors),
        *(kept.matrices[number] for number in programs.matrices),
    ]
    results = jax.ffi.ffi_call(
        BACKWARD,
        [struct(array.shape, array.dtype) for array in like],
        vmap_method="expand_dims",
    )(
        *kept.inputs,
        *kept.lengths,
        *kept.vectors,
        *kept.matrices,
        kept.slots,
        *given,
        program=programs.backward,
    )
    left = iter(results)
    inputs = [next(left) if wanted else None for wanted in kept.wanted]
    state = [next(left) for _ in given[1:]]
    by_vector = {number: next(left) for number in programs.vectors}
    by_matrix = {number: next(left) for number in programs.matrices}
    vectors = [by_vector.get(number) for number in range(len(kept.vectors))]
    matrices = [by_matrix.get(number) for number in range(len(kept.matrices))]
    return vectors, matrices, inputs, state, [None for _ in kept.lengths]


_call.defvjp(_forward, _backward, symbolic_zeros=True)
