from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled_layers import one_step, run
from numpy.testing import assert_allclose

from unspool.cells import Cell, GRUCell, LSTMCell, LSTMState
from unspool.errors import UsageError
from unspool.layers import Recurrent

BATCH, TIME, FEATURES = 3, 6, 3
KEY = jax.random.key(0)


def random_inputs() -> jax.Array:
    return jnp.asarray(np.random.default_rng(1).normal(size=(BATCH, TIME, FEATURES)))


def assert_trees_close(found: Any, wanted: Any, rtol: float) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        assert_allclose(a, b, rtol=rtol, atol=rtol)


@pytest.mark.usefixtures("float64")
def test_a_run_equals_repeated_steps(cell: Any) -> None:
    layer, x = Recurrent(cell), random_inputs()
    outputs, final = run(layer, x)
    state = None
    for time in range(TIME):
        output, state = one_step(layer, x[:, time], state)
        assert_allclose(output, outputs[:, time], rtol=1e-12)
    assert_trees_close(state, final, rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_two_halves_with_the_state_handed_over_equal_the_whole(cell: Any) -> None:
    layer, x = Recurrent(cell), random_inputs()
    outputs, final = run(layer, x)
    first, between = run(layer, x[:, :2])
    second, end = run(layer, x[:, 2:], between)
    assert_allclose(jnp.concatenate([first, second], axis=1), outputs, rtol=1e-12)
    assert_trees_close(end, final, rtol=1e-12)


def test_no_steps_give_no_outputs_and_the_state_that_came_in() -> None:
    layer = Recurrent(LSTMCell(FEATURES, 4, key=KEY))
    before = jax.tree.map(lambda leaf: leaf + 0.5, layer.initial_state(BATCH))
    outputs, state = layer(random_inputs()[:, :0], before)
    assert outputs.shape == (BATCH, 0, 4)
    assert_trees_close(state, before, rtol=0)


def test_it_starts_each_row_from_the_cells_initial_state(cell: Any) -> None:
    layer = Recurrent(cell)
    for batched, single in zip(
        jax.tree.leaves(layer.initial_state(BATCH)),
        jax.tree.leaves(cell.initial_state()),
        strict=True,
    ):
        assert batched.shape == (BATCH, *single.shape)
        assert (np.asarray(batched) == np.asarray(single)).all()


def test_compiled_it_gives_what_it_gives_uncompiled(cell: Any) -> None:
    layer, x, lengths = Recurrent(cell), random_inputs(), jnp.array([6, 2, 4])
    compiled = eqx.filter_jit(lambda layer, x, lengths: layer(x, lengths=lengths))
    assert_trees_close(compiled(layer, x, lengths), layer(x, lengths=lengths), rtol=1e-5)


def test_many_layers_at_once_are_each_of_them(make_cell: Callable[..., Cell]) -> None:
    """`vmap` over the weights, as an ensemble does, with lengths and a gradient inside."""
    keys, x, lengths = jax.random.split(KEY, 2), random_inputs(), jnp.array([6, 2, 4])

    @eqx.filter_jit
    def differentiated(layer: Recurrent) -> Any:
        def loss(layer: Recurrent) -> Any:
            outputs, state = layer(x, lengths=lengths)
            return jnp.sum(outputs**2), (outputs, state)

        return eqx.filter_grad(loss, has_aux=True)(layer)

    each = [Recurrent(make_cell(key)) for key in keys]
    arrays, rest = eqx.partition(each, eqx.is_array)
    layers = eqx.combine(jax.tree.map(lambda *own: jnp.asarray(np.stack(own)), *arrays), rest[0])

    together = eqx.filter_jit(eqx.filter_vmap(differentiated, axis_size=len(keys)))(layers)
    for position, layer in enumerate(each):
        own = jax.tree.map(lambda leaf, at=position: leaf[at], eqx.filter(together, eqx.is_array))
        alone = differentiated(layer)
        assert_trees_close(own, eqx.filter(alone, eqx.is_array), rtol=1e-4)


def test_plain_numbers_and_lists_are_taken_too() -> None:
    layer, x = Recurrent(GRUCell(FEATURES, 4, key=KEY)), random_inputs()
    found = layer(np.asarray(x), lengths=[6, 2, 4])
    assert_trees_close(found, layer(x, lengths=jnp.array([6, 2, 4])), rtol=0)


def rejected(call: Callable[[], Any]) -> str:
    with pytest.raises(UsageError) as error:
        call()
    message = str(error.value)
    assert "\n" not in message
    return message


GRU = Recurrent(GRUCell(FEATURES, 4, key=KEY))
LSTM = Recurrent(LSTMCell(1, 4, key=KEY))


def test_a_wrong_number_of_features_is_rejected_with_both_numbers() -> None:
    assert rejected(lambda: GRU(jnp.zeros((2, 5, 4)))) == (
        "GRUCell takes 3 features at each step, got 4: x of shape (2, 5, 4)"
    )
    assert rejected(lambda: LSTM.step(jnp.zeros((2, 4)))) == (
        "LSTMCell takes 1 feature at each step, got 4: x of shape (2, 4)"
    )


def test_a_missing_axis_is_rejected_with_the_axes_that_there_must_be() -> None:
    assert rejected(lambda: GRU(jnp.zeros((5, 3)))) == (
        "GRUCell takes x of shape (batch, time, features), got shape (5, 3)"
    )
    assert rejected(lambda: GRU.step(jnp.zeros((2, 5, 3)))) == (
        "GRUCell takes x of shape (batch, features), got shape (2, 5, 3)"
    )


def test_lengths_that_do_not_fit_are_rejected_by_row() -> None:
    x = jnp.zeros((2, 5, 3))
    assert rejected(lambda: GRU(x, lengths=[5])) == "lengths must have the shape (2,), got (1,)"
    assert rejected(lambda: GRU(x, lengths=[1.0, 2.0])) == (
        "lengths must be whole numbers, got float32"
    )
    assert rejected(lambda: GRU(x, lengths=[5, 6])) == (
        "lengths must be from 0 to 5, the steps of x, got 6 in row 1"
    )
    assert rejected(lambda: GRU(x, lengths=[-1, 5])) == (
        "lengths must be from 0 to 5, the steps of x, got -1 in row 0"
    )


def test_a_state_that_is_not_the_cells_is_rejected_with_both() -> None:
    x = jnp.zeros((2, 5, 1))
    assert rejected(lambda: LSTM(x, LSTMState(jnp.zeros((1, 4)), jnp.zeros((2, 4))))) == (
        "LSTMCell has a state of float32(2, 4), float32(2, 4) here, "
        "got float32(1, 4), float32(2, 4)"
    )
    message = rejected(lambda: LSTM(x, jnp.zeros((2, 4))))
    assert message.startswith("LSTMCell has a state of the structure PyTreeDef(")
    assert message.endswith(", got PyTreeDef(*)")


class Forgetful(Cell):
    """Returns another kind of state than it starts from."""

    wrong: str

    def initial_state(self):
        return jnp.zeros(4)

    def __call__(self, x, state):
        return x, {"shape": state[:2], "type": state > 0, "structure": (state, state)}[self.wrong]


@pytest.mark.parametrize(
    ("wrong", "from_", "to"),
    [
        ("shape", "float32(2, 4)", "float32(2, 2)"),
        ("type", "float32(2, 4)", "bool(2, 4)"),
        ("structure", "the structure PyTreeDef(*)", "PyTreeDef((*, *))"),
    ],
)
def test_a_cell_whose_state_changes_its_kind_is_rejected(wrong: str, from_: str, to: str) -> None:
    found = rejected(lambda: Recurrent(Forgetful(wrong))(jnp.zeros((2, 5, 3))))
    on = "" if wrong == "structure" else " on float32"
    assert found == f"Forgetful starts from a state of {from_}, but its step{on} returns {to}"
