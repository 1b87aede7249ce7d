"""Saved models of any task, and their cards."""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unspool
from unspool.bundles.card import Card
from unspool.data.vocabulary import Vocabulary
from unspool.errors import DataError
from unspool.layers import Dense
from unspool.tasks.bundle import load_task, read_card, restore_model, save_task
from unspool.tasks.forecaster import Forecaster

CARD = Card(
    task="classify",
    model="gru",
    data="12 names",
    made={"seed": "3"},
    sizes={"parameters": 8},
    figures={"accuracy": 0.5},
    baselines={"majority": {"accuracy": 0.25}},
    limits=("names in Latin letters",),
)


@dataclass(frozen=True)
class Settings:
    units: int
    vocabulary: Vocabulary


def layer(seed=0):
    return Dense(2, 3, key=jax.random.key(seed))


@pytest.fixture
def saved(tmp_path):
    settings = Settings(3, Vocabulary(("a", "b")))
    save_task(tmp_path / "m", "classify", settings, layer(), {"mean": np.arange(3.0)}, CARD)
    return tmp_path / "m"


def test_all_comes_back(saved):
    settings, weights, arrays, card = load_task(saved, "classify", Settings)
    assert settings == Settings(3, Vocabulary(("a", "b")))
    assert arrays["mean"].tolist() == [0, 1, 2]
    assert card == CARD == read_card(saved)
    model = restore_model(weights, eqx.filter_eval_shape(layer))
    x = jnp.ones((1, 1, 2))
    assert np.asarray(model(x)[0]).tobytes() == np.asarray(layer()(x)[0]).tobytes()


def test_another_tasks_model_says_so(saved):
    with pytest.raises(
        DataError, match="a model to classify, not to translate: `unspool classify` uses it"
    ):
        load_task(saved, "translate", Settings)
    with pytest.raises(DataError, match="not to forecast: `unspool classify` uses it"):
        Forecaster.load(saved)


def test_a_forecaster_has_a_card_too(tmp_path):
    series = np.sin(np.arange(60.0)) + 5
    frame = {"time": np.arange(60), "value": series}
    import pandas as pd

    fitted = Forecaster(model="naive", horizon=3).fit(pd.DataFrame(frame))
    fitted.save(tmp_path / "f")
    card = read_card(tmp_path / "f")
    assert (card.task, card.model) == ("forecast", "naive")
    assert card.figures["mae"] > 0
    assert "seasonal-naive" in card.baselines or "linear" in card.baselines
    assert card.made["unspool"] == unspool.__version__
