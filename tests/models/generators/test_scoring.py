import equinox as eqx
import jax
import numpy as np
import pytest

from unspool.models.generators.build import Values, build
from unspool.models.generators.scoring import score_text
from unspool.models.generators.specs import GeneratorNetwork


@pytest.fixture(scope="module")
def network():
    spec = GeneratorNetwork(units=6, layers=1, embedding=4, dropout=0.0)
    return build(spec, Values("symbols", 5), key=jax.random.key(0))


def whole(network, codes):
    """Nats and hits by reading all of it in one go."""
    judged, _ = eqx.filter_jit(network.judge)(codes[None, :-1], codes[None, 1:])
    return np.asarray(judged.nats)[0, :, 0], np.asarray(judged.hits)[0, :, 0]


@pytest.mark.parametrize("time", [2, 129, 700])
def test_a_text_in_one_part_is_judged_as_read_in_one_go(time, network):
    codes = np.random.default_rng(0).integers(0, 5, time).astype(np.int32)
    for got, wanted in zip(score_text(network, codes), whole(network, codes), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("time", [900, 1003, 1041])
def test_parts_side_by_side_give_each_step_once_and_in_order(time, network):
    codes = np.random.default_rng(1).integers(0, 5, time).astype(np.int32)
    nats, hits = score_text(network, codes, parts=7, before=200)
    wanted, right = whole(network, codes)
    assert len(nats) == time - 1
    # 200 steps are enough for a small network to have forgotten that there was more before.
    np.testing.assert_allclose(nats, wanted, rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(hits, right)
