"""docs/classify.md says what is: its code runs, and its tables give the defaults as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from unspool.models.classifiers import CLASSIFIERS
from unspool.tasks.classifying import settings

TEXT = (Path(__file__).parents[2] / "docs" / "classify.md").read_text(encoding="utf-8")


def test_the_code_runs_in_order(tmp_path, monkeypatch, quick_compiling, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL):
        exec(compile(block, "classify.md", "exec"), names)
    assert len(names["told"]) == 60
    assert "accuracy" in capsys.readouterr().out
    assert names["labelled"].labels == ("Italian", "Czech")


def test_every_network_and_its_defaults_are_named():
    rows = dict(re.findall(r"^\| `--(\w+)`[^|]*\| ([^|]*) \|", TEXT, flags=re.MULTILINE))
    for name, spec in CLASSIFIERS.items():
        assert f"`{name}`" in TEXT
        for field in ("filters", "kernel", "depth", "embedding", "hidden"):
            if field in vars(spec()):
                value = vars(spec())[field]
                assert str(value) in re.findall(r"\d+", rows[field]), (name, field)


def test_the_figures_of_training_are_those_of_the_settings():
    least, most = settings.EPOCHS
    assert f"about {settings.UPDATES:,} updates, in {least} to {most} epochs" in TEXT
    rate, recurrent = settings.CONVOLUTIONAL_RATE, settings.RECURRENT_RATE
    assert f"| {rate:g}, recurrent {recurrent:g}, with slopes {settings.SLOPES_RATE:g} |" in TEXT
    assert f"about {settings.FEW_UPDATES} updates" in TEXT
    assert f"fewer than {settings.FEWEST} of numbers" in TEXT
    assert f"`fcn` of {settings.FEW_NETWORK.filters} filters" in TEXT
    assert f"Of {settings.FEWEST} sequences or more" in TEXT
