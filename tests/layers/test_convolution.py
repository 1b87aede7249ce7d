from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled_layers import run
from jax.test_util import check_grads
from numpy.testing import assert_allclose

from unspool.cells import CausalConvolutionCell
from unspool.errors import UsageError
from unspool.layers import CausalConvolution, Convolution, Recurrent

BATCH, TIME, INPUT, OUTPUT = 2, 9, 2, 3
KEY = jax.random.key(0)

# Kernel, stride, dilation.
SIZES = [(1, 1, 1), (4, 2, 1), (3, 1, 2), (2, 3, 2), (3, 2, 1)]


def drawn(kernel: int, stride: int, dilation: int, padding: Any) -> Convolution:
    layer = Convolution(
        INPUT, OUTPUT, kernel, stride=stride, dilation=dilation, padding=padding, key=KEY
    )
    return jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf) + 0.1), layer)


def by_hand(layer: Convolution, x: Any) -> Any:
    """Window after window, tap after tap; None where a window does not fit."""
    taps = np.asarray(layer.weight).reshape(OUTPUT, layer.kernel, INPUT)
    reach = (layer.kernel - 1) * layer.dilation + 1
    before = {"valid": 0, "same": (reach - 1) // 2, "causal": reach - 1}[layer.padding]
    rows = []
    for row in x:
        outputs = []
        for start in range(-before, len(row) - before, layer.stride):
            if layer.padding == "valid" and start + reach > len(row):
                break
            total = np.asarray(layer.bias).copy()
            for tap in range(layer.kernel):
                at = start + tap * layer.dilation
                if 0 <= at < len(row):
                    total += taps[:, tap] @ row[at]
            outputs.append(total)
        rows.append(outputs)
    return np.array(rows)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
@pytest.mark.parametrize(("kernel", "stride", "dilation"), SIZES)
def test_every_output_is_the_sum_over_the_taps_of_its_window(
    kernel: int, stride: int, dilation: int, padding: str
) -> None:
    layer = drawn(kernel, stride, dilation, padding)
    x = np.random.default_rng(1).normal(size=(BATCH, TIME, INPUT))
    outputs, _ = run(layer, x)
    expected = by_hand(layer, x)
    assert outputs.shape == expected.shape
    assert_allclose(outputs, expected, rtol=1e-12)
    assert layer.output_lengths(jnp.array([TIME]))[0] == expected.shape[1]


def test_the_chapters_strided_convolution_makes_24_steps_of_50_that_end_at_every_second() -> None:
    layer = Convolution(1, 20, 4, stride=2, key=KEY)
    jacobian = jax.jit(jax.jacrev(lambda x: layer(x[None, :, None])[0][0].sum(axis=-1)))
    influence = jacobian(np.zeros(50, np.float32))
    assert influence.shape == (24, 50)
    for step, row in enumerate(np.asarray(influence)):
        assert np.flatnonzero(row).tolist() == [2 * step, 2 * step + 1, 2 * step + 2, 2 * step + 3]


def test_causal_with_stride_1_is_the_causal_convolution_of_the_cell() -> None:
    cell = CausalConvolutionCell(INPUT, OUTPUT, 3, 2, activation="tanh", key=KEY)
    layer = Convolution(INPUT, OUTPUT, 3, dilation=2, padding="causal", activation="tanh", key=KEY)
    cell = eqx.tree_at(lambda cell: cell.weight, cell, layer.weight)
    x, start = np.ones((BATCH, TIME, INPUT)), np.ones((BATCH, 4, INPUT), np.float32)
    for found, wanted in zip(
        run(layer, x, start, [4, 0]),
        run(CausalConvolution(cell), x, start, [4, 0]),
        strict=True,
    ):
        assert (np.asarray(found) == np.asarray(wanted)).all()


def test_as_a_cell_it_is_the_same_and_only_where_it_has_a_step_and_a_cell_of_its_activation() -> (
    None
):
    layer = drawn(3, 1, 2, "causal")
    x = jnp.asarray(np.random.default_rng(1).normal(size=(BATCH, TIME, INPUT)))
    for found, wanted in zip(run(Recurrent(layer.as_cell()), x), run(layer, x), strict=True):
        assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    assert drawn(3, 2, 2, "causal").as_cell() is None
    assert drawn(3, 1, 2, "same").as_cell() is None
    gelu = Convolution(INPUT, OUTPUT, 3, padding="causal", activation="gelu", key=KEY)
    assert gelu.as_cell() is None


def test_lengths_of_outputs_are_whole_windows_or_begun_strides() -> None:
    lengths = jnp.array([0, 3, 4, 5, 6, 9])
    assert drawn(4, 2, 1, "valid").output_lengths(lengths).tolist() == [0, 0, 1, 1, 2, 3]
    for padding in ("same", "causal"):
        assert drawn(4, 2, 1, padding).output_lengths(lengths).tolist() == [0, 2, 2, 3, 3, 5]


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_gradients_are_those_of_small_differences(padding: str) -> None:
    layer = drawn(3, 2, 2, padding)
    x = np.random.default_rng(1).normal(size=(BATCH, TIME, INPUT))
    compiled = jax.jit(lambda layer, x: layer(x, lengths=jnp.array([9, 6]))[0])
    check_grads(compiled, (layer, x), order=1, modes=["rev"], rtol=1e-6)


def test_weights_start_within_glorots_range_of_all_taps() -> None:
    weight = Convolution(20, 40, 3, key=KEY).weight
    limit = np.sqrt(6 / (3 * (20 + 40)))
    assert 0.99 * limit < np.abs(np.asarray(weight)).max() <= limit
    taps = np.asarray(weight).reshape(40, 3, 20)
    assert not np.allclose(taps[:, 0], taps[:, 1])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: drawn(4, 2, 1, "full"),
            "padding must be 'valid', 'same' or 'causal', got 'full'",
        ),
        (lambda: drawn(0, 2, 1, "same"), "kernel must be at least 1, got 0"),
        (
            lambda: drawn(4, 2, 3, "valid")(jnp.ones((1, 9, INPUT))),
            "Convolution sees 10 steps at once, got x of 9: take a smaller kernel or dilation, or "
            'padding="causal"',
        ),
        (
            lambda: drawn(4, 2, 1, "causal").step(jnp.ones((1, INPUT))),
            'Convolution with padding="causal" and stride=2 has no step: that takes '
            'padding="causal" and stride=1',
        ),
        (
            lambda: drawn(4, 1, 1, "causal")(jnp.ones((1, 9, INPUT)), jnp.ones((1, 2, INPUT))),
            "Convolution has a state of float32(1, 3, 2) here, got float32(1, 2, 2)",
        ),
    ],
)
def test_what_does_not_fit_is_rejected(wrong: Any, message: str) -> None:
    with pytest.raises(UsageError) as error:
        wrong()
    assert str(error.value) == message
