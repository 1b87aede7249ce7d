"""`unspool info`: the card of a saved model."""

import json

import jax
import pytest

from unspool.bundles.card import Card
from unspool.cli.main import main
from unspool.layers import Dense
from unspool.tasks.bundle import save_task


@pytest.fixture
def saved(tmp_path):
    card = Card(
        task="translate",
        model="lstm",
        data="90 pairs, 10 held out",
        sizes={"parameters": 12345},
        figures={"exact_match": 0.9},
        baselines={"copy": {"exact_match": 0.1}},
        limits=("dates of this century",),
    )
    save_task(tmp_path / "m", "translate", card, Dense(1, 1, key=jax.random.key(0)), {}, card)
    return tmp_path / "m"


def test_the_card_is_printed(saved, capsys):
    assert main(["info", str(saved)]) == 0
    said = capsys.readouterr().out
    assert "lstm, a model to translate" in said.replace("\n", " ")
    assert "parameters 12,345" in said
    assert "limit: dates of this century" in said
    rows = [line.split() for line in said.splitlines()]
    assert ["lstm", "0.9"] in rows
    assert ["copy", "0.1"] in rows


def test_as_json_it_is_one_object(saved, capsys):
    assert main(["info", str(saved), "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["task"] == "translate"
    assert card["figures"] == {"exact_match": 0.9}


def test_where_there_is_no_model_it_says_so(tmp_path, capsys):
    assert main(["info", str(tmp_path / "none")]) == 2
    assert "there is no saved model" in capsys.readouterr().err
