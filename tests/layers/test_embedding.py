from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.cells import GRUCell
from unspool.errors import UsageError
from unspool.layers import Embedding, Recurrent, Stack

KEY = jax.random.key(0)
TOKENS = jnp.array([[3, 0, 6, 6], [1, 2, 5, 4]])


def test_each_token_has_its_own_row_of_the_table() -> None:
    layer = Embedding(7, 3, key=KEY)
    outputs, state = layer(TOKENS)
    assert state is None
    for row in range(2):
        for step in range(4):
            assert (outputs[row, step] == layer.table[TOKENS[row, step]]).all()
    assert (layer.step(TOKENS[:, 0])[0] == outputs[:, 0]).all()
    assert np.abs(np.asarray(layer.table)).max() <= 0.05


def test_past_the_lengths_any_token_may_stand_and_outputs_are_zero() -> None:
    layer = Embedding(7, 3, key=KEY)
    padded = jnp.array([[3, 0, -1, 99], [1, 2, 5, 4]])
    outputs, _ = layer(padded, lengths=[2, 4])
    assert not np.asarray(outputs[0, 2:]).any()
    assert (outputs[:, :2] == layer(TOKENS)[0][:, :2]).all()


def test_a_gradient_counts_how_often_a_token_stands_there() -> None:
    gradient = jax.grad(lambda layer: layer(TOKENS, lengths=[4, 2])[0].sum())(
        Embedding(7, 2, key=KEY)
    )
    assert_allclose(gradient.table[:, 0], [1, 1, 1, 1, 0, 0, 2])


def test_a_token_outside_the_vocabulary_is_rejected_or_not_a_number_under_jit() -> None:
    layer = Embedding(7, 3, key=KEY)
    for wrong in (7, -1):
        tokens = TOKENS.at[1, 2].set(wrong)
        with pytest.raises(UsageError) as error:
            layer(tokens)
        assert str(error.value) == f"Embedding has tokens from 0 to 6, got {wrong} in row 1, step 2"
        unknown = np.isnan(np.asarray(jax.jit(lambda tokens: layer(tokens)[0])(tokens)))
        assert unknown[1, 2].all()
        assert unknown.sum() == 3


def test_what_is_no_tokens_is_rejected() -> None:
    layer = Embedding(7, 3, key=KEY)
    with pytest.raises(UsageError, match="takes tokens, which are whole numbers, got float32"):
        layer(jnp.ones((2, 4)))
    with pytest.raises(
        UsageError, match=r"takes x of shape \(batch, time\), got shape \(2, 4, 1\)"
    ):
        layer(TOKENS[..., None])


def test_a_stack_may_begin_with_it() -> None:
    stack = Stack([Embedding(7, 3, key=KEY), Recurrent(GRUCell(3, 4, key=KEY))])
    outputs, final = stack(TOKENS)
    state = None
    for time in range(4):
        output, state = stack.step(TOKENS[:, time], state)
        assert_allclose(output, outputs[:, time], rtol=1e-5, atol=1e-7)
    assert_allclose(state[1], final[1], rtol=1e-5, atol=1e-7)
