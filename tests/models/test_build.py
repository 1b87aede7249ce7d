"""What every network has, whatever its layers are."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.data.windows import scaled
from unspool.evaluation.baselines import Linear
from unspool.models.build import ARCHITECTURES, build
from unspool.models.specs import NETWORKS

LOOK_BACK, HORIZON = 12, 4


def small(name, **settings):
    size = "hidden" if hasattr(NETWORKS[name], "hidden") else "filters"
    return NETWORKS[name](**{size: 4, **settings})


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_starts_near_the_ridge_regression_and_all_of_it_learns(name):
    random = np.random.default_rng(5)
    values = np.cumsum(random.normal(size=300)) + 5 * np.sin(np.arange(300))
    view = np.lib.stride_tricks.sliding_window_view(values, LOOK_BACK + HORIZON)
    linear = Linear(LOOK_BACK).fit(view[:, :LOOK_BACK], view[:, LOOK_BACK:])
    network = build(
        small(name),
        LOOK_BACK,
        HORIZON,
        lag_weight=linear.weight_,
        bias=linear.bias_,
        key=jax.random.key(0),
    )
    windows = view[:5, :LOOK_BACK].copy()
    windows[0, :7] = np.nan
    read = scaled(windows)

    def loss(network):
        made = network.newest_step(read.levels, read.known)
        return jnp.sum(made**2), made

    # One compiled function, since compiling is what takes long here.
    learn = eqx.filter_jit(eqx.filter_value_and_grad(loss, has_aux=True))
    (_, made), gradient = learn(network)
    (_, silent), _ = learn(eqx.tree_at(lambda n: n.head.weight, network, replace_fn=jnp.zeros_like))
    # The first window is not whole: the regression, which knows no padding, is not asked.
    expected = linear.forecast(windows[1:], HORIZON)
    assert_allclose(read.restore(np.asarray(silent))[1:], expected, rtol=1e-4, atol=1e-3)
    assert made.shape == (5, HORIZON)
    assert 0 < np.abs(made - silent).max() < 0.5
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient):
        assert np.abs(leaf).max() > 0, jax.tree_util.keystr(path)
