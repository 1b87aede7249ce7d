"""A step of descent against clipping, Adam and Nadam written out."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.training.epochs import OPTIMISERS
from unspool.training.update import at_rest, descend, optimiser

TARGET = np.array([3.0, -1.0, 0.5])
SCALE = np.array([1.0, 10.0, 0.1])


def loss_of(weights):
    error = jnp.concatenate([weights["a"], weights["b"][None]]) - TARGET
    return (SCALE * error**2).sum(), {"seen": weights["b"]}


def gradient_at(flat):
    return 2 * SCALE * (flat - TARGET)


def taken(steps, rate, **given):
    """The weights and the norms of some steps from 0."""
    rule = optimiser(**given)
    weights = {"a": jnp.zeros(2), "b": jnp.zeros(())}
    memory = rule.init(weights)
    step = jax.jit(lambda weights, memory: descend(loss_of, weights, memory, rule, rate))
    norms = []
    for _ in range(steps):
        made = step(weights, memory)
        assert made.extra["seen"] == weights["b"]
        weights, memory = made.arrays, made.memory
        norms.append(float(made.norm))
    return np.append(np.asarray(weights["a"]), weights["b"]), norms


def adam(steps, rate, clipped, nesterov=False):
    """Kingma & Ba 2015, algorithm 1; with Nesterov's momentum, Dozat 2016, section 4."""
    flat, mean, square = np.zeros(3), np.zeros(3), np.zeros(3)
    for t in range(1, steps + 1):
        gradient = clipped(gradient_at(flat))
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        first = mean / (1 - 0.9**t)
        if nesterov:
            first = 0.9 * mean / (1 - 0.9 ** (t + 1)) + 0.1 * gradient / (1 - 0.9**t)
        flat = flat - rate * first / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
    return flat


@pytest.mark.parametrize("given", [{}, {"clip_norm": 1.0}, {"clip_value": 0.3}])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_rule_at_rest_remembers_what_optax_begins_with(name, given):
    rule = optimiser(name, **given)
    weights = {"a": jnp.ones((2, 3)), "b": jnp.ones((), jnp.float16)}
    shapes = jax.eval_shape(lambda: weights)
    for memory in (at_rest(rule, weights), at_rest(rule, shapes)):
        assert jax.tree.structure(memory) == jax.tree.structure(rule.init(weights))
        for made, expected in zip(*map(jax.tree.leaves, (memory, rule.init(weights))), strict=True):
            assert made.dtype == expected.dtype
            np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize(
    ("given", "clipped"),
    [
        ({}, lambda g: g),
        ({"clip_norm": 1.0}, lambda g: g * min(1, 1 / np.linalg.norm(g))),
        ({"clip_value": 0.3}, lambda g: np.clip(g, -0.3, 0.3)),
    ],
    ids=["whole", "norm", "value"],
)
@pytest.mark.parametrize("name", ["adam", "nadam"])
def test_a_step_is_the_gradient_clipped_and_then_the_optimiser(name, given, clipped):
    found, norms = taken(4, 0.1, name=name, **given)
    expected = adam(4, 0.1, clipped, nesterov=name == "nadam")
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # Before clipping.
    assert norms[0] == pytest.approx(np.linalg.norm(gradient_at(np.zeros(3))))


def test_nadam_is_not_adam():
    whole = adam(3, 0.1, lambda g: g)
    assert np.abs(whole - adam(3, 0.1, lambda g: g, nesterov=True)).max() > 0.01
