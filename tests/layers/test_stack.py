from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled_layers import one_step, run
from numpy.testing import assert_allclose

from unspool.cells import Cell, GRUCell, LSTMCell
from unspool.errors import UsageError
from unspool.layers import Convolution, Recurrent, Stack

BATCH, TIME, FEATURES = 4, 6, 3
KEYS = jax.random.split(jax.random.key(0), 3)


def two_layers(dropout: float = 0.0) -> Stack:
    lower, upper = LSTMCell(FEATURES, 5, key=KEYS[0]), GRUCell(5, 4, key=KEYS[1])
    return Stack([Recurrent(lower), Recurrent(upper)], dropout=dropout)


def random_inputs() -> jax.Array:
    return jnp.asarray(np.random.default_rng(2).normal(size=(BATCH, TIME, FEATURES)))


def assert_trees_close(found: Any, wanted: Any, rtol: float = 1e-12) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        assert_allclose(a, b, rtol=rtol)


@pytest.mark.usefixtures("float64")
def test_each_layer_reads_the_outputs_of_the_one_below() -> None:
    stack, x, lengths = two_layers(), random_inputs(), jnp.array([6, 1, 0, 3])
    lower, lower_state = run(stack.layers[0], x, lengths=lengths)
    upper, upper_state = run(stack.layers[1], lower, lengths=lengths)
    assert_trees_close(run(stack, x, lengths=lengths), (upper, (lower_state, upper_state)))


@pytest.mark.usefixtures("float64")
def test_a_run_equals_repeated_steps_and_two_halves() -> None:
    stack, x = two_layers(), random_inputs()
    outputs, final = run(stack, x)
    state = None
    for time in range(TIME):
        output, state = one_step(stack, x[:, time], state)
        assert_allclose(output, outputs[:, time], rtol=1e-12)
    assert_trees_close(state, final)

    first, between = run(stack, x[:, :2])
    second, end = run(stack, x[:, 2:], between)
    assert_allclose(np.concatenate([first, second], axis=1), outputs, rtol=1e-12)
    assert_trees_close(end, final)


@pytest.mark.usefixtures("float64")
def test_padded_equals_unpadded_through_every_layer() -> None:
    stack, x = two_layers(), random_inputs()
    lengths = [6, 1, 3, 5]
    outputs, state = run(stack, x, lengths=lengths)
    for row, length in enumerate(lengths):
        alone, own_state = run(stack, np.asarray(x)[row : row + 1, :length])
        assert_allclose(outputs[row, :length], alone[0], rtol=1e-12)
        assert_trees_close(
            jax.tree.map(lambda leaf, row=row: leaf[row : row + 1], state), own_state
        )


def test_without_a_key_nothing_is_dropped() -> None:
    x = random_inputs()
    assert_trees_close(run(two_layers(dropout=0.5), x), run(two_layers(), x), rtol=0)


def test_in_inference_mode_nothing_is_dropped_even_with_a_key() -> None:
    x, stack = random_inputs(), eqx.nn.inference_mode(two_layers(dropout=0.5))
    assert_trees_close(run(stack, x, key=KEYS[2]), run(two_layers(), x), rtol=0)


class PassedOn(Cell):
    """Its output is its input; its state is the sum of all that it was given."""

    def initial_state(self):
        return jnp.zeros(())

    def __call__(self, x, state):
        return x, state + x.sum()


def test_dropout_acts_between_the_layers_and_nowhere_else() -> None:
    x = jnp.ones((8, 20, 50))
    stack = Stack([Recurrent(PassedOn()), Recurrent(PassedOn())], dropout=0.25)
    outputs, (lower, upper) = run(stack, x, key=KEYS[1])
    # The lower layer has seen everything; the upper one zeros and 1 / 0.75, a quarter of it zeros.
    assert (np.asarray(lower) == 20 * 50).all()
    assert set(np.unique(outputs)) == {np.float32(0), np.float32(1 / 0.75)}
    assert np.mean(np.asarray(outputs) == 0) == pytest.approx(0.25, abs=0.02)
    assert_allclose(upper, outputs.sum((1, 2)), rtol=1e-5)


def test_dropout_is_drawn_anew_for_every_step_row_layer_and_key() -> None:
    x = jnp.ones((8, 20, 50))
    stack = Stack([Recurrent(PassedOn())] * 3, dropout=0.5)
    kept, again, other = (run(stack, x, key=key)[0] > 0 for key in (KEYS[1], KEYS[1], KEYS[2]))
    # Twice a half is kept; were it the same half both times, that would be a half.
    assert kept.mean() == pytest.approx(0.25, abs=0.02)
    assert (kept[:, 0] != kept[:, 1]).any()
    assert (kept[0] != kept[1]).any()
    assert (kept == again).all()
    assert (kept != other).any()


def fused(stack: Stack, **how: Any) -> int:
    """How many runs over time a call of the stack makes."""
    program = str(jax.make_jaxpr(lambda x: stack(x, **how))(random_inputs()))
    return program.count("name=fused") + program.count("name=unroll")


def test_small_recurrent_layers_run_as_one_in_training_too_unless_something_is_drawn() -> None:
    noisy = Stack(
        [
            Recurrent(LSTMCell(FEATURES, 5, recurrent_dropout=0.5, key=KEYS[0])),
            Recurrent(GRUCell(5, 4, key=KEYS[1])),
        ]
    )
    assert fused(two_layers()) == fused(two_layers(), key=KEYS[0]) == fused(noisy) == 1
    assert fused(two_layers(dropout=0.1), key=KEYS[0]) == fused(noisy, key=KEYS[0]) == 2


@pytest.mark.usefixtures("float64")
def test_a_key_without_anything_random_changes_nothing() -> None:
    stack, x, lengths = two_layers(), random_inputs(), jnp.array([6, 1, 0, 3])
    assert_trees_close(run(stack, x, lengths=lengths, key=KEYS[0]), run(stack, x, lengths=lengths))


def test_lengths_are_those_that_each_layer_makes_of_them() -> None:
    strided = Convolution(FEATURES, 5, 2, stride=2, key=KEYS[0])
    stack = Stack(
        [strided, Recurrent(GRUCell(5, 4, key=KEYS[1])), Convolution(4, 4, 2, key=KEYS[2])]
    )
    lengths = jnp.array([6, 1, 0, 4])
    assert stack.output_lengths(lengths).tolist() == [2, 0, 0, 1]
    outputs, _ = run(stack, random_inputs(), lengths=lengths)
    assert outputs.shape == (BATCH, 2, 4)
    assert np.asarray(outputs).any(axis=-1).tolist() == [[1, 1], [0, 0], [0, 0], [1, 0]]


def test_it_compiles_and_differentiates_with_dropout() -> None:
    stack, x = two_layers(dropout=0.3), random_inputs()

    def loss(stack: Stack, x: Any, key: Any) -> Any:
        return jnp.mean(stack(x, key=key)[0] ** 2)

    plain = eqx.filter_grad(loss)(stack, x, KEYS[2])
    compiled = eqx.filter_jit(eqx.filter_grad(loss))(stack, x, KEYS[2])
    leaves = jax.tree.leaves(eqx.filter(compiled, eqx.is_array))
    assert len(leaves) == 7
    for found, wanted in zip(leaves, jax.tree.leaves(plain), strict=True):
        assert_allclose(found, wanted, rtol=1e-3, atol=1e-6)
        assert np.asarray(found).any()


@pytest.mark.usefixtures("float64")
def test_without_a_key_it_may_be_an_argument_of_plain_jit() -> None:
    stack, x = two_layers(dropout=0.3), random_inputs()
    assert_trees_close(jax.jit(lambda stack, x: stack(x))(stack, x), stack(x))


@pytest.mark.parametrize("dropout", [-0.1, 1.0, 1.5])
def test_a_dropout_that_is_no_share_is_rejected(dropout: float) -> None:
    with pytest.raises(UsageError) as error:
        two_layers(dropout=dropout)
    assert str(error.value) == f"dropout must be at least 0 and below 1, got {dropout}"


def test_a_stack_of_nothing_is_rejected() -> None:
    with pytest.raises(UsageError, match=r"^a stack needs at least one layer, got none$"):
        Stack([])


@pytest.mark.parametrize(("count", "got"), [(1, "tuple of 1"), (3, "tuple of 3")])
def test_a_state_for_another_number_of_layers_is_rejected(count: int, got: str) -> None:
    state = (None,) * count
    with pytest.raises(UsageError) as error:
        two_layers()(random_inputs(), state)
    assert str(error.value) == f"a stack of 2 layers takes a tuple with a state for each, got {got}"


def test_layers_whose_sizes_do_not_meet_are_rejected_where_they_meet() -> None:
    stack = Stack([Recurrent(GRUCell(3, 5, key=KEYS[0])), Recurrent(LSTMCell(4, 2, key=KEYS[1]))])
    with pytest.raises(UsageError, match="LSTMCell takes 4 features at each step, got 5"):
        stack(random_inputs())
