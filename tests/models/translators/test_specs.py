from __future__ import annotations

import pytest

from unspool.errors import UsageError
from unspool.models.translators.specs import TranslatorNetwork


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cell": "rnn"}, "cell must be one of lstm, gru, got 'rnn'"),
        ({"attention": "self"}, "attention must be one of additive, dot, none"),
        ({"units": 0}, "units must be a whole number of at least 1, got 0"),
        ({"units": 7}, "units must be even for a bidirectional encoder, got 7"),
        ({"layers": True}, "layers must be a whole number"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1"),
        ({"dropout": "a"}, "dropout must be a number, got 'a'"),
        ({"copy": True, "attention": "none"}, "copy needs attention"),
    ],
)
def test_settings_that_make_no_network_are_rejected(given, said):
    with pytest.raises(UsageError, match=said):
        TranslatorNetwork(**given)


def test_odd_units_do_for_one_direction():
    assert TranslatorNetwork(units=7, bidirectional=False).units == 7


def test_names_say_cell_and_attention():
    assert TranslatorNetwork().name == "gru with dot attention"
    assert TranslatorNetwork("lstm", attention="none").name == "lstm without attention"
