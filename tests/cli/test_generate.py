"""`unspool generate train`, `sample` and `evaluate`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jax
import mido
import numpy as np
import pytest

from unspool.cli.main import main

TEXT = "the cat sat on the mat.\nthe dog sat on the log.\n" * 40
SMALL = ("--units", 16, "--embedding", 8, "--dropout", 0, "--learning-rate", 0.02)


@pytest.fixture(scope="module", autouse=True)
def compiling_quickly() -> Iterator[None]:
    """What runs but a few times is not made fast, which is most of what tests would wait for."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text, a folder of chords, and a model of each."""
    where = tmp_path_factory.mktemp("generate")
    (where / "text.txt").write_text(TEXT)
    scale = np.array([60, 62, 64, 65, 67, 65, 64, 62])
    for part, count in (("train", 4), ("valid", 1), ("test", 2)):
        (where / "chords" / part).mkdir(parents=True)
        for number in range(count):
            rows = "".join(f"{note},{note - 7}\n" for note in np.roll(scale, number))
            (where / "chords" / part / f"{number}.csv").write_text("high,low\n" + rows)
    text = [where / "text.txt", "--save", where / "text", "--epochs", 6, "--batch", 4]
    assert main([str(one) for one in ("generate", "train", *text, "--quiet", *SMALL)]) == 0
    chords = [where / "chords", "--save", where / "music", "--epochs", 2, "--writer", 8]
    assert main([str(one) for one in ("generate", "train", *chords, "--quiet", *SMALL)]) == 0
    return where


def test_training_says_what_was_learned_and_how_good_it_is(run, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT[:600])
    small = ("--units", 5, "--batch", 2, "--steps", 8, "--epochs", 1)
    done = run("generate", "train", tmp_path / "a.txt", "--save", tmp_path / "m", *small)
    assert done.code == 0, done.err
    assert "gru, 1 layer of 5" in done.out
    assert "540 characters of a text trained it" in done.out
    for word in ("nats", "bits", "perplexity", "accuracy", "unigram", "bigram"):
        assert word in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    again = run(
        "generate", "train", tmp_path / "a.txt", "--save", tmp_path / "m", *small, "--json"
    ).json
    assert again["n"] == 59
    assert again["part"] == "held-out"
    assert again["training"]["epochs"] == 1
    assert set(again["baselines"]) == {"unigram", "bigram"}
    card = run("info", tmp_path / "m", "--json").json
    assert (card["task"], card["figures"]["nats"]) == ("generate", again["nats"])


def test_evaluation_is_one_flat_object(run, folder):
    found = run("generate", "evaluate", folder / "text", folder / "text.txt", "--json").json
    assert {"nats", "bits", "perplexity", "accuracy", "n", "baselines"} <= set(found)
    assert (found["part"], found["n"]) == ("held-out", 191)
    assert found["nats"] < found["baselines"]["bigram"]["nats"]
    every = run("generate", "evaluate", folder / "text", folder / "text.txt", "--part", "all")
    assert "The model was trained on these" in every.out
    assert "beats bigram" in every.out
    windows = ("--window", 5, "--shift", 3, "--json")
    found = run("generate", "evaluate", folder / "music", folder / "chords", *windows).json
    assert (found["part"], found["sequences"], found["n"]) == ("test", 4, 4 * 9)


def test_the_same_seed_writes_the_same_text_after_the_prompt(run, folder, tmp_path):
    command = ("generate", "sample", folder / "text", "--prompt", "the", "--seed", 4)
    first = run(*command, "--length", 60)
    assert first.code == 0, first.err
    assert first.out.startswith("the")
    assert len(first.out) == 63
    assert run(*command, "--length", 60).out == first.out
    assert run(*command, "--length", 60, "--out", tmp_path / "a.txt").out == ""
    assert (tmp_path / "a.txt").read_text() == first.out
    state = ("--state", tmp_path / "state")
    begun = run(*command, "--length", 21, *state)
    rest = run("generate", "sample", folder / "text", "--length", 39, *state)
    assert begun.out + rest.out == first.out


def test_music_is_written_as_csv_and_midi(run, folder, tmp_path):
    command = ("generate", "sample", folder / "music", "--length", 8)
    rows = run(*command).out.splitlines()
    assert rows[0] == "note0,note1"
    assert len(rows) == 9
    assert run(*command, "--midi", tmp_path / "a.mid").out == ""
    made = mido.MidiFile(tmp_path / "a.mid")
    assert len(made.tracks) == 3
    assert made.length <= 8 / 4 * 60 / 80


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("sample", "{text}", "--midi", "a.mid"), 2, "--midi is for music"),
        (("sample", "{text}", "--number", 3), 2, "--number is for sequences that end"),
        (("sample", "{text}", "--temperature", -1), 2, "--temperature must be a number of at"),
        (("sample", "{text}", "--top-p", 2), 2, "--top-p must be above 0 and at most 1"),
        (("sample", "{text}", "--prompt", "t?"), 3, "'?', line 1, character 2: none of the"),
        (("sample", "{text}", "--out", "{text}/a"), 2, "lies in the model's folder"),
        (("sample", "{music}", "--steps-a-quarter", 0), 2, "--steps-a-quarter must be from"),
        (("evaluate", "{text}", "{chords}"), 3, "these are chords, and the model was trained"),
        (("evaluate", "{music}", "{table}"), 3, "a table holds sequences of symbols, and the mod"),
        (("evaluate", "{text}", "none.txt"), 2, "there is no file 'none.txt'"),
        (("evaluate", "{music}", "{chords}", "--part", "all"), 2, "--part must be one of train"),
        (("train", "{data}", "--save", "{data}"), 2, "would overwrite the data"),
        (("train", "{data}", "--save", "m", "--model", "bert"), 2, "--model must be one of gru"),
        (("train", "{data}", "--save", "m", "--transpose", 2), 2, "--transpose is for chords"),
        (("train", "{data}", "--save", "m", "--steps", 5000), 3, "too few to train on"),
        (("train", "{data}"), 2, "Missing option '--save'"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, code, said, run, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places = {
        "{text}": folder / "text",
        "{music}": folder / "music",
        "{chords}": folder / "chords",
        "{data}": folder / "text.txt",
        "{table}": folder / "chords" / "train" / "1.csv",
    }
    filled = [
        str(places[one]) if one in places else str(one).replace("{text}", str(folder / "text"))
        for one in arguments
    ]
    done = run("generate", *filled)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_another_tasks_model_is_refused(run, folder, tmp_path):
    spec = json.loads((folder / "text" / "spec.json").read_text())
    other = tmp_path / "other"
    other.mkdir()
    for file in (folder / "text").iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    (other / "spec.json").write_text(json.dumps(spec | {"task": "classify"}))
    done = run("generate", "sample", other)
    assert done.code == 3
    assert "is a model to classify, not to generate: `unspool classify` uses it" in done.err
