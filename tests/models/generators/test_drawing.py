import jax
import numpy as np
import pytest

from unspool.models.generators import drawing
from unspool.models.generators.build import Values, build
from unspool.models.generators.specs import GeneratorNetwork
from unspool.models.sampling import Choice


@pytest.fixture(scope="module")
def network():
    spec = GeneratorNetwork(units=6, layers=1, embedding=4, dropout=0.0)
    return build(spec, Values("symbols", 9), key=jax.random.key(0))


KEY = jax.random.key(7)


def drawn(network, *counts):
    place, found = drawing.beginning(network), []
    for count in counts:
        values, place = drawing.draw(network, place, count, Choice(), KEY)
        found.append(values)
    return np.concatenate(found), place


def test_however_a_sequence_is_cut_into_calls_it_is_the_same(network):
    one, end = drawn(network, 100)
    pieces, stop = drawn(network, 1, 60, 39)
    np.testing.assert_array_equal(pieces, one)
    assert end.drawn == stop.drawn == 100
    np.testing.assert_array_equal(jax.tree.leaves(stop.state)[0], jax.tree.leaves(end.state)[0])
    assert len(set(one.tolist())) > 4


def test_a_step_is_drawn_by_the_scores_after_all_steps_before(network):
    """Beside the obvious loop: the whole sequence read anew for every step."""
    given = np.array([3, 1, 4, 1, 5], np.int32)
    place = drawing.read(network, drawing.beginning(network), given)
    values, _ = drawing.draw(network, place, 6, Choice(), KEY)
    written = np.zeros(12, np.int32)  # a 0 is what comes before the first
    written[1:6] = given
    for number in range(6):
        # What stands after a step changes nothing at it.
        features, _ = network.features(written[None])
        scores = network.writer.scores(network.reader, features[0, 5 + number])
        noise = network.writer.noise(jax.random.fold_in(KEY, number))
        code = int(np.argmax(np.asarray(scores) + np.asarray(noise)))
        assert code == values[number]
        written[6 + number : 7 + number] = code
    assert len(set(values.tolist())) > 2


def test_reading_goes_on_over_the_end_of_a_block(network):
    given = np.random.default_rng(0).integers(0, 9, drawing.BLOCK + 40).astype(np.int32)
    place = drawing.read(network, drawing.beginning(network), given)
    assert int(place.value) == given[-1]
    _, state = network.features(np.append(0, given[:-1]).astype(np.int32)[None])
    np.testing.assert_allclose(
        jax.tree.leaves(place.state)[0], jax.tree.leaves(state)[0], rtol=1e-4, atol=1e-5
    )
