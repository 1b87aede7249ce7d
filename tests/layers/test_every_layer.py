"""What holds for every layer, whatever it computes."""

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

from unspool.cells import CausalConvolutionCell, GRUCell
from unspool.errors import UsageError
from unspool.layers import (
    BatchNorm,
    Bidirectional,
    CausalConvolution,
    Convolution,
    Dense,
    Dropout,
    GatedActivation,
    Layer,
    LayerNorm,
    Recurrent,
    Shortcut,
    Stack,
    WaveNet,
)

BATCH, TIME, FEATURES = 3, 8, 4
KEYS = jax.random.split(jax.random.key(0), 9)
LENGTHS = (8, 5, 0)

pytestmark = pytest.mark.usefixtures("float64")

CAUSAL: dict[str, Callable[[], Any]] = {
    "dense": lambda: Dense(FEATURES, 3, activation="sigmoid", key=KEYS[0]),
    "dropout": lambda: Dropout(0.4),
    "layer norm": lambda: LayerNorm(FEATURES),
    "batch norm": lambda: BatchNorm(FEATURES),
    "gated activation": lambda: GatedActivation(),
    "causal": lambda: Convolution(
        FEATURES, 3, 3, dilation=2, padding="causal", activation="sigmoid", key=KEYS[0]
    ),
    "shortcut": lambda: Shortcut(
        Convolution(FEATURES, 3, 2, padding="causal", key=KEYS[0]), Dense(FEATURES, 3, key=KEYS[1])
    ),
    "wavenet": lambda: WaveNet(FEATURES, 3, filters=4, layers=2, blocks=1, skips=5, key=KEYS[0]),
    "mixed": lambda: Stack(
        [
            CausalConvolution(CausalConvolutionCell(FEATURES, 4, 2, key=KEYS[0])),
            BatchNorm(4),
            Recurrent(GRUCell(4, 4, key=KEYS[1])),
            Shortcut(Recurrent(GRUCell(4, 4, key=KEYS[2]))),
            Dense(4, 2, key=KEYS[3]),
        ]
    ),
}
OTHERS: dict[str, Callable[[], Any]] = {
    "valid": lambda: Convolution(FEATURES, 3, 2, dilation=2, key=KEYS[0]),
    "valid, strided": lambda: Convolution(
        FEATURES, 3, 4, stride=2, activation="softmax", key=KEYS[0]
    ),
    "same": lambda: Convolution(FEATURES, 3, 4, padding="same", key=KEYS[0]),
    "same, strided": lambda: Convolution(FEATURES, 3, 3, stride=2, padding="same", key=KEYS[0]),
    "causal, strided": lambda: Convolution(FEATURES, 3, 3, stride=3, padding="causal", key=KEYS[0]),
    "shortened": lambda: Stack(
        [
            Convolution(FEATURES, 3, 3, stride=2, key=KEYS[0]),
            Bidirectional(
                Stack([Convolution(3, 4, 2, key=KEYS[1]), Recurrent(GRUCell(4, 2, key=KEYS[2]))]),
                Stack([Convolution(3, 4, 2, key=KEYS[3]), Recurrent(GRUCell(4, 2, key=KEYS[4]))]),
            ),
        ]
    ),
}
ALL = {**CAUSAL, **OTHERS}


def drawn(name: str) -> Any:
    """The layer with weights that are all different, biases and scales too."""
    arrays, rest = eqx.partition(ALL[name](), eqx.is_inexact_array)
    leaves, structure = jax.tree.flatten(arrays)
    random = np.random.default_rng(2)
    moved = [leaf + 0.2 * random.uniform(0.1, 1, leaf.shape) for leaf in leaves]
    return eqx.combine(jax.tree.unflatten(structure, moved), rest)


def random_inputs() -> Any:
    return np.random.default_rng(1).normal(size=(BATCH, TIME, FEATURES))


def assert_trees_close(found: Any, wanted: Any) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_padded_equals_unpadded(name: str) -> None:
    layer, x = drawn(name), random_inputs()
    outputs, state = run(layer, x, lengths=jnp.array(LENGTHS))
    own = np.asarray(layer.output_lengths(jnp.array(LENGTHS)))
    for row, length in enumerate(LENGTHS):
        assert not np.asarray(outputs[row, own[row] :]).any()
        if own[row] > 0:
            alone, reached = run(layer, x[row : row + 1, :length])
            assert alone.shape[1] == own[row]
            assert_allclose(outputs[row, : own[row]], alone[0], rtol=1e-10, atol=1e-12)
            assert_trees_close(
                jax.tree.map(lambda leaf, row=row: leaf[row : row + 1], state), reached
            )


@pytest.mark.parametrize("name", ALL)
def test_what_stands_in_the_padding_changes_neither_results_nor_gradients(name: str) -> None:
    layer, lengths = drawn(name), jnp.array(LENGTHS)
    padding = np.arange(TIME) >= np.asarray(lengths)[:, None]
    zeros, nans = random_inputs(), random_inputs()
    zeros[padding], nans[padding] = 0.0, np.nan
    arrays, rest = eqx.partition(layer, eqx.is_inexact_array)

    @jax.jit
    def differentiated(arrays: Any, x: Any) -> Any:
        def loss(arrays: Any, x: Any) -> Any:
            outputs, state = eqx.combine(arrays, rest)(x, lengths=lengths, key=KEYS[5])
            return jnp.sum(outputs**2), (outputs, state)

        return jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)(arrays, x)

    found, wanted = (jax.tree.leaves(differentiated(arrays, x)) for x in (nans, zeros))
    for mine, other in zip(found, wanted, strict=True):
        assert np.isfinite(np.asarray(other)).all()
        assert (np.asarray(mine) == np.asarray(other)).all()


@pytest.mark.parametrize("name", CAUSAL)
def test_a_run_equals_repeated_steps_and_two_halves(name: str) -> None:
    layer, x = drawn(name), random_inputs()
    outputs, final = run(layer, x)
    state, stepped = layer.initial_state(BATCH), []
    for time in range(TIME):
        output, state = one_step(layer, x[:, time], state)
        stepped.append(output)
    assert_allclose(jnp.stack(stepped, axis=1), outputs, rtol=1e-10)
    assert_trees_close(state, final)

    first, between = run(layer, x[:, :4], layer.initial_state(BATCH))
    second, end = run(layer, x[:, 4:], between)
    assert_allclose(jnp.concatenate([first, second], axis=1), outputs, rtol=1e-10)
    assert_trees_close(end, final)


@pytest.mark.parametrize("name", CAUSAL)
def test_a_first_step_may_come_without_a_state(name: str) -> None:
    layer, x = drawn(name), random_inputs()
    assert_trees_close(
        one_step(layer, x[:, 0]), one_step(layer, x[:, 0], layer.initial_state(BATCH))
    )


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_causal_or_shortens_has_no_step(name: str) -> None:
    with pytest.raises(UsageError, match="no step"):
        drawn(name).step(random_inputs()[:, 0])


@pytest.mark.parametrize("name", ALL)
def test_inputs_and_lengths_that_do_not_fit_are_rejected(name: str) -> None:
    layer, x = drawn(name), random_inputs()
    with pytest.raises(UsageError, match=r"takes x of shape \(batch, time, features\)"):
        layer(x[0])
    with pytest.raises(UsageError, match="lengths must be from 0 to 8, the steps of x, got 9"):
        layer(x, lengths=[9, 1, 1])
    if name not in ("dropout", "gated activation"):
        with pytest.raises(UsageError, match="takes 4 features at each step, got 2"):
            layer(x[..., :2])


def test_every_one_is_a_layer() -> None:
    assert all(isinstance(make(), Layer) for make in ALL.values())


@pytest.mark.parametrize("name", ["dense", "dropout", "layer norm", "gated activation", "valid"])
def test_a_state_for_a_layer_without_one_is_rejected(name: str) -> None:
    with pytest.raises(UsageError, match="has no state: its state is None, got ndarray"):
        drawn(name)(random_inputs(), np.zeros(3))
