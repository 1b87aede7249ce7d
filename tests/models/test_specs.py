import pytest

from unspool.errors import UsageError
from unspool.models.specs import NETWORKS, Gru, Lstm, Recurrent, SimpleRnn


def test_every_network_goes_by_its_name():
    assert {"simple-rnn": SimpleRnn, "lstm": Lstm, "gru": Gru} == NETWORKS
    assert all(issubclass(spec, Recurrent) for spec in NETWORKS.values())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"hidden": 0}, "hidden must be a whole number of at least 1, got 0"),
        ({"hidden": 8.0}, "hidden must be a whole number of at least 1, got 8.0"),
        ({"layers": -1}, "layers must be a whole number of at least 1, got -1"),
        ({"members": True}, "members must be a whole number of at least 1, got True"),
        ({"look_back": 1}, "look_back must be a whole number of at least 2, got 1"),
        ({"dropout": 1.0}, "dropout must be a number from 0 to below 1, got 1.0"),
        ({"dropout": -0.1}, "dropout must be a number from 0 to below 1, got -0.1"),
        ({"dropout": "0.1"}, "dropout must be a number from 0 to below 1, got '0.1'"),
        ({"dropout": None}, "dropout must be a number from 0 to below 1, got None"),
        ({"strategy": "rolling"}, "strategy must be one of direct, sequence, recursive"),
        ({"autoregression": "no"}, "autoregression must be True or False, got 'no'"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(wrong, words):
    with pytest.raises(UsageError, match=words):
        Gru(**wrong)
