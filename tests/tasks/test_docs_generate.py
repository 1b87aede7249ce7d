"""docs/generate.md says what is: its code runs, its defaults are the program's."""

import re
from pathlib import Path

import unspool
import unspool.data.examples as examples
from unspool.models.generators.specs import GeneratorNetwork
from unspool.tasks.generating.settings import GeneratorTraining, network_for
from unspool.training.epochs import Epochs

TEXT = (Path(__file__).parents[2] / "docs" / "generate.md").read_text(encoding="utf-8")
COLUMNS = (("symbols", True), ("symbols", False), ("chords", False), ("roll", False))


def rows():
    """The cells of every row of a table that begins with an option."""
    for line in TEXT.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if line.startswith("| `--"):
            yield cells[0].removeprefix("--").replace("-", "_"), cells[1:]


def test_the_code_runs_in_order(tmp_path, monkeypatch, quick_compiling):
    some = examples.shakespeare()[:6000]
    monkeypatch.setattr(examples, "shakespeare", lambda: some)
    monkeypatch.setattr(
        unspool.GeneratorTraining,
        "as_epochs",
        lambda self, kind, *, one: Epochs(epochs=1, batch=4),
    )
    monkeypatch.chdir(tmp_path)
    names = {}
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "generate.md", "exec"), names)
    generator = names["generator"]
    assert names["begun"] + names["rest"] == generator.sample(200, seed=3)
    assert (tmp_path / "poet" / "spec.json").exists()


def test_the_defaults_of_training_are_as_they_are():
    found = {name: cells for name, cells in rows() if len(cells) == 4}
    assert set(found) == {"epochs", "batch", "steps", "learning_rate", "transpose"}
    training = GeneratorTraining()
    for (kind, one), *cells in zip(COLUMNS, *found.values(), strict=True):
        said = dict(zip(found, cells, strict=True))
        settings = training.as_epochs(kind, one=one)
        for name in ("epochs", "batch", "learning_rate"):
            assert float(said[name]) == getattr(settings, name), (kind, name)
        assert int(said["steps"]) == training.steps_for(kind, one=one)
        if kind != "symbols":
            assert int(said["transpose"]) == training.transpose_for(kind)


def test_the_defaults_of_networks_are_as_they_are():
    said = {name: cells[0] for name, cells in rows() if len(cells) == 2}
    for kind, one in COLUMNS:
        spec = network_for(GeneratorNetwork(), kind, one=one)
        for name in ("units", "embedding"):
            numbers = {
                word: int(number) for number, word in re.findall(r"(\d+) for (\w+)", said[name])
            }
            word = "music" if kind != "symbols" else "text" if one else "sequences"
            assert numbers[word] == getattr(spec, name), (kind, name)
        shares = {
            word: float(share) for share, word in re.findall(r"([\d.]+) for (\w+)", said["dropout"])
        }
        word = "rolls" if kind == "roll" else "text" if one else "others"
        assert spec.dropout == shares[word], kind
    for name in ("kernel", "writer", "keys"):
        assert said[name] == str(getattr(GeneratorNetwork(), name))
    for name, found in (("gru", 1), ("tcn", 6), ("wavenet", 6)):
        spec = network_for(GeneratorNetwork(model=name), "symbols", one=True)
        assert spec.layers == found
        assert spec.units == (512 if name == "gru" else 128)
