from __future__ import annotations

import equinox as eqx
import jax
import numpy as np
import pytest

from unspool.models.pooling import AttentionPooling, LastPooling, MeanPooling

random = np.random.default_rng(0)
OUTPUTS = random.normal(size=(3, 5, 4)).astype(np.float32)
LENGTHS = np.array([5, 2, 0])
ATTENTION = AttentionPooling(4, 6, key=jax.random.key(0))


@eqx.filter_jit
def run(pooling, *given):
    """In one program, which compiles sooner than operation by operation."""
    return pooling(*given)


def test_the_mean_is_of_a_rows_own_steps():
    found = run(MeanPooling(), OUTPUTS, LENGTHS)
    expected = [OUTPUTS[0].mean(axis=0), OUTPUTS[1, :2].mean(axis=0), np.zeros(4)]
    np.testing.assert_allclose(found, np.stack(expected), atol=1e-6)
    np.testing.assert_allclose(run(MeanPooling(), OUTPUTS), OUTPUTS.mean(axis=1), atol=1e-6)


def test_the_last_step_is_the_rows_own():
    found = run(LastPooling(), OUTPUTS, LENGTHS)
    np.testing.assert_array_equal(found[:2], [OUTPUTS[0, 4], OUTPUTS[1, 1]])
    np.testing.assert_array_equal(run(LastPooling(), OUTPUTS), OUTPUTS[:, -1])


def test_what_reads_backwards_has_read_all_at_the_first_step():
    found = run(LastPooling(backward=1), OUTPUTS, LENGTHS)
    np.testing.assert_array_equal(found[1], [*OUTPUTS[1, 1, :3], OUTPUTS[1, 0, 3]])


def test_attention_is_the_weighted_mean_of_own_steps():
    weights = np.asarray(eqx.filter_jit(ATTENTION.weights)(OUTPUTS, LENGTHS))
    np.testing.assert_allclose(weights.sum(axis=1), [1, 1, 0], atol=1e-6)
    assert (weights[1, 2:] == 0).all()
    weight, bias, context = map(np.asarray, (ATTENTION.weight, ATTENTION.bias, ATTENTION.context))
    scores = np.tanh(OUTPUTS[1, :2] @ weight.T + bias) @ context
    powers = np.exp(scores)
    np.testing.assert_allclose(weights[1, :2], powers / powers.sum(), rtol=1e-5)
    expected = weights[1, :2] @ np.asarray(OUTPUTS[1, :2])
    np.testing.assert_allclose(run(ATTENTION, OUTPUTS, LENGTHS)[1], expected, rtol=1e-5)


@pytest.mark.parametrize("pooling", [MeanPooling(), LastPooling(2), ATTENTION])
def test_what_lies_past_a_rows_end_reaches_neither_result_nor_gradient(pooling):
    spoilt = OUTPUTS.copy()
    spoilt[1, 2:] = spoilt[2] = np.nan
    clean = np.nan_to_num(spoilt)

    @jax.jit
    def total(outputs):
        return pooling(outputs, LENGTHS)[:2].sum()

    assert total(spoilt) == total(clean)
    np.testing.assert_array_equal(jax.jit(jax.grad(total))(clean)[1, 2:], 0)
