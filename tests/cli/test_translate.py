from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unspool.cli.job_options import TrainingChoice
from unspool.cli.main import main
from unspool.cli.translate_options import training_of
from unspool.tasks.translating.fitted import default_training

VERBS = {"see": "sehe", "call": "rufe", "know": "kenne"}
# Small enough to train in a moment, enough to learn it.
TINY = ("--units", 16, "--embedding", 8, "--epochs", 12, "--batch", 16, "--learning-rate", 0.01)


def phrases(count: int) -> str:
    """A verb to be learned, a name to be copied: every name stands on one line."""
    random = np.random.default_rng(0)
    lines = []
    for row in range(count):
        verb = list(VERBS)[row % len(VERBS)]
        name = "".join(random.choice(list("abcdefghijklmnop"), 5))
        lines.append(f"I {verb} {name} now\tjetzt {VERBS[verb]} ich {name}\n")
    return "".join(lines)


@pytest.fixture(scope="module", autouse=True)
def _quickly() -> Iterator[None]:
    """Code that runs for a moment is not made fast, which is most of what would be waited for."""
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "phrases.tsv"
    path.write_text(phrases(400))
    return path


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "model"
    given = ("translate", "train", data, "--save", path, *TINY, "--level", "words", "--quiet")
    assert main([str(one) for one in given]) == 0
    return path


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    path = tmp_path / "sources.txt"
    path.write_text("I see Anna now\nI know Zoé now\n")
    return path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_training_prints_figures_beside_the_baselines_and_whether_they_are_beaten(
    run: Any, data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "model"
    result = run("translate", "train", data, "--save", path, *TINY, "--level", "words")
    assert result.code == 0
    assert f"{data}: 400 pairs; no header: each line is a pair" in result.err
    for word in ("network", "copy", "most frequent", "nearest", "exact match", "character error"):
        assert word in result.out
    assert "gru with dot attention beats copy: exact match 1 and 0 on 40 pairs." in result.out
    assert (path / "spec.json").exists()
    assert max(map(len, result.out.splitlines())) <= 80


def test_training_as_json_is_one_object(run: Any, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "model"
    result = run("translate", "train", data, "--save", path, *TINY, "--level", "words", "--json")
    assert result.code == 0
    assert result.err == ""
    found = result.json
    assert (found["n"], found["pairs"], found["epochs"]) == (40, 360, 12)
    assert found["copies"] is True
    assert {"exact_match", "accuracy", "character_error", "word_error", "bleu"} <= set(found)
    assert found["sentence"] == (
        "gru with dot attention beats copy: exact match 1 and 0 on 40 pairs."
    )
    assert found["saved"] == str(path)


def test_predictions_go_on_as_csv_and_unknown_symbols_are_said(
    run: Any, model: Path, sources: Path
) -> None:
    result = run("translate", "predict", model, sources)
    assert result.code == 0
    found = rows(result.out)
    assert [row["source"] for row in found] == ["I see Anna now", "I know Zoé now"]
    assert [row["prediction"] for row in found] == ["jetzt sehe ich Anna", "jetzt kenne ich Zoé"]
    assert all(float(row["score"]) < 0 for row in found)
    assert (
        "lines 1, 2 with symbols that training has not seen ('Anna', 'Zoé'): in 2 of these rows "
        "symbols were copied where attention pointed"
    ) in result.err


def test_predictions_are_written_to_files_and_as_json(
    run: Any, model: Path, sources: Path, tmp_path: Path
) -> None:
    out, plot = tmp_path / "out.json", tmp_path / "seen.svg"
    result = run(
        "translate", "predict", model, sources, "--out", out, "--beam", 3, "--attention-plot",
        plot, "--row", 2,
    )  # fmt: skip
    assert result.code == 0
    assert json.loads(out.read_text())[1]["prediction"] == "jetzt kenne ich Zoé"
    assert "I see Anna now → jetzt sehe ich Anna" in result.out
    assert f"wrote {plot}" in result.err
    assert plot.read_text().lstrip().startswith("<?xml")
    found = run("translate", "predict", model, sources, "--json").json
    assert found["predictions"][0]["copied"] == ["Anna"]
    assert found["predictions"][0]["ended"] is True


def test_evaluation_is_one_flat_object(run: Any, model: Path, data: Path) -> None:
    result = run("translate", "evaluate", model, data, "--json")
    found = result.json
    assert list(found) == [
        "exact_match",
        "accuracy",
        "character_error",
        "word_error",
        "bleu",
        "n",
        "baselines",
    ]
    assert found["n"] == 400
    assert found["exact_match"] == 1.0
    assert found["baselines"]["nearest"]["exact_match"] == 0.9  # of what it has learned from
    said = run("translate", "evaluate", model, data, "--beam", 2)
    assert "beats nearest: exact match 1 and 0.9 on 400 pairs." in said.out


def test_the_card_is_printed_by_info(run: Any, model: Path) -> None:
    found = run("info", model, "--json").json
    assert found["task"] == "translate"
    assert found["figures"]["exact_match"] == 1.0


def test_ctrl_c_keeps_what_was_learned(
    run: Any, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unspool.cli.progress import Bar

    def interrupt(bar: Bar, progress: Any) -> None:
        if progress.step == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "show", interrupt)
    path = tmp_path / "model"
    result = run("translate", "train", data, "--save", path, *TINY, "--level", "words")
    assert result.code == 130
    assert "interrupted: the model has learned for 2 epochs" in result.err
    assert run("info", path, "--json").json["made"]["ended by"] == "interrupted"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("train", "{data}"), 2, "Missing option '--save'"),
        (("train", "none.tsv", "--save", "{new}"), 2, "there is no file 'none.tsv'"),
        (("train", "{data}", "--save", "{data}"), 2, "is a file; a model is saved as a folder"),
        (("train", "{data}", "--save", "{new}", "--units", "7"), 2, "--units must be even for"),
        (("train", "{data}", "--save", "{new}", "--attention", "x"), 2, "--attention must be one"),
        (("train", "{data}", "--save", "{new}", "--model", "rnn"), 2, "--model must be one of"),
        (("train", "{data}", "--save", "{new}", "--level", "x"), 2, "--level must be one of"),
        (("train", "{data}", "--save", "{new}", "--held-out", "1"), 2, "--held-out must be a"),
        (("train", "{data}", "--save", "{new}", "--sampling", "2"), 2, "--sampling must be"),
        (("train", "{data}", "--save", "{new}", "--beam", "0"), 2, "--beam must be a whole"),
        (("train", "{faulty}", "--save", "{new}"), 3, "faulty.tsv, line 2: the target is empty"),
        (("train", "{lines}", "--save", "{new}"), 3, "no targets; give --target-file with"),
        (("evaluate", "{model}", "{lines}"), 3, "no targets; give --target-file with"),
        (("evaluate", "{new}", "{data}"), 2, "there is no saved model"),
        (("predict", "{model}", "{lines}", "--row", "2"), 2, "--row says which source"),
        (
            ("predict", "{model}", "{lines}", "--attention-plot", "a.png", "--row", "9"),
            2,
            "--row must be from 1 to 2",
        ),
        (("predict", "{model}", "{lines}", "--out", "{lines}"), 2, "would overwrite the sources"),
        (("predict", "{model}", "{lines}", "--out", "a.xyz"), 2, "cannot tell from the extension"),
        (("predict", "{model}", "{lines}", "--beam", "0"), 2, "--beam must be a whole number"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    run: Any,
    data: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faulty.tsv").write_text("yes\toui\nno\t \n")
    (tmp_path / "lines.txt").write_text("yes\nno\n")
    places = {
        "data": data,
        "model": model,
        "new": tmp_path / "new",
        "faulty": tmp_path / "faulty.tsv",
        "lines": tmp_path / "lines.txt",
    }
    result = run("translate", *(one.format(**places) for one in arguments))
    assert result.code == code
    assert said in result.err
    assert len(result.err.splitlines()) <= 2
    assert not (tmp_path / "new").exists()


def test_minutes_alone_end_the_training_and_what_is_not_said_is_the_jobs_own() -> None:
    def said(**given: Any) -> Any:
        nothing = dict.fromkeys(("epochs", "minutes", "batch", "learning_rate"))
        return training_of(TrainingChoice(**(nothing | given), seed=0, given=()), 9_000)

    assert said() is None
    own = default_training(9_000)
    assert said(learning_rate=0.5) == replace(own, learning_rate=0.5)
    assert said(batch=128) == default_training(9_000, 128)
    timed = said(minutes=5.0)
    assert timed.minutes == 5.0
    assert timed.epochs > 1000 * own.epochs
    assert said(minutes=5.0, epochs=3) == replace(own, epochs=3, minutes=5.0)
