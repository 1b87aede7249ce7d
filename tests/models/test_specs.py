import pytest

from unspool.errors import UsageError
from unspool.models import build, specs
from unspool.models.specs import NETWORKS, STRATEGIES, Gru, Network


def test_every_network_goes_by_its_name():
    assert list(NETWORKS) == list(build.ARCHITECTURES)
    assert all(NETWORKS[name].name == name for name in NETWORKS)
    assert all(issubclass(spec, Network) for spec in NETWORKS.values())
    kinds = [kind for kind in vars(specs).values() if isinstance(kind, type)]
    named = {kind for kind in kinds if isinstance(vars(kind).get("name"), str)}
    assert named == set(NETWORKS.values())


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
        ({"recurrent_dropout": 1}, "recurrent_dropout must be a number from 0 to below 1, got 1"),
        ({"layer_norm": 1}, "layer_norm must be True or False, got 1"),
        ({"strategy": "rolling"}, "strategy must be one of direct, sequence, recursive"),
        ({"autoregression": "no"}, "autoregression must be True or False, got 'no'"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(wrong, words):
    with pytest.raises(UsageError, match=words):
        Gru(**wrong)


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("conv-gru", {"filters": 0}, "filters must be a whole number of at least 1, got 0"),
        ("conv-lstm", {"stride": 1.5}, "stride must be a whole number of at least 1, got 1.5"),
        ("tcn", {"kernel": 1}, "kernel must be a whole number of at least 2, got 1"),
        ("tcn", {"dropout": -1}, "dropout must be a number from 0 to below 1, got -1"),
        ("wavenet", {"blocks": True}, "blocks must be a whole number of at least 1, got True"),
        ("wavenet-simple", {"depth": 0}, "depth must be a whole number of at least 1, got 0"),
        ("segment-gru", {"segment": "7"}, "segment must be a whole number of at least 1, got '7'"),
    ],
)
def test_a_wrong_setting_of_a_network_of_its_own_is_named_too(name, wrong, words):
    with pytest.raises(UsageError, match=words):
        NETWORKS[name](**wrong)


def test_what_the_window_decides_may_be_left_to_it():
    assert NETWORKS["tcn"](depth=None).depth is None
    assert NETWORKS["segment-gru"](segment=None, look_back=None).segment is None


@pytest.mark.parametrize("name", NETWORKS)
def test_a_strategy_that_a_network_cannot_do_is_refused_in_a_line(name):
    only_direct = name in ("bidirectional", "conv-gru", "conv-lstm", "segment-gru")
    for strategy in STRATEGIES:
        if strategy == "direct" or not only_direct:
            assert NETWORKS[name](strategy=strategy).strategy == strategy
            continue
        with pytest.raises(UsageError, match=f"strategy must be direct for {name}, which has no"):
            NETWORKS[name](strategy=strategy)
