import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.models.architectures.recurrent import make
from unspool.models.specs import Gru, Lstm, SimpleRnn


@pytest.mark.parametrize("spec", [SimpleRnn, Lstm, Gru])
def test_every_cell_can_be_named_with_its_forms(spec):
    name = spec.__name__.upper().replace("SIMPLERNN", "SimpleRNN") + "Cell"
    stack, head = make(spec(hidden=3, layers=2), 5, 4, jax.random.key(0))
    for layer in stack.layers:
        cell = layer.cell
        assert (type(cell).__name__, cell.layer_norm, cell.recurrent_dropout) == (name, False, 0)
    assert [layer.cell.input_size for layer in stack.layers] == [2, 3]
    assert head.weight.shape == (4, 3)
    stack, _ = make(spec(hidden=3, layer_norm=True, recurrent_dropout=0.2), 5, 4, jax.random.key(0))
    (layer,) = stack.layers
    assert (layer.cell.layer_norm, layer.cell.recurrent_dropout) == (True, 0.2)


def test_recurrent_dropout_acts_in_training_alone():
    plain, _ = make(Gru(hidden=3), 5, 4, jax.random.key(0))
    dropped, _ = make(Gru(hidden=3, recurrent_dropout=0.5), 5, 4, jax.random.key(0))
    x = np.random.default_rng(0).normal(size=(4, 6, 2)).astype(np.float32)
    still = plain(x)[0]
    assert_allclose(dropped(x)[0], still, rtol=1e-6)
    in_training = dropped(x, key=jax.random.key(1))[0]
    assert_allclose(in_training[:, 0], still[:, 0], rtol=1e-5)  # there was no state yet
    assert (in_training[:, -1] != still[:, -1]).any()
