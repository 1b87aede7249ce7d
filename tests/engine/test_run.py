"""The engine against its definition, `lax.scan` over the same cell."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from engine_forms import (
    FEATURES,
    FORMS,
    MOST_ROWS,
    MOST_STEPS,
    Form,
    cast,
    cotangents,
    expected,
    fused,
    fused_with_gradients,
    scan_with_gradients,
    with_gradients,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads
from numpy.testing import assert_array_equal

from unspool import engine
from unspool.cells import SimpleRNNCell
from unspool.engine import together
from unspool.layers.scan import scan

pytestmark = pytest.mark.usefixtures("float64", "quick_compiling")

# Errors are measured against the largest number of their array: sums of numbers of both signs have
# no relative accuracy of their own.
FLOAT64 = 1e-10
FLOAT32 = 16 * float(np.finfo(np.float32).eps)  # times the number of steps


def assert_close(found: Any, wanted: Any, tolerance: float, floor: float = 1e-30) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    leaves, _ = jax.tree.flatten_with_path(found)
    for (path, mine), other in zip(leaves, jax.tree.leaves(wanted), strict=True):
        assert mine.shape == other.shape
        if mine.size:
            error = np.abs(np.asarray(mine, np.float64) - np.asarray(other)).max()
            bound = tolerance * max(np.abs(np.asarray(other)).max(), floor)
            assert error <= bound, f"{jax.tree_util.keystr(path)}: {error} > {bound}"


def problem(form: Form, seed: int, batch: int, time: int, scale: float) -> Any:
    random = np.random.default_rng(seed)
    inputs, state = form.inputs(random, batch, time, scale), form.state(random, batch, scale)
    return (form.cell, inputs, state), cotangents(form, inputs, state, random)


@pytest.mark.parametrize("name", FORMS)
def test_few_sequences_are_run_each_alone(name: str) -> None:
    form = FORMS[name]
    arguments, given = problem(form, 1, 3, 6, 1.0)
    plan = engine.plan(*arguments, has_lengths=True)
    assert isinstance(plan, engine.Plan), plan
    assert plan.shape.lanes == 1
    lengths = np.array([4, 0, 6], np.int32)
    found = fused_with_gradients(arguments, lengths, given)
    assert_close(found, expected(form, arguments, lengths, given), FLOAT64)


@pytest.mark.parametrize("batch", [19, 1], ids=["lanes", "alone"])
@pytest.mark.parametrize("name", FORMS)
def test_products_with_inputs_may_be_computed_for_some_steps_at_once(
    name: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "pays", lambda size, lanes: True)
    # Enough for a lane to each sequence: such steps are of one.
    monkeypatch.setattr("os.cpu_count", lambda: MOST_ROWS)
    form = FORMS[name]
    arguments, given = problem(form, 2, batch, MOST_STEPS, 1.0)
    lengths = np.array([8, 6, 0, 5, *[8] * 15][:batch], np.int32)
    found = fused_with_gradients(arguments, lengths, given)
    assert_close(found, expected(form, arguments, lengths, given), FLOAT64)


@pytest.mark.parametrize("steps", [MOST_STEPS, 0], ids=["whole", "empty"])
def test_a_lane_has_room_for_all_that_it_takes(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    form = FORMS["lstm"]
    arguments, given = problem(form, 3, MOST_ROWS, MOST_STEPS, 1.0)
    plan = engine.plan(*arguments, has_lengths=True)
    assert isinstance(plan, engine.Plan), plan
    assert 3 * plan.shape.blocks * plan.shape.lanes < MOST_ROWS
    lengths = np.full(MOST_ROWS, steps, np.int32)
    found = fused_with_gradients(arguments, lengths, given)
    assert_close(found, expected(form, arguments, lengths, given), FLOAT64)


@pytest.mark.parametrize("name", FORMS)
def test_results_and_all_gradients_are_those_of_scan(name: str) -> None:
    form = FORMS[name]
    arguments, given = problem(form, 0, 19, 6, 1.0)
    lengths = np.array([6, 0, 3, 1, 6, 5, 2, *[6] * 12], np.int32)
    wanted = expected(form, arguments, lengths, given)
    assert any(np.asarray(leaf).any() for leaf in jax.tree.leaves(wanted[1][0])), "no gradients"
    found = fused_with_gradients(arguments, lengths, given)
    assert_close(found, wanted, FLOAT64)

    past = np.arange(6) >= lengths[:, None]

    def with_nan(leaf: np.ndarray) -> np.ndarray:
        return np.where(past.reshape(*past.shape, *[1] * (leaf.ndim - 2)), np.nan, leaf)

    cell, inputs, state = arguments
    unclean = cell, jax.tree.map(with_nan, inputs), state
    dirty = given[0].copy()
    dirty[past] = np.nan
    again = fused_with_gradients(unclean, lengths, (dirty, given[1]))
    for one, other in zip(jax.tree.leaves(again), jax.tree.leaves(found), strict=True):
        assert_array_equal(one, other)


sizes = {
    "name": st.sampled_from(sorted(FORMS)),
    "batch": st.integers(1, MOST_ROWS),
    "time": st.integers(1, MOST_STEPS),
    "scale": st.sampled_from([1.0, 1e-6, 30.0]),
    "with_lengths": st.booleans(),
    "seed": st.integers(0, 2**31),
}


def random_lengths(with_lengths: bool, batch: int, time: int, seed: int) -> np.ndarray | None:
    random = np.random.default_rng(seed)
    return random.integers(0, time + 1, batch).astype(np.int32) if with_lengths else None


@settings(max_examples=30, deadline=None, derandomize=True)
@given(**sizes)
def test_they_are_so_for_any_sizes_to_the_accuracy_of_float64(
    name: str, batch: int, time: int, scale: float, with_lengths: bool, seed: int
) -> None:
    arguments, given = problem(FORMS[name], seed, batch, time, scale)
    lengths = random_lengths(with_lengths, batch, time, seed)
    found = fused_with_gradients(arguments, lengths, given)
    every = np.full(batch, time) if lengths is None else lengths
    assert_close(found, expected(FORMS[name], arguments, every, given), FLOAT64)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(**sizes)
def test_they_are_so_for_any_sizes_to_the_accuracy_of_float32(
    name: str, batch: int, time: int, scale: float, with_lengths: bool, seed: int
) -> None:
    """Within 16 times eps for each step of what float64 makes of the same numbers.

    Of the array's largest number, or of the inputs' scale: the slope of a gate near its end, such
    as 1 - tanh^2, is the small rest of numbers near 1.
    """
    arguments, given = cast(problem(FORMS[name], seed, batch, time, scale), np.float32)
    lengths = random_lengths(with_lengths, batch, time, seed)
    found = fused_with_gradients(arguments, lengths, given)
    assert {leaf.dtype for leaf in jax.tree.leaves(found)} == {np.dtype(np.float32)}
    every = np.full(batch, time) if lengths is None else lengths
    assert_close(found, expected(FORMS[name], arguments, every, given), FLOAT32 * time, scale)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(features=st.integers(1, 40), hidden=st.integers(1, 70), batch=st.integers(1, 20))
def test_they_are_so_for_matrices_of_any_size(features: int, hidden: int, batch: int) -> None:
    random = np.random.default_rng(hidden)
    cell = eqx.filter_eval_shape(SimpleRNNCell, features, hidden, key=jax.random.key(0))
    cell = jax.tree.map(lambda leaf: random.normal(size=leaf.shape) / hidden**0.5, cell)
    shapes = (batch, 4, features), (batch, hidden), (batch, 4, hidden), (batch, hidden)
    inputs, state, *given = (random.normal(size=shape) for shape in shapes)
    arguments = (cell, inputs, state)
    wanted = scan_with_gradients(arguments, None, tuple(given))
    assert_close(fused_with_gradients(arguments, None, tuple(given)), wanted, FLOAT64)


@pytest.mark.parametrize(("batch", "time"), [(0, 4), (4, 0), (0, 0)])
def test_nothing_to_do_is_done(batch: int, time: int) -> None:
    arguments, given = problem(FORMS["lstm"], 0, batch, time, 1.0)
    found = fused_with_gradients(arguments, None, given)
    assert_close(found, expected(FORMS["lstm"], arguments, np.full(batch, time), given), 0.0)
    (outputs, _), (of_cell, _, of_state) = found
    assert outputs.shape == (batch, time, 7)
    assert not any(leaf.any() for leaf in jax.tree.leaves(of_cell))
    if time == 0:
        assert_array_equal(of_state.memory, given[1].memory)


@pytest.mark.parametrize("name", ["gru with dropout", "bookkeeper"])
def test_gradients_are_those_of_small_differences(name: str) -> None:
    arguments, _ = problem(FORMS[name], 3, 3, 4, 1.0)
    cell, inputs, state = jax.tree.map(jnp.asarray, arguments)
    lengths = jnp.array([4, 2, 0])
    run = jax.jit(lambda *own: fused(*own, lengths))
    check_grads(run, (cell, inputs, state), order=1, modes=["rev"], rtol=1e-6)


def test_padded_equals_unpadded_to_the_last_bit() -> None:
    (cell, inputs, state), given = problem(FORMS["lstm"], 0, 4, 7, 1.0)
    lengths = np.full(4, 5, np.int32)
    padded, (of_cell, of_inputs, of_state) = fused_with_gradients(
        (cell, inputs, state), lengths, given
    )
    own = (given[0][:, :5], given[1])
    unpadded, gradients = fused_with_gradients((cell, inputs[:, :5], state), None, own)
    found = (padded[0][:, :5], padded[1]), (of_cell, of_inputs[:, :5], of_state)
    for one, other in zip(
        jax.tree.leaves(found), jax.tree.leaves((unpadded, gradients)), strict=True
    ):
        assert_array_equal(one, other)


@pytest.mark.parametrize(
    "name", ["lstm, peephole, layer norm", "fast weights", "tied", "causal convolution"]
)
def test_recomputing_gives_the_same_results(name: str) -> None:
    arguments, given = problem(FORMS[name], 0, 11, 5, 1.0)
    lengths = random_lengths(True, 11, 5, 0)
    recomputing = with_gradients(lambda *own: fused(*own, recompute=True))
    found = recomputing(arguments, lengths, given)
    assert_close(found, fused_with_gradients(arguments, lengths, given), 1e-14)


def test_only_what_is_asked_for_is_differentiated() -> None:
    """Each gradient by itself is what it is among all of them."""
    (cell, inputs, state), given = problem(FORMS["minimal gated unit"], 0, 5, 4, 1.0)
    arguments = jax.tree.map(jnp.asarray, (cell, inputs, state))

    @jax.jit
    def each(*arguments: Any) -> Any:
        def own(which: int) -> Any:
            def run(argument: Any) -> Any:
                return fused(*arguments[:which], argument, *arguments[which + 1 :])

            return jax.vjp(run, arguments[which])[1](given)[0]

        bias = arguments[0].gate[2]
        alone = jax.vjp(
            lambda b: fused(eqx.tree_at(lambda c: c.gate[2], arguments[0], b), *arguments[1:]), bias
        )[1](given)[0]
        return tuple(own(which) for which in range(3)), alone

    apart, bias = each(*arguments)
    _, together = fused_with_gradients(arguments, None, given)
    assert_close(apart, together, 1e-14)
    assert_close(bias, together[0].gate[2], 1e-14)


def stacked(trees: list[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


def loss_and_gradients(road: Any, lengths: Any) -> Any:
    def run(*arguments: Any) -> Any:
        def loss(arguments: Any) -> Any:
            outputs, final = road(*arguments, lengths)
            return jnp.sum(jnp.sin(outputs)) + sum(map(jnp.sum, jax.tree.leaves(final)))

        return jax.value_and_grad(loss)(arguments)

    return run


MANY = 3


@pytest.mark.parametrize("with_lengths", [False, True])
def test_many_models_at_once_are_each_of_them(with_lengths: bool) -> None:
    """`vmap` over parameters only, inputs only, both; and one within the other."""
    form = FORMS["minimal gated unit"]
    lengths = np.array([4, 0, 2, 4, 1], np.int32) if with_lengths else None
    run = loss_and_gradients(fused, lengths)
    each = [problem(form, seed, 5, 4, 1.0)[0] for seed in range(MANY)]
    cells = [jax.tree.map(lambda leaf, i=i: leaf * (1 + i), form.cell) for i in range(MANY)]
    inputs, state = stacked([one[1] for one in each]), stacked([one[2] for one in each])

    @jax.jit
    def together(cells: Any, inputs: Any, state: Any) -> Any:
        first = jax.tree.map(lambda leaf: leaf[0], (cells, inputs, state))
        return {
            "parameters": jax.vmap(run, (0, None, None))(cells, *first[1:]),
            "inputs": jax.vmap(run, (None, 0, None))(first[0], inputs, first[2]),
            "both": jax.vmap(run)(cells, inputs, state),
        }

    found = together(stacked(cells), inputs, state)
    alone = jax.jit(run)
    for i in range(MANY):
        wanted = {
            "parameters": alone(cells[i], inputs[0], state[0]),
            "inputs": alone(cells[0], inputs[i], state[0]),
            "both": alone(cells[i], inputs[i], state[i]),
        }
        assert_close(jax.tree.map(lambda leaf, i=i: leaf[i], found), wanted, 1e-14)


@pytest.mark.parametrize(
    "axes",
    [((0, None, None), (None, 0, 0)), ((None, 0, 0), (0, None, None)), ((0, 0, 0), (None, 0, 0))],
)
def test_vmap_within_vmap_is_a_loop_within_a_loop(axes: Any) -> None:
    outer, inner = axes
    form, run = FORMS["minimal gated unit"], loss_and_gradients(fused, None)
    random = np.random.default_rng(0)

    def extended(tree: Any, *axes: Any) -> Any:
        leading = [size for size, axis in zip((3, 2), axes, strict=True) if axis == 0]
        return jax.tree.map(
            lambda leaf: leaf * random.uniform(0.5, 1.5, (*leading, *[1] * np.ndim(leaf))), tree
        )

    whole, _ = problem(form, 0, 5, 4, 1.0)
    arguments = [extended(tree, *both) for tree, *both in zip(whole, outer, inner, strict=True)]
    found = jax.jit(jax.vmap(jax.vmap(run, inner), outer))(*arguments)
    alone = jax.jit(run)

    def taken(i: int, axes: Any, trees: list[Any]) -> list[Any]:
        return [
            tree if axis is None else jax.tree.map(lambda leaf: leaf[i], tree)
            for tree, axis in zip(trees, axes, strict=True)
        ]

    for i in range(3):
        for j in range(2):
            wanted = alone(*taken(j, inner, taken(i, outer, arguments)))
            assert_close(jax.tree.map(lambda leaf, at=(i, j): leaf[at], found), wanted, 1e-14)


def test_lengths_may_differ_from_model_to_model() -> None:
    arguments, _ = problem(FORMS["lstm"], 0, 5, 4, 1.0)
    lengths = np.array([[4, 0, 2, 4, 1], [1, 2, 3, 4, 4]], np.int32)
    alone = jax.jit(lambda own: loss_and_gradients(fused, own)(*arguments))
    found = jax.jit(jax.vmap(lambda own: loss_and_gradients(fused, own)(*arguments)))(lengths)
    for i in range(2):
        assert_close(jax.tree.map(lambda leaf, i=i: leaf[i], found), alone(lengths[i]), 1e-14)


def test_it_runs_within_a_loop_that_trains() -> None:
    (cell, inputs, state), _ = problem(FORMS["minimal gated unit"], 0, 5, 4, 1.0)

    def train(road: Any) -> Any:
        def step(cell: Any, _: Any) -> Any:
            value, (gradients, *_) = loss_and_gradients(road, None)(cell, inputs, state)
            return jax.tree.map(lambda p, g: p - 0.01 * g, cell, gradients), value

        return lambda: jax.lax.scan(step, jax.tree.map(jnp.asarray, cell), None, 3)

    assert_close(jax.jit(train(fused))(), jax.jit(train(scan))(), FLOAT64)


def test_uncompiled_it_gives_what_it_gives_compiled() -> None:
    (cell, inputs, state), _ = problem(FORMS["stubborn"], 0, 3, 2, 1.0)
    arguments = jax.tree.map(jnp.asarray, (cell, inputs, state))
    assert_close(fused(*arguments), jax.jit(fused)(*arguments), 0.0)


def test_numbers_below_the_normal_range_count_as_zero() -> None:
    """And only there: the caller computes with them as before."""
    n = 4
    cell = eqx.filter_eval_shape(SimpleRNNCell, n, n, activation="relu", key=jax.random.key(0))
    cell = jax.tree.map(lambda leaf: np.zeros(leaf.shape), cell)
    halving = eqx.tree_at(lambda c: c.state_weight, cell, np.eye(n) / 2)
    start = np.full((3, n), 4 * np.finfo(float).tiny)
    outputs, final = jax.jit(fused)(halving, np.zeros((3, 6, n)), start)
    assert_array_equal(outputs[0, :, 0] / np.finfo(float).tiny, [2, 1, 0, 0, 0, 0])
    assert not np.asarray(final).any()
    assert np.float64(1e-310) * np.float64(1.0) != 0


@pytest.mark.parametrize("large_first", [False, True])
def test_two_products_may_share_a_part_of_their_gradient(large_first: bool) -> None:
    """The smaller one's is a piece of the larger one's: here its first rows, and its last."""

    class Overlapping(eqx.Module):
        small: Any
        large: Any
        last: Any

        def __call__(self, x: Any, h: Any) -> Any:
            gap = jnp.zeros(20)
            large = self.large @ x if large_first else None
            first = jnp.concatenate([self.small @ x, gap])
            last = jnp.concatenate([gap, self.last @ x])
            h = first + (self.large @ x if large is None else large) + last
            return h, h

    random = np.random.default_rng(0)
    cell = Overlapping(*(random.normal(size=(rows, FEATURES)) for rows in (3, 23, 3)))
    arguments = (cell, random.normal(size=(5, 4, FEATURES)), random.normal(size=(5, 23)))
    given = (random.normal(size=(5, 4, 23)), random.normal(size=(5, 23)))
    wanted = scan_with_gradients(arguments, None, given)
    assert_close(fused_with_gradients(arguments, None, given), wanted, FLOAT64)


def test_matrices_without_rows_or_columns_are_run_too() -> None:
    class Hollow(eqx.Module):
        down: Any
        up: Any

        def __call__(self, x: Any, h: Any) -> Any:
            h = jnp.tanh(h + self.up @ (self.down @ x))
            return h, h

    random = np.random.default_rng(0)
    cell = Hollow(np.zeros((0, FEATURES)), np.zeros((4, 0)))
    arguments = (cell, random.normal(size=(5, 3, FEATURES)), random.normal(size=(5, 4)))
    given = (random.normal(size=(5, 3, 4)), random.normal(size=(5, 4)))
    wanted = scan_with_gradients(arguments, None, given)
    assert_close(fused_with_gradients(arguments, None, given), wanted, FLOAT64)
