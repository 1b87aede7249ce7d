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

from unspool.errors import UsageError
from unspool.layers import AdditiveAttention, DotProductAttention

KEYS = jax.random.split(jax.random.key(0), 3)
LENGTHS = [5, 2, 0]


def drawn() -> AdditiveAttention:
    return jax.tree.map(
        lambda leaf: jnp.asarray(np.asarray(leaf) + 0.1), AdditiveAttention(4, 3, 6, key=KEYS[0])
    )


def additive_score(attention: Any, query: Any, value: Any) -> float:
    asked = np.asarray(attention.query_weight) @ query
    stands = np.asarray(attention.key_weight) @ value
    hidden = np.tanh(asked + stands + np.asarray(attention.bias))
    return float(np.asarray(attention.score_weight) @ hidden)


SCORES = {
    "additive": (drawn, additive_score, 4),
    "dot product": (
        DotProductAttention,
        lambda attention, query, value: query @ value / np.sqrt(3),
        3,
    ),
    "dot product, not scaled": (
        lambda: DotProductAttention(scaled=False),
        lambda attention, query, value: query @ value,
        3,
    ),
}


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("name", SCORES)
def test_weights_are_the_softmax_of_the_scores_over_own_steps_and_context_their_sum(
    name: str, lengths: Any
) -> None:
    make, score, size = SCORES[name]
    attention, random = make(), np.random.default_rng(0)
    query, values = random.normal(size=(3, size)), random.normal(size=(3, 5, 3))
    given = values.copy()
    if lengths:
        given[np.arange(5) >= np.array(lengths)[:, None]] = np.nan
    context, weights = run(attention, query, given, lengths)
    for row, length in enumerate(lengths or [5, 5, 5]):
        scores = [score(attention, query[row], value) for value in values[row, :length]]
        raised = np.exp(scores)
        wanted = raised / raised.sum() if length else raised
        assert_allclose(weights[row, :length, 0], wanted, rtol=1e-12)
        assert not np.asarray(weights[row, length:]).any()
        expected = wanted @ values[row, :length] if length else np.zeros(3)
        assert_allclose(context[row], expected, rtol=1e-12)


def test_the_chapters_shapes() -> None:
    attention = AdditiveAttention(64, 64, 10, key=KEYS[0])
    random = np.random.default_rng(0)
    query = random.normal(size=(32, 1, 64)).astype(np.float32)
    values = random.normal(size=(32, 10, 64)).astype(np.float32)
    context, weights = run(attention, query, values)
    assert context.shape == (32, 64)
    assert weights.shape == (32, 10, 1)
    assert_allclose(weights.sum(axis=1), np.ones((32, 1)), rtol=1e-6)
    again, _ = run(attention, query[:, 0], values)
    assert (np.asarray(again) == np.asarray(context)).all()


@pytest.mark.usefixtures("float64")
def test_many_queries_are_each_by_itself() -> None:
    attention, random = drawn(), np.random.default_rng(0)
    queries, values = random.normal(size=(3, 2, 4)), random.normal(size=(3, 5, 3))
    of_each = eqx.filter_jit(attention.of_each)
    contexts, weights = jax.tree.map(np.asarray, of_each(queries, values, LENGTHS))
    assert weights.shape == (3, 2, 5)
    for one in range(2):
        context, alone = run(attention, queries[:, one], values, LENGTHS)
        assert_allclose(contexts[:, one], context, rtol=1e-12)
        assert_allclose(weights[:, one], alone[..., 0], rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_gradients_are_those_of_small_differences_with_rows_of_no_length_too() -> None:
    random = np.random.default_rng(0)
    given = drawn(), random.normal(size=(3, 4)), random.normal(size=(3, 5, 3))
    compiled = jax.jit(lambda attention, *rest: attention(*rest, jnp.array(LENGTHS)))
    check_grads(compiled, given, order=1, modes=["rev"], rtol=1e-6)


def test_large_scores_stay_finite() -> None:
    context, weights = run(
        DotProductAttention(), np.full((1, 3), np.float32(1e4)), np.float32(1e4) * np.eye(3)[None]
    )
    assert np.isfinite(np.asarray(context)).all()
    assert_allclose(weights.sum(), 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("query", "values", "message"),
    [
        (
            (2, 5),
            (2, 7, 3),
            "AdditiveAttention takes queries of 4 features and values of 3, got 5 and 3",
        ),
        (
            (2, 2, 4),
            (2, 7, 3),
            "AdditiveAttention takes a query of shape (batch, features) or (batch, 1, features), "
            "got shape (2, 2, 4): for more of them there is `of_each`",
        ),
        (
            (1, 4),
            (2, 7, 3),
            "AdditiveAttention takes queries and values of one batch, (batch, queries, features) "
            "and (batch, time, features), got (1, 1, 4) and (2, 7, 3)",
        ),
    ],
)
def test_what_does_not_fit_is_rejected(query: Any, values: Any, message: str) -> None:
    with pytest.raises(UsageError) as error:
        drawn()(jnp.ones(query), jnp.ones(values))
    assert str(error.value) == message
