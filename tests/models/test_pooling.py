from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.models.pooling import AttentionPooling, LastPooling, MeanPooling

random = np.random.default_rng(0)
OUTPUTS = jnp.asarray(random.normal(size=(3, 5, 4)), jnp.float32)
LENGTHS = jnp.array([5, 2, 0])
ATTENTION = AttentionPooling(4, 6, key=jax.random.key(0))


def test_the_mean_is_of_a_rows_own_steps():
    found = MeanPooling()(OUTPUTS, LENGTHS)
    expected = [OUTPUTS[0].mean(axis=0), OUTPUTS[1, :2].mean(axis=0), np.zeros(4)]
    np.testing.assert_allclose(found, np.stack(expected), atol=1e-6)
    np.testing.assert_allclose(MeanPooling()(OUTPUTS), OUTPUTS.mean(axis=1), atol=1e-6)


def test_the_last_step_is_the_rows_own():
    found = LastPooling()(OUTPUTS, LENGTHS)
    np.testing.assert_array_equal(found[:2], [OUTPUTS[0, 4], OUTPUTS[1, 1]])
    np.testing.assert_array_equal(LastPooling()(OUTPUTS), OUTPUTS[:, -1])


def test_what_reads_backwards_has_read_all_at_the_first_step():
    found = LastPooling(backward=1)(OUTPUTS, LENGTHS)
    np.testing.assert_array_equal(found[1], [*OUTPUTS[1, 1, :3], OUTPUTS[1, 0, 3]])


def test_attention_is_the_weighted_mean_of_own_steps():
    weights = np.asarray(ATTENTION.weights(OUTPUTS, LENGTHS))
    np.testing.assert_allclose(weights.sum(axis=1), [1, 1, 0], atol=1e-6)
    assert (weights[1, 2:] == 0).all()
    scores = np.tanh(OUTPUTS[1, :2] @ ATTENTION.weight.T + ATTENTION.bias) @ ATTENTION.context
    powers = np.exp(scores)
    np.testing.assert_allclose(weights[1, :2], powers / powers.sum(), rtol=1e-5)
    expected = weights[1, :2] @ np.asarray(OUTPUTS[1, :2])
    np.testing.assert_allclose(ATTENTION(OUTPUTS, LENGTHS)[1], expected, rtol=1e-5)


@pytest.mark.parametrize("pooling", [MeanPooling(), LastPooling(2), ATTENTION])
def test_what_lies_past_a_rows_end_reaches_neither_result_nor_gradient(pooling):
    spoilt = OUTPUTS.at[1, 2:].set(jnp.nan).at[2].set(jnp.nan)
    clean = jnp.where(jnp.isnan(spoilt), 0, spoilt)

    def total(outputs):
        return pooling(outputs, LENGTHS)[:2].sum()

    assert total(spoilt) == total(clean)
    np.testing.assert_array_equal(jax.grad(total)(clean)[1, 2:], 0)
