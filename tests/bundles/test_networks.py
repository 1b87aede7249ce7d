"""A network's arrays under frozen names: renaming one would make saved models unreadable."""

import jax
import numpy as np
import pytest

from unspool.bundles.networks import from_arrays, named_arrays
from unspool.errors import DataError
from unspool.models.recurrent import build
from unspool.models.specs import Gru, Lstm, SimpleRnn

LOOK_BACK, HORIZON = 5, 2

# Of a network of two layers, 3 units each, that reads 5 values and forecasts 2.
SHAPES = {
    "stack.layers.0.cell.input_weight": (9, 2),
    "stack.layers.0.cell.state_weight": (9, 3),
    "stack.layers.0.cell.bias": (9,),
    "stack.layers.0.cell.candidate_state_bias": (3,),
    "stack.layers.1.cell.input_weight": (9, 3),
    "stack.layers.1.cell.state_weight": (9, 3),
    "stack.layers.1.cell.bias": (9,),
    "stack.layers.1.cell.candidate_state_bias": (3,),
    "head.weight": (2, 3),
    "head.bias": (2,),
    "lag_weight": (5, 2),
}


pytestmark = pytest.mark.usefixtures("quick_compiling")


def make(spec, seed=1):
    return build(spec, LOOK_BACK, HORIZON, key=jax.random.key(seed))


def test_the_names_and_shapes_of_a_network_stay_as_they_are():
    arrays = named_arrays(make(Gru(hidden=3, layers=2)), "model.0")
    assert {name: array.shape for name, array in arrays.items()} == {
        f"model.0.{name}": shape for name, shape in SHAPES.items()
    }
    assert {str(array.dtype) for array in arrays.values()} == {"float32"}


@pytest.mark.parametrize(
    "spec",
    [
        Gru(hidden=3, strategy="recursive"),
        Lstm(hidden=2, layers=2, dropout=0.5, strategy="sequence"),
        SimpleRnn(hidden=2, autoregression=False),
    ],
    ids=["gru", "lstm", "simple-rnn"],
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
    np.testing.assert_array_equal(
        found.forecast(levels, known, 3), network.forecast(levels, known, 3)
    )


def test_arrays_of_another_network_are_refused_by_name():
    arrays = named_arrays(make(Gru(hidden=3)), "model.0")
    with pytest.raises(DataError, match=r"the saved model's model.0.stack.layers.0.cell.input_w"):
        from_arrays(arrays, "model.0", Gru(hidden=4), LOOK_BACK, HORIZON)
    with pytest.raises(DataError, match=r"model.1.* must be float32 \(9, 2\), found nothing"):
        from_arrays(arrays, "model.1", Gru(hidden=3), LOOK_BACK, HORIZON)
