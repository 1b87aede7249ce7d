from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled_layers import one_step, run
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import CausalConvolutionCell
from unspool.errors import UsageError
from unspool.layers import CausalConvolution, Recurrent, Stack

BATCH, TIME, INPUT, OUTPUT = 3, 6, 2, 4
# Kernel size and dilation; the last one reaches further back than the sequence is long.
SIZES = [(1, 1), (2, 1), (2, 3), (3, 2), (2, 8)]
KEYS = jax.random.split(jax.random.key(0), 3)

pytestmark = pytest.mark.usefixtures("float64")


def drawn(kernel_size: int = 3, dilation: int = 2) -> CausalConvolution:
    cell = CausalConvolutionCell(
        INPUT, OUTPUT, kernel_size, dilation, activation="tanh", key=KEYS[0]
    )
    biased = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf) + 0.1), cell)
    return CausalConvolution(biased)


def random_inputs() -> Any:
    return np.random.default_rng(1).normal(size=(BATCH, TIME, INPUT))


def random_state(layer: CausalConvolution) -> Any:
    return np.random.default_rng(2).normal(size=layer.initial_state(BATCH).shape)


@pytest.mark.parametrize("lengths", [None, [6, 0, 3]])
@pytest.mark.parametrize(("kernel_size", "dilation"), SIZES)
def test_all_steps_at_once_are_its_cell_step_after_step(
    kernel_size: int, dilation: int, lengths: list[int] | None
) -> None:
    layer, x = drawn(kernel_size, dilation), random_inputs()
    for start in (None, random_state(layer)):
        outputs, state = run(layer, x, start, lengths)
        wanted, reached = run(Recurrent(layer.cell), x, start, lengths)
        assert_allclose(outputs, wanted, rtol=1e-12)
        assert (np.asarray(state) == np.asarray(reached)).all()


def test_a_run_equals_repeated_steps_and_two_halves() -> None:
    layer, x = drawn(), random_inputs()
    outputs, final = run(layer, x)
    state = None
    for time in range(TIME):
        output, state = one_step(layer, x[:, time], state)
        assert_allclose(output, outputs[:, time], rtol=1e-12)
    assert (np.asarray(state) == np.asarray(final)).all()

    first, between = run(layer, x[:, :2])
    second, end = run(layer, x[:, 2:], between)
    assert_allclose(np.concatenate([first, second], axis=1), outputs, rtol=1e-12)
    assert (np.asarray(end) == np.asarray(final)).all()


def test_padded_equals_unpadded() -> None:
    layer, x, lengths = drawn(), random_inputs(), [6, 1, 4]
    start = random_state(layer)
    outputs, state = run(layer, x, start, lengths)
    for row, length in enumerate(lengths):
        own = slice(row, row + 1)
        alone, reached = run(layer, x[own, :length], start[own])
        assert_allclose(outputs[own, :length], alone, rtol=1e-12)
        assert not np.asarray(outputs[row, length:]).any()
        assert (np.asarray(state[own]) == np.asarray(reached)).all()


def test_what_stands_in_the_padding_changes_neither_results_nor_gradients() -> None:
    layer, lengths = drawn(), jnp.array([6, 4, 0])
    padding = np.arange(TIME) >= np.asarray(lengths)[:, None]
    zeros, nans = random_inputs(), random_inputs()
    zeros[padding], nans[padding] = 0.0, np.nan

    @jax.jit
    def differentiated(layer: Any, x: Any) -> Any:
        def loss(layer: Any, x: Any) -> Any:
            outputs, state = layer(x, lengths=lengths)
            return jnp.sum(outputs**2) + jnp.sum(state**2), (outputs, state)

        return jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)(layer, x)

    found, wanted = (jax.tree.leaves(differentiated(layer, x)) for x in (nans, zeros))
    for mine, other in zip(found, wanted, strict=True):
        assert np.isfinite(np.asarray(other)).all()
        assert (np.asarray(mine) == np.asarray(other)).all()


@pytest.mark.parametrize("lengths", [None, [6, 0, 3]])
def test_gradients_are_those_of_small_differences(lengths: list[int] | None) -> None:
    layer, given = drawn(), None if lengths is None else jnp.array(lengths)

    @jax.jit
    def compiled(layer: Any, x: Any, state: Any) -> Any:
        return layer(x, state, given)

    check_grads(compiled, (layer, random_inputs(), random_state(layer)), order=1, rtol=1e-6)


def test_an_output_does_not_depend_on_what_comes_later() -> None:
    layer, x = drawn(), random_inputs()
    other = x.copy()
    other[:, 3:] += 1
    before, after = (run(layer, given)[0] for given in (x, other))
    assert (before[:, :3] == after[:, :3]).all()
    assert (before[:, 3:] != after[:, 3:]).any(axis=(0, 2)).all()


def test_under_jit_a_length_outside_the_steps_counts_as_none_or_all_of_them() -> None:
    layer, x = drawn(), random_inputs()
    start = random_state(layer)
    compiled = jax.jit(lambda x, lengths: layer(x, start, lengths))
    outside, inside = (compiled(x, jnp.array(lengths)) for lengths in ([9, -2, 3], [6, 0, 3]))
    for mine, other in zip(outside, inside, strict=True):
        assert (np.asarray(mine) == np.asarray(other)).all()


def test_dilated_layers_on_top_of_each_other_see_as_far_as_their_reaches_together() -> None:
    sizes = [INPUT, OUTPUT, OUTPUT]
    stack = Stack(
        [
            CausalConvolution(CausalConvolutionCell(size, OUTPUT, 2, dilation, key=key))
            for size, dilation, key in zip(sizes, (1, 2, 4), KEYS, strict=True)
        ]
    )
    x = np.zeros((1, 12, INPUT))
    x[0, 2] = 1
    outputs, final = run(stack, x)
    assert np.flatnonzero(np.asarray(outputs[0]).any(-1)).tolist() == list(range(2, 10))
    state = None
    for time in range(12):
        output, state = one_step(stack, x[:, time], state)
        assert_allclose(output, outputs[:, time], rtol=1e-12)
    for mine, other in zip(state, final, strict=True):
        assert_allclose(mine, other, rtol=1e-12)


def test_what_does_not_fit_is_rejected_as_in_a_recurrent_layer() -> None:
    layer, x = drawn(), random_inputs()
    for wrong, message in (
        (lambda: layer(x[..., :1]), "CausalConvolutionCell takes 2 features at each step, got 1"),
        (lambda: layer(x, jnp.zeros((BATCH, 3, INPUT))), "got float64(3, 3, 2)"),
        (lambda: layer(x, lengths=[1, 2, 7]), "got 7 in row 2"),
        (lambda: layer.step(x), "takes x of shape (batch, features), got shape (3, 6, 2)"),
    ):
        with pytest.raises(UsageError) as error:
            wrong()
        assert message in str(error.value)
