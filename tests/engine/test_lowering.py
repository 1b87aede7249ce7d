from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from engine_programs import interpret, read, source_values
from numpy.testing import assert_allclose

from unspool.engine.lowering import Lowering
from unspool.engine.operations import Operation
from unspool.engine.step import NotCovered

pytestmark = pytest.mark.usefixtures("float64")

FLOAT64 = np.dtype(np.float64)
SHAPES = ((4, 3), (3,), (2, 2, 3))


def lowered(function: Callable[..., Any], *shapes: tuple[int, ...]) -> tuple[Lowering, Any, Any]:
    lowering = Lowering(FLOAT64)
    arguments = [lowering.source("input", i, shape) for i, shape in enumerate(shapes)]
    structs = [jax.ShapeDtypeStruct(shape, FLOAT64) for shape in shapes]
    return lowering, arguments, lowering.run(jax.make_jaxpr(function)(*structs), arguments)


def listed(function: Callable[..., Any], *shapes: tuple[int, ...]) -> list[Operation]:
    lowering, _, _ = lowered(function, *shapes)
    return lowering.operations.listed


MOVED: dict[str, Callable[..., Any]] = {
    "transposed": lambda a, v, c: jnp.transpose(c, (2, 0, 1)),
    "cut": lambda a, v, c: a[3:0:-2, 1:],
    "strided": lambda a, v, c: jax.lax.slice(a, (0, 0), (4, 3), (3, 2)),
    "reversed": lambda a, v, c: c[:, ::-1, ::-1],
    "spread": lambda a, v, c: jnp.broadcast_to(v, (2, 4, 3)),
    "spread along a middle axis": lambda a, v, c: jnp.broadcast_to(a[:, None], (4, 2, 3)),
    "put together": lambda a, v, c: jnp.concatenate([a, v[None], c[0]], axis=0),
    "stacked": lambda a, v, c: jnp.stack([v, a[0]], axis=1),
    "taken apart": lambda a, v, c: jnp.split(a, [1, 3])[1],
    "padded": lambda a, v, c: jax.lax.pad(a, 5.0, ((1, 2, 1), (-1, 3, 0))),
    "padded with less than it has": lambda a, v, c: jax.lax.pad(a, 5.0, ((-1, -1, 2), (0, -2, 1))),
    "rearranged": lambda a, v, c: c.reshape(3, 4).T.ravel(),
    "squeezed": lambda a, v, c: jnp.squeeze(a[:1], 0),
}
COMPUTED: dict[str, Callable[..., Any]] = {
    "sums": lambda a, v, c: jnp.sum(c, axis=(0, 2)) + jnp.max(a) - jnp.min(v),
    "products of what varies": lambda a, v, c: a @ v,
    "products with axes side by side": lambda a, v, c: jnp.einsum("bij,bkj->bik", c, c),
    "outer products": lambda a, v, c: jnp.outer(v, a),
    "powers": lambda a, v, c: v**5 + v**-2 + jnp.abs(v) ** 0.5 + jnp.abs(v) ** -0.5 + v**0,
    "a clip": lambda a, v, c: jnp.clip(a, -0.3, 0.4),
    "choices": lambda a, v, c: jnp.where((v > 0) & ~(v > 0.5) | (v < -1), v, -v),
    "signs": lambda a, v, c: jnp.sign(v) * jnp.abs(v),
    "truths as numbers": lambda a, v, c: (v > 0).astype(v.dtype) * 2,
    "a stop": lambda a, v, c: jax.lax.stop_gradient(v) * v,
    "relu and its like": lambda a, v, c: jax.nn.relu(v) + jax.nn.softplus(v) + jax.nn.elu(v),
    "its own gradient": lambda a, v, c: jax.grad(lambda v: jnp.sum(jnp.tanh(jnp.exp(a @ v))))(v),
    "gradients of gates": lambda a, v, c: jax.grad(
        lambda v: jnp.sum(jax.nn.sigmoid(v) * jnp.tanh(v))
    )(v),
    "constants": lambda a, v, c: v * np.array([1.0, 0.0, 3.0]) + np.array([0.0, 1.0, 1.0]) + 2.0,
    "numbers of numbers": lambda a, v, c: v * ((jnp.zeros(3) + 2) * 3 - 1),
}


def assert_same(function: Callable[..., Any]) -> None:
    lowering, arguments, (result,) = lowered(function, *SHAPES)
    values = source_values(lowering.operations, 0)
    arrays = [
        read(values, rows).reshape(shape) for rows, shape in zip(arguments, SHAPES, strict=True)
    ]
    after = interpret(lowering.operations.listed, values)
    wanted = np.asarray(function(*map(jnp.asarray, arrays)))
    assert result.shape == wanted.shape
    assert_allclose(read(after, result).reshape(wanted.shape), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", MOVED)
def test_what_only_moves_costs_nothing(name: str) -> None:
    assert listed(MOVED[name], *SHAPES) == []
    assert_same(MOVED[name])


@pytest.mark.parametrize("name", COMPUTED)
def test_operations_give_what_jax_gives(name: str) -> None:
    assert_same(COMPUTED[name])


def test_the_same_is_computed_once() -> None:
    found = listed(lambda v: jnp.tanh(v[:2]) * jnp.tanh(v[:2] + 0.0), (3,))
    assert [operation.name for operation in found] == ["tanh", "mul"]


def test_times_one_and_plus_zero_are_nothing_also_in_part() -> None:
    assert listed(lambda v: v * 1.0 + 0.0 - 0.0, (3,)) == []
    (found,) = listed(lambda v: v * np.array([1.0, 2.0, 1.0]), (3,))
    assert (found.name, found.rows) == ("mul", 1)


@pytest.mark.parametrize(
    ("function", "name"),
    [(jnp.tanh, "tanh_gradient"), (jax.nn.sigmoid, "logistic_gradient")],
)
def test_the_gradient_of_a_gate_is_one_operation(function: Any, name: str) -> None:
    found = listed(lambda v, g: jax.vjp(function, v)[1](g)[0], (3,), (3,))
    assert name in [operation.name for operation in found]
    assert_same(lambda a, v, c: jax.vjp(function, v)[1](a[0])[0])


REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "sin": (jnp.sin, "the primitive 'sin'"),
    "sort": (jnp.sort, "the primitive 'sort'"),
    "cumsum": (jnp.cumsum, "the primitive 'cumsum'"),
    "pow": (lambda v: 2.0**v, "the primitive 'pow' with such an exponent"),
    "float32": (lambda v: v.astype(jnp.float32), "a conversion from float64 to float32"),
    "whole numbers": (lambda v: v.astype(jnp.int32), "a conversion from float64 to int32"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_covered_is_named(name: str) -> None:
    function, reason = REFUSED[name]
    with pytest.raises(NotCovered) as error:
        lowered(function, (3,))
    assert str(error.value) == reason


def test_a_program_that_is_too_long_is_not_covered() -> None:
    def function(v: Any) -> Any:
        for _ in range(2001):
            v = jnp.tanh(v)
        return v

    with pytest.raises(NotCovered, match="a step of more than 2000 operations"):
        lowered(function, (3,))
