from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from unspool.engine.step import MOST_PRODUCTS, NotCovered, Step, trace

pytestmark = pytest.mark.usefixtures("float64")


def struct(*shape: int, dtype: Any = np.float64) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, dtype)


FOUR = (struct(4),)


def traced(step: Callable[..., Any], *parameters: jax.ShapeDtypeStruct, state: Any = FOUR) -> Step:
    """The trace of `step(parameters, x, *state) -> (output, *next state)` with x (3,)."""

    def flat(own: Sequence[Any], inputs: Sequence[Any], before: Sequence[Any]) -> Any:
        output, *following = step(own, inputs[0], *before)
        return output, *following

    return trace(flat, parameters, [struct(3)], state)


def names(found: Step) -> set[str]:
    return {equation.primitive.name for equation in found.joint.jaxpr.eqns}


def test_what_depends_on_parameters_alone_is_not_in_the_loop() -> None:
    found = traced(lambda p, x, h: (x[0] + jnp.exp(p[0]), h), struct(4))
    assert "exp" not in names(found)
    parameters = [jnp.arange(4.0)]
    (vector,), matrices = found.prelude(parameters)
    assert_allclose(vector, np.exp(np.arange(4)))
    assert matrices == []


def test_a_matrix_is_split_before_the_loop_and_its_products_are_numbered() -> None:
    def step(p: Any, x: Any, h: Any) -> Any:
        upper, lower = jnp.split(p[0], 2)
        return upper @ h, jnp.tanh(lower @ (h * 2) + upper @ h)

    found = traced(step, struct(8, 4))
    assert found.matrices == ((4, 4), (4, 4))
    assert sorted(found.products) == [0, 0, 1]
    weight = np.arange(32.0).reshape(8, 4)
    vectors, matrices = found.prelude([jnp.asarray(weight)])
    assert vectors == []
    halves = [weight[:4], weight[4:]]
    assert_array_equal(matrices, halves if found.products[0] == 0 else halves[::-1])


def test_a_matrix_and_its_transpose_are_each_numbered_once() -> None:
    found = traced(lambda p, x, h: (p[0].T @ (p[0] @ h), p[0] @ (p[0] @ h)), struct(4, 4))
    assert len(found.matrices) == 2
    (first, second) = found.prelude([jnp.arange(16.0).reshape(4, 4)])[1]
    assert_array_equal(first, second.T)


def test_a_matrix_that_is_used_otherwise_too_is_also_a_vector() -> None:
    found = traced(lambda p, x, h: (p[0] @ x + p[0][:, 0] * h, h), struct(4, 3))
    assert len(found.matrices) == 1
    assert [vector.shape for vector in found.vectors] == [(4,)]


def test_a_matrix_times_a_matrix_is_a_product_for_each_column() -> None:
    found = traced(
        lambda p, x, h: (p[0] @ h, h @ p[1]), struct(2, 4), struct(5, 5), state=[struct(4, 5)]
    )
    assert found.matrices == ((2, 4), (5, 5))
    assert found.products == (0,) * 5 + (1,) * 4


def test_the_joint_program_gives_results_what_was_multiplied_and_gradients() -> None:
    found = traced(lambda p, x, h: (jnp.tanh(p[0] * h), h + p[1] @ x), struct(4), struct(4, 3))
    arguments = len(found.vectors) + 1 + 1 + 1 + 2  # vector, input, state, tap, two gradients
    assert len(found.joint.jaxpr.invars) == arguments
    shapes = [aval.shape for aval in found.joint.out_avals]
    #          output, state, multiplied; gradients of the vector, the input, the state, the tap
    assert shapes == [(4,), (4,), (3,), (4,), (3,), (4,), (4,)]


@pytest.mark.parametrize(
    ("step", "state", "reason"),
    [
        (lambda p, x, h: (x, h[:2]), [struct(4)], "changes the shape or the type of its state"),
        (lambda p, x, h: (x > 0, h), [struct(4)], "the output is bool, the inputs are float64"),
        (lambda p, x, h: (x, h + 1), [struct(4, dtype=np.int32)], "are of different types"),
        (lambda p, x, h: (x, h), [struct(4, dtype=np.float32)], "float32, float64"),
    ],
)
def test_what_the_engine_cannot_run_is_said_in_words(step: Any, state: Any, reason: str) -> None:
    with pytest.raises(NotCovered) as error:
        traced(step, state=state)
    assert reason in str(error.value)


def test_half_precision_is_not_covered() -> None:
    half = struct(3, dtype=np.float16)
    with pytest.raises(NotCovered, match="float16, not float32 or float64"):
        trace(lambda p, x, s: (x[0], s[0]), [], [half], [half])


def test_a_step_with_too_many_products_is_not_covered() -> None:
    def step(p: Any, x: Any, h: Any) -> Any:
        return h, sum((own @ h for own in p), jnp.zeros(4))

    most = [struct(4, 4)] * MOST_PRODUCTS
    assert len(traced(step, *most).products) == MOST_PRODUCTS
    with pytest.raises(NotCovered, match=f"more than {MOST_PRODUCTS} products"):
        traced(step, *most, struct(4, 4))
