import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.models.architectures.dilations import dilations, receptive_field
from unspool.models.build import build
from unspool.models.specs import GatedWaveNet, SimpleWaveNet, Tcn

SPECS = {"wavenet-simple": SimpleWaveNet, "wavenet": GatedWaveNet, "tcn": Tcn}


@pytest.mark.parametrize(
    ("settings", "look_back", "expected"),
    [
        ({"blocks": 1}, 8, [1, 2, 4]),  # 1 + 1 + 2 + 4 = 8
        ({"blocks": 1}, 9, [1, 2, 4, 8]),
        ({"blocks": 2}, 9, [1, 2, 4, 1, 2, 4]),
        ({"blocks": 1, "kernel": 3}, 15, [1, 2, 4]),
        ({"blocks": 2, "depth": 2}, 512, [1, 2, 1, 2]),
        ({"blocks": 1}, 2, [1]),
    ],
)
def test_as_few_dilations_as_see_the_window_or_as_many_as_are_asked_for(
    settings, look_back, expected
):
    assert dilations(SimpleWaveNet(**settings), look_back) == expected


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("depth", [2, None])
def test_a_forecast_depends_on_the_receptive_field_and_on_nothing_older(name, depth):
    """Measured: the gradient of the newest forecast for every level of the window."""
    look_back = 20
    spec = SPECS[name](filters=6, depth=depth, autoregression=False)
    network = build(spec, look_back, 2, key=jax.random.key(0))
    levels = np.random.default_rng(0).normal(size=(4, look_back)).astype(np.float32)
    known = np.full(4, look_back, np.int32)
    gradient = jax.jit(jax.grad(lambda v: jnp.sum(network.newest_step(v, known) ** 2)))(levels)
    seen = np.flatnonzero(np.abs(gradient).sum(axis=0))
    convolutions = 2 if name == "tcn" else 1
    field = receptive_field(dilations(spec, look_back, convolutions), spec.kernel, convolutions)
    # WaveNet has a convolution more, below the units.
    field += (spec.kernel - 1) * (name == "wavenet")
    assert seen[0] == max(0, look_back - field)
    assert (field >= look_back) == (depth is None)
