"""A network's arrays under frozen names: renaming one would make saved models unreadable."""

import json
from dataclasses import fields
from pathlib import Path

import equinox as eqx
import jax
import numpy as np
import pytest

from unspool.bundles.networks import from_arrays, named_arrays
from unspool.errors import DataError
from unspool.models.build import build
from unspool.models.specs import NETWORKS, Gru, Lstm, SimpleRnn

LOOK_BACK, HORIZON = 5, 2

# By network: the name and the shape of every array, of one that reads 5 values and forecasts 2.
SHAPES = json.loads((Path(__file__).parent / "networks.json").read_text())
SIZES = {"hidden": 3, "layers": 2, "filters": 4, "depth": 2, "segment": 2}

pytestmark = pytest.mark.usefixtures("quick_compiling")


def make(spec, seed=1):
    return build(spec, LOOK_BACK, HORIZON, key=jax.random.key(seed))


def small(name, **settings):
    names = {field.name for field in fields(NETWORKS[name])}
    sizes = {field: size for field, size in SIZES.items() if field in names}
    return NETWORKS[name](**sizes, **settings)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_names_and_shapes_of_a_network_stay_as_they_are(name):
    found = named_arrays(make(small(name)), "model.0")
    assert {key: list(array.shape) for key, array in found.items()} == {
        f"model.0.{key}": shape for key, shape in SHAPES[name].items()
    }
    assert {str(array.dtype) for array in found.values()} == {"float32"}


def test_a_layer_normalised_network_has_the_arrays_of_the_plain_one_and_its_gains():
    found = named_arrays(make(small("gru", layer_norm=True)), "a")
    more = set(found) - {f"a.{key}" for key in SHAPES["gru"]}
    gains = ("input_gain", "state_gain")
    assert more == {f"a.stack.layers.{layer}.cell.{gain}" for layer in (0, 1) for gain in gains}


@pytest.mark.parametrize(
    "spec",
    [
        Gru(hidden=3, strategy="recursive"),
        Lstm(hidden=2, layers=2, dropout=0.5, strategy="sequence"),
        SimpleRnn(hidden=2, autoregression=False),
        small("bidirectional", dropout=0.5),
        small("conv-gru", recurrent_dropout=0.5),
        small("wavenet", strategy="recursive"),
        small("tcn", dropout=0.5, strategy="sequence"),
        small("segment-gru", layer_norm=True),
    ],
    ids=lambda spec: spec.name,
)
def test_a_network_comes_back_from_its_arrays(spec):
    network = make(spec)
    arrays = {**named_arrays(network, "a"), **named_arrays(make(spec, seed=2), "b")}
    found = from_arrays(arrays, "a", spec, LOOK_BACK, HORIZON)
    assert jax.tree.structure(found) == jax.tree.structure(network)
    again = named_arrays(found, "a")
    for name, array in again.items():
        assert array.tobytes() == arrays[name].tobytes()
    levels = np.linspace(-1, 0, LOOK_BACK, dtype=np.float32)[None]
    known = np.array([LOOK_BACK], np.int32)
    forecast = eqx.filter_jit(lambda network: network.forecast(levels, known, 3))
    np.testing.assert_array_equal(forecast(found), forecast(network))


def test_arrays_of_another_network_are_refused_by_name():
    arrays = named_arrays(make(Gru(hidden=3)), "model.0")
    with pytest.raises(DataError, match=r"the saved model's model.0.stack.layers.0.cell.input_w"):
        from_arrays(arrays, "model.0", Gru(hidden=4), LOOK_BACK, HORIZON)
    with pytest.raises(DataError, match=r"model.1.* must be float32 \(9, 2\), found nothing"):
        from_arrays(arrays, "model.1", Gru(hidden=3), LOOK_BACK, HORIZON)
