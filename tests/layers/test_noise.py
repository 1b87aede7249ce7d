from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled_layers import one_step, run
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import Cell, GRUCell, LSTMCell, LSTMState, Noise, SimpleRNNCell, Zoneout
from unspool.layers import Recurrent, Stack
from unspool.layers.noise import draw, is_random

BATCH, TIME, FEATURES, HIDDEN = 3, 5, 2, 4
KEYS = jax.random.split(jax.random.key(0), 4)


class Echo(Cell):
    """Its outputs are what was drawn: two numbers for the sequence, then one for the step."""

    def initial_state(self):
        return jnp.zeros(2)

    def noise(self, key):
        sequence_key, step_key = jax.random.split(key)
        return Noise(jax.random.normal(sequence_key, 2), jax.random.normal(step_key, 1))

    def __call__(self, x, state, noise=None):
        if noise is None:
            return jnp.zeros(3), state
        return jnp.concatenate([noise.per_sequence, noise.per_step]), noise.per_sequence


def random_inputs(time: int = TIME) -> jax.Array:
    return jnp.asarray(np.random.default_rng(1).normal(size=(BATCH, time, FEATURES)))


def random_cells() -> dict[str, Cell]:
    dropping = {"recurrent_dropout": 0.5, "key": KEYS[0]}
    lstm = LSTMCell(FEATURES, HIDDEN, **dropping)
    return {
        "simple rnn": SimpleRNNCell(FEATURES, HIDDEN, **dropping),
        "gru": GRUCell(FEATURES, HIDDEN, reset="before", layer_norm=True, **dropping),
        "zoneout": Zoneout(GRUCell(FEATURES, HIDDEN, key=KEYS[0]), 0.5),
        "zoneout and dropout": Zoneout(lstm, LSTMState(0.0, 0.5)),
    }


def test_what_is_drawn_for_a_sequence_stays_the_same_through_time() -> None:
    outputs, _ = run(Recurrent(Echo()), random_inputs(), key=KEYS[2])
    per_sequence, per_step = np.asarray(outputs[..., :2]), np.asarray(outputs[..., 2])
    assert (per_sequence == per_sequence[:, :1]).all()
    assert len(np.unique(per_sequence)) == BATCH * 2
    assert len(np.unique(per_step)) == BATCH * TIME


def test_the_same_key_draws_the_same_and_another_another() -> None:
    layer = Recurrent(Echo())
    first, again, other = (
        run(layer, random_inputs(), key=key)[0] for key in (KEYS[2], KEYS[2], KEYS[3])
    )
    assert (first == again).all()
    assert not (first == other).any()


def test_without_a_key_there_is_no_noise() -> None:
    assert not run(Recurrent(Echo()), random_inputs())[0].any()


def test_a_cell_that_draws_nothing_gives_with_a_key_what_it_gives_without() -> None:
    cell = GRUCell(FEATURES, HIDDEN, key=KEYS[0])
    layer, x = Recurrent(cell), random_inputs()
    assert not is_random(cell, KEYS[2])
    for found, wanted in zip(run(layer, x, key=KEYS[2]), run(layer, x), strict=True):
        assert (np.asarray(found) == np.asarray(wanted)).all()


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("lengths", [None, [5, 3, 0]])
@pytest.mark.parametrize("kind", random_cells())
def test_a_run_is_the_cell_step_after_step_with_what_was_drawn(
    kind: str, lengths: list[int] | None
) -> None:
    cell, x = random_cells()[kind], random_inputs()
    outputs, final = run(Recurrent(cell), x, lengths=lengths, key=KEYS[2])
    noise = jax.tree.map(np.asarray, eqx.filter_jit(draw)(cell, KEYS[2], BATCH, TIME))
    for row in range(BATCH):
        length = TIME if lengths is None else lengths[row]
        state: Any = cell.initial_state()
        for time in range(length):
            own = Noise(
                jax.tree.map(lambda leaf, row=row: leaf[row], noise.per_sequence),
                jax.tree.map(lambda leaf, at=(row, time): leaf[at], noise.per_step),
            )
            output, state = run(cell, np.asarray(x)[row, time], state, own)
            assert_allclose(outputs[row, time], output, rtol=1e-12)
        assert not np.asarray(outputs[row, length:]).any()
        reached = jax.tree.map(lambda leaf, row=row: leaf[row], final)
        assert jax.tree.structure(reached) == jax.tree.structure(state)
        for mine, other in zip(jax.tree.leaves(reached), jax.tree.leaves(state), strict=True):
            assert_allclose(mine, other, rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_gradients_in_training_are_those_of_small_differences() -> None:
    cell, lengths = random_cells()["zoneout and dropout"], jnp.array([5, 3, 0])

    @jax.jit
    def differentiated(cell: Any, x: Any) -> Any:
        return Recurrent(cell)(x, lengths=lengths, key=KEYS[2])

    check_grads(differentiated, (cell, random_inputs()), order=1, modes=["rev"], rtol=1e-5)


@pytest.mark.usefixtures("float64")
def test_compiled_and_over_many_keys_it_draws_the_same() -> None:
    layer, x = Recurrent(random_cells()["zoneout and dropout"]), random_inputs()
    together = jax.jit(jax.vmap(lambda key: layer(x, key=key)[0]))(KEYS[2:])
    for own, key in zip(together, KEYS[2:], strict=True):
        assert_allclose(own, run(layer, x, key=key)[0], rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_repeated_steps_are_a_run_without_a_key() -> None:
    layer, x = Recurrent(random_cells()["zoneout and dropout"]), random_inputs()
    outputs, _ = run(layer, x)
    state = None
    for time in range(TIME):
        output, state = one_step(layer, np.asarray(x)[:, time], state)
        assert_allclose(output, outputs[:, time], rtol=1e-12)


def test_no_steps_give_no_outputs_even_in_training() -> None:
    layer = Recurrent(random_cells()["zoneout and dropout"])
    outputs, state = run(layer, random_inputs(time=0), key=KEYS[2])
    assert outputs.shape == (BATCH, 0, HIDDEN)
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(state))


def test_every_layer_of_a_stack_draws_for_itself() -> None:
    stack = Stack([Recurrent(Echo()), Recurrent(Echo())])
    _, (lower, upper) = run(stack, random_inputs(), key=KEYS[2])
    assert len(np.unique(np.stack([lower, upper]))) == 2 * BATCH * 2


def test_in_inference_mode_a_stacks_layers_draw_nothing_even_with_a_key() -> None:
    stack = eqx.nn.inference_mode(Stack([Recurrent(Echo())]))
    assert not np.asarray(run(stack, random_inputs(), key=KEYS[2])[0]).any()
