from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.chapter import wavenet
from unspool.chapter.registry import entry
from unspool.chapter.running import run


def test_classes_are_finer_near_0_and_their_middles_lie_within_them() -> None:
    classes = np.arange(256)
    values = np.asarray(wavenet.values_of(jnp.asarray(classes)))
    assert (np.asarray(wavenet.classes_of(jnp.asarray(values))) == classes).all()
    assert values[0] == -1
    assert values[255] == 1
    widths = np.diff(values)
    assert widths[127] == widths.min()
    assert widths.max() == pytest.approx(widths[0], rel=1e-4)
    # By hand: the middle class but one above 0 is ((1 + 255) ** (1 / 255) - 1) / 255.
    assert values[128] == pytest.approx((256 ** (1 / 255) - 1) / 255, rel=1e-4)
    assert np.asarray(wavenet.classes_of(jnp.array([-7.0, 7.0]))).tolist() == [0, 255]


def test_the_loss_is_that_of_the_next_value_alone() -> None:
    targets = jnp.asarray(np.random.default_rng(0).uniform(-0.8, 0.8, (2, 3, 10)))
    scores = np.random.default_rng(1).normal(size=(2, 3, 256))
    shares = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    each = [
        -np.log(shares[row, step, int(wavenet.classes_of(targets[row, step, 0]))])
        for row in range(2)
        for step in range(3)
    ]
    found = wavenet.cross_entropy(jnp.asarray(scores), targets, None)
    assert found == pytest.approx(np.mean(each), rel=1e-5)


def test_ten_values_ahead_are_those_of_ever_longer_series() -> None:
    model: Any = jax.tree.map(lambda leaf: 2 * leaf, wavenet.categorical(jax.random.key(0)))
    x = np.random.default_rng(0).uniform(-0.8, 0.8, (3, 12, 1)).astype(np.float32)
    found = wavenet.generated(model, x, None)
    middles, series = np.asarray(wavenet.values_of(jnp.arange(256))), x
    for _ in range(10):
        padded = np.zeros((3, 22, 1), np.float32)
        padded[:, : series.shape[1]] = series
        scores = np.asarray(model(jnp.asarray(padded))[0])[:, series.shape[1] - 1]
        value = np.asarray(jax.nn.softmax(scores)) @ middles
        series = np.concatenate([series, value[:, None, None]], axis=1)
    assert np.ptp(series[:, 12:]) > 0.01
    assert_allclose(found[:, 0], series[:, 12:, 0], atol=1e-5)


def test_the_papers_size_is_the_papers() -> None:
    model = jax.eval_shape(wavenet.paper, jax.random.key(0)).layer
    dilations = [unit.convolution.cell.dilation for unit in model.units]
    assert dilations == [2**layer for layer in range(10)] * 3
    assert model.units[0].convolution.cell.weight.shape == (256, 256)
    assert model.head.weight.shape == (256, 128)
    assert all(
        "paper" in entry(name).load().variants() for name in ("wavenet", "wavenet-categorical")
    )


def test_with_linear_outputs_one_epoch_is_far_better_than_the_texts_softmax() -> None:
    assert run("wavenet", epochs=1).figure < 0.06
