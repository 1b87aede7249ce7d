import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unspool.errors import UsageError
from unspool.models.sampling import Choice, draw, kept

SHARES = np.array([0.1, 0.4, 0.2, 0.3])
SCORES = jnp.log(jnp.asarray(SHARES, jnp.float32)) + 3


def shares_of(choice, count=20_000):
    """How often each symbol is drawn."""
    gumbel = jax.random.gumbel(jax.random.key(0), (count, 4))
    drawn = jax.vmap(lambda noise: draw(SCORES, noise, choice))(gumbel)
    return np.bincount(np.asarray(drawn), minlength=4) / count


def test_symbols_come_as_often_as_their_probabilities_say():
    np.testing.assert_allclose(shares_of(Choice()), SHARES, atol=0.012)


def test_temperature_raises_the_probabilities_to_its_inverse():
    cold = SHARES**2 / (SHARES**2).sum()
    np.testing.assert_allclose(shares_of(Choice(temperature=0.5)), cold, atol=0.012)
    assert shares_of(Choice(temperature=0)).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("choice", "stays"),
    [
        (Choice(top_k=2), [1, 3]),
        (Choice(top_k=9), [0, 1, 2, 3]),
        (Choice(top_p=0.39), [1]),
        (Choice(top_p=0.41), [1, 3]),
        (Choice(top_p=1.0), [0, 1, 2, 3]),
        # Of the two that are left the first has 4 / 7.
        (Choice(top_k=2, top_p=0.5), [1]),
    ],
)
def test_only_the_likeliest_stay_and_keep_their_scores(choice, stays):
    scores = np.asarray(kept(SCORES, choice))
    assert np.flatnonzero(np.isfinite(scores)).tolist() == stays
    np.testing.assert_array_equal(scores[stays], np.asarray(SCORES)[stays])


def test_of_equal_scores_the_first_stay():
    assert np.isfinite(np.asarray(kept(jnp.zeros(4), Choice(top_k=2)))).tolist() == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"temperature": -1}, "temperature must be a number of at least 0, got -1"),
        ({"temperature": float("nan")}, "temperature must be"),
        ({"top_k": 0}, "top_k must be a whole number of at least 1, got 0"),
        ({"top_p": 0}, "top_p must be above 0 and at most 1, got 0"),
        ({"top_p": 1.5}, "top_p must be"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        Choice(**wrong)
