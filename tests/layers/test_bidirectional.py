from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled_layers import run
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import GRUCell, LSTMCell, SimpleRNNCell
from unspool.errors import UsageError
from unspool.layers import Bidirectional, CausalLayer, Recurrent, Stack

BATCH, TIME, FEATURES, HIDDEN = 3, 6, 2, 4
KEYS = jax.random.split(jax.random.key(0), 4)

pytestmark = pytest.mark.usefixtures("float64")


def drawn(merge: Any = "concatenate", **how: Any) -> Bidirectional:
    return Bidirectional(
        Recurrent(LSTMCell(FEATURES, HIDDEN, key=KEYS[0], **how)),
        Recurrent(GRUCell(FEATURES, HIDDEN, key=KEYS[1], **how)),
        merge,
    )


def random_inputs() -> Any:
    return np.random.default_rng(1).normal(size=(BATCH, TIME, FEATURES))


def other_start(layer: Bidirectional) -> Any:
    return jax.tree.map(
        lambda leaf: (
            np.asarray(leaf) + np.arange(1.0, leaf.size + 1).reshape(leaf.shape) / leaf.size
        ),
        layer.initial_state(BATCH),
    )


MERGED = {
    "concatenate": lambda ahead, back: np.concatenate([ahead, back], axis=-1),
    "sum": lambda ahead, back: ahead + back,
    "average": lambda ahead, back: (ahead + back) / 2,
}


@pytest.mark.parametrize("lengths", [None, [6, 1, 4]])
@pytest.mark.parametrize("merge", MERGED)
def test_each_row_is_two_separate_runs_from_its_two_ends(
    merge: str, lengths: list[int] | None
) -> None:
    layer, x = drawn(merge), random_inputs()
    start = other_start(layer)
    outputs, states = run(layer, x, start, lengths)
    for row, length in enumerate(lengths or [TIME] * BATCH):
        own = slice(row, row + 1)
        alone = x[own, :length]
        forward_start, backward_start = jax.tree.map(lambda leaf, own=own: leaf[own], start)
        ahead, forward_end = run(layer.forward, alone, forward_start)
        back, backward_end = run(layer.backward, alone[:, ::-1], backward_start)
        expected = MERGED[merge](np.asarray(ahead), np.asarray(back)[:, ::-1])
        assert_allclose(outputs[own, :length], expected, rtol=1e-12)
        assert not np.asarray(outputs[row, length:]).any()
        reached = jax.tree.map(lambda leaf, own=own: leaf[own], states)
        assert jax.tree.structure(reached) == jax.tree.structure((forward_end, backward_end))
        ends = jax.tree.leaves((forward_end, backward_end))
        for found, wanted in zip(jax.tree.leaves(reached), ends, strict=True):
            assert_allclose(found, wanted, rtol=1e-12)


def test_a_row_of_no_length_keeps_both_states() -> None:
    layer = drawn()
    start = other_start(layer)
    outputs, states = run(layer, random_inputs(), start, [6, 0, 2])
    assert not np.asarray(outputs[1]).any()
    for found, before in zip(jax.tree.leaves(states), jax.tree.leaves(start), strict=True):
        assert (np.asarray(found[1]) == np.asarray(before[1])).all()


def test_what_stands_in_the_padding_changes_neither_results_nor_gradients() -> None:
    layer, lengths = drawn(), jnp.array([6, 4, 0])
    padding = np.arange(TIME) >= np.asarray(lengths)[:, None]
    zeros, nans = random_inputs(), random_inputs()
    zeros[padding], nans[padding] = 0.0, np.nan

    @jax.jit
    def differentiated(layer: Any, x: Any) -> Any:
        def loss(layer: Any, x: Any) -> Any:
            outputs, states = layer(x, lengths=lengths)
            return jnp.sum(outputs**2), (outputs, states)

        return jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)(layer, x)

    found, wanted = (jax.tree.leaves(differentiated(layer, x)) for x in (nans, zeros))
    for mine, other in zip(found, wanted, strict=True):
        assert np.isfinite(np.asarray(other)).all()
        assert (np.asarray(mine) == np.asarray(other)).all()


def test_gradients_are_those_of_small_differences() -> None:
    lengths = jnp.array([6, 4, 0])

    @jax.jit
    def compiled(layer: Any, x: Any, start: Any) -> Any:
        return layer(x, start, lengths)

    layer = drawn("sum")
    check_grads(
        compiled, (layer, random_inputs(), other_start(layer)), order=1, modes=["rev"], rtol=1e-5
    )


def test_every_output_depends_on_every_step_of_its_row() -> None:
    layer = drawn()
    jacobian = jax.jit(jax.jacrev(lambda x: layer(x)[0]))
    influence = np.asarray(jacobian(random_inputs()))  # outputs' axes, x's axes
    for row in range(BATCH):
        for step in range(TIME):
            for source in range(TIME):
                assert influence[row, step, :, row, source].any()


def test_it_has_no_step_and_its_type_says_so() -> None:
    assert not hasattr(Bidirectional, "step")
    assert not issubclass(Bidirectional, CausalLayer)
    assert issubclass(Recurrent, CausalLayer)


def test_both_layers_draw_noise_of_their_own() -> None:
    layer, x = drawn(recurrent_dropout=0.5), random_inputs()
    same = Bidirectional(layer.forward, layer.forward)
    forward_key, backward_key = jax.random.split(KEYS[2])
    outputs, _ = run(layer, x, key=KEYS[2])
    ahead, _ = run(layer.forward, x, key=forward_key)
    back, _ = run(layer.backward, x[:, ::-1], key=backward_key)
    assert_allclose(outputs, np.concatenate([ahead, back[:, ::-1]], axis=-1), rtol=1e-12)
    # On a constant input the same cell with the same mask would give the same from both ends.
    both, _ = run(same, np.ones_like(x), key=KEYS[2])
    assert np.abs(both[..., :HIDDEN] - both[:, ::-1, HIDDEN:]).max() > 1e-3


def test_in_a_stack_whole_sequences_run_and_steps_are_refused() -> None:
    lower, upper = drawn(), Recurrent(SimpleRNNCell(2 * HIDDEN, 3, key=KEYS[2]))
    stack, x, lengths = Stack([lower, upper]), random_inputs(), jnp.array([6, 1, 4])
    outputs, states = run(stack, x, lengths=lengths)
    between, lower_states = run(lower, x, lengths=lengths)
    expected, upper_state = run(upper, between, lengths=lengths)
    assert_allclose(outputs, expected, rtol=1e-12)
    for found, wanted in zip(
        jax.tree.leaves(states), jax.tree.leaves((lower_states, upper_state)), strict=True
    ):
        assert_allclose(found, wanted, rtol=1e-12)
    for nested in (stack, Stack([stack])):
        with pytest.raises(UsageError) as error:
            nested.step(x[:, 0])
        assert str(error.value) == (
            "layer 0 of the stack, Bidirectional, is not causal and has no step: "
            "call the stack on whole sequences"
        )


def test_what_does_not_fit_is_rejected() -> None:
    smaller = Recurrent(GRUCell(FEATURES, 3, key=KEYS[1]))
    layer, x = drawn("sum"), random_inputs()
    for wrong, message in (
        (lambda: drawn("product"), "merge must be one of concatenate, sum, average, got 'product'"),
        (
            lambda: Bidirectional(layer.forward, smaller, "average")(x),
            'merge="average" needs outputs of one size, got 4 forward and 3 backward',
        ),
        (
            lambda: layer(x, layer.forward.initial_state(BATCH)[0]),
            "Bidirectional takes a tuple of two states, the forward and the backward layer's, "
            "got ArrayImpl",
        ),
        (lambda: layer(x, lengths=[1, 2, 7]), "lengths must be from 0 to 6, the steps of x, got 7"),
        (
            lambda: layer(x[0]),
            "LSTMCell takes x of shape (batch, time, features), got shape (6, 2)",
        ),
    ):
        with pytest.raises(UsageError) as error:
            wrong()
        assert str(error.value).startswith(message)
