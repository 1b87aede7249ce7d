"""docs/translate.md says what is: its code runs, its defaults are the program's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unspool.models.translators.specs import TranslatorNetwork
from unspool.tasks.translating import fitted
from unspool.training.epochs import Epochs

TEXT = (Path(__file__).parents[2] / "docs" / "translate.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def _quickly() -> Iterator[None]:
    """Code that runs for a moment is not made fast, which is most of what would be waited for."""
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


def test_the_code_runs_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import unspool.tasks.translator as translator

    monkeypatch.setattr(translator, "default_training", lambda pairs: Epochs(epochs=1))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL):
        fewer = block.replace("10_000", "100").replace("500", "20")
        exec(compile(fewer, "translate.md", "exec"), names)
    assert names["weights"].shape[1] == 11
    assert names["found"].n == 20
    assert names["ahead"].predict(names["waves"][:2, :20]).shape == (2, 10, 1)


def test_the_defaults_are_as_they_are() -> None:
    rows = dict(
        re.findall(r"^\| `--([a-z-]+)`(?:, `--no-[a-z]+`)? \| ([^|]+?) \|", TEXT, re.MULTILINE)
    )
    network = TranslatorNetwork()
    assert rows["model"] == network.cell
    assert rows["attention"] == network.attention
    assert rows["bidirectional"] == "on"
    for name in ("units", "layers", "embedding"):
        assert int(rows[name]) == getattr(network, name)
    settings = fitted.default_training(10_000)
    assert int(rows["batch"]) == settings.batch
    assert float(rows["learning-rate"]) == settings.learning_rate
    assert f"about {fitted.UPDATES:,} updates" in TEXT
    assert f"in {fitted.FEWEST_EPOCHS} to {fitted.MOST_EPOCHS} epochs" in TEXT
