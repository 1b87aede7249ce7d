from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest

from unspool.cli import classify
from unspool.cli.main import main
from unspool.tasks.classifier import SequenceClassifier

TINY = ("--model", "gru", "--hidden", "4", "--embedding", "3")
random = np.random.default_rng(0)
TEXTS = ["".join(random.choice(list("abc"), 3 + place % 4)) for place in range(240)]


@pytest.fixture(autouse=True)
def _quickly(quick_compiling):
    """Networks are tiny here and trained for a moment."""


def table(path, texts, names=("text", "kind")):
    rows = [[text, "late" if text.endswith("a") else "never"] for text in texts]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with texts.csv and a model that was trained on it."""
    folder = tmp_path_factory.mktemp("classify")
    table(folder / "texts.csv", TEXTS)
    arguments = ["classify", "train", folder / "texts.csv", "--save", folder / "model", "--quiet"]
    more = ["--epochs", "25", "--learning-rate", "0.05", "--batch", "32"]
    assert main([str(word) for word in (*arguments, *more, *TINY)]) == 0
    return folder


def test_training_says_what_was_read_and_how_good_it_is_beside_the_baselines(run, tmp_path):
    path = table(tmp_path / "texts.csv", TEXTS)
    picture = tmp_path / "held.png"
    result = run(
        *("classify", "train", path, "--save", tmp_path / "model", "--epochs", "2"),
        *("--plot", picture, *TINY),
    )
    assert result.code == 0
    assert "240 sequences; " in result.err
    assert "sequences from 'text', labels from 'kind'" in result.err
    lines = result.out.splitlines()
    assert lines[0].startswith("gru: ")
    assert "On 24 sequences held out" in lines
    for name in ("majority", "logistic, n-grams"):
        assert any(line.startswith(name) for line in lines)
    assert "accuracy" in lines[-4] or "accuracy" in lines[-3]
    assert max(map(len, lines[:-2])) <= 80
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert SequenceClassifier.load(tmp_path / "model").classes_.tolist() == ["late", "never"]


def test_as_json_training_gives_one_object(run, tmp_path):
    path = table(tmp_path / "texts.csv", TEXTS[:30])
    result = run(
        *("classify", "train", path, "--save", tmp_path / "model", "--json"),
        *("--epochs", "1", "--seed", "3", *TINY),
    )
    assert (result.code, result.err) == (0, "")
    found = result.json
    assert (found["trained"], found["held_out"], found["seed"]) == (30, 0, 3)
    assert found["model"] == "gru"
    assert found["training"]["epochs"] == 1
    assert "accuracy" not in found


def test_evaluation_is_one_flat_object_with_the_baselines(run, kept):
    result = run("classify", "evaluate", kept / "model", kept / "texts.csv", "--json")
    assert result.code == 0
    found = result.json
    assert found["n"] == 240
    assert found["accuracy"] > 0.9
    assert 0 < found["nats"] < 0.5
    assert set(found["baselines"]) == {"majority", "logistic, n-grams"}
    assert set(found["baselines"]["majority"]) == {"accuracy", "macro_f1", "nats"}
    assert np.array(found["confusion"]).sum() == 240
    assert [row["label"] for row in found["per_class"]] == ["late", "never"]


def test_evaluation_for_people_has_classes_and_mistakes(run, kept, tmp_path):
    path = tmp_path / "others.csv"
    path.write_text("text,kind\nbca,late\ncaé,other\nabb,never\n", encoding="utf-8")
    picture = tmp_path / "confusion.svg"
    result = run("classify", "evaluate", kept / "model", path, "--plot", picture)
    assert result.code == 0
    assert "not trained on, and read as unknown: 'é'" in result.err
    lines = result.out.splitlines()
    assert lines[0] == "On 3 sequences"
    assert any(line.startswith("other") and " 1 " in line for line in lines)
    assert any(line.startswith("Taken most often: other for") for line in lines)
    assert max(map(len, lines[:-1])) <= 80
    assert "<svg" in picture.read_text()


def test_predictions_are_piped_as_csv_beside_the_input(run, kept, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("id,text\n7,bca\n8,abb\n")
    result = run("classify", "predict", kept / "model", path, "--all")
    assert result.code == 0
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [(row["id"], row["text"], row["label"]) for row in rows] == [
        ("7", "bca", "late"),
        ("8", "abb", "never"),
    ]
    first = rows[0]
    assert float(first["probability"]) == float(first["probability of late"]) > 0.5
    assert float(first["probability of late"]) + float(first["probability of never"]) == (
        pytest.approx(1)
    )


def test_predictions_go_to_a_file_or_into_json(run, kept, tmp_path):
    out = tmp_path / "told.json"
    path = table(tmp_path / "new.csv", ["bca"], ("text", "label"))
    result = run("classify", "predict", kept / "model", path, "--out", out)
    assert (result.code, result.out.strip().splitlines()[-1:]) == (0, [f"wrote {out}"])
    (row,) = json.loads(out.read_text())
    assert (row["label"], row["told label"]) == ("late", "late")
    found = run("classify", "predict", kept / "model", path, "--json").json
    assert found["rows"][0]["told label"] == "late"


def test_series_of_a_ts_file_and_of_a_long_table(run, tmp_path):
    series = [random.normal(3 * (place % 2), 1, (2, 5)).round(3) for place in range(12)]
    lines = [
        ":".join([",".join(map(str, one)) for one in own]) + f":{'ab'[place % 2]}"
        for place, own in enumerate(series)
    ]
    ts = tmp_path / "x.ts"
    ts.write_text("\n".join(["@classLabel true a b", "@data", *lines]) + "\n")
    rows = [
        f"s{place},{step},{own[0, step]},{own[1, step]},{'ab'[place % 2]}"
        for place, own in enumerate(series)
        for step in range(5)
    ]
    long = tmp_path / "x.csv"
    long.write_text("\n".join(["id,t,x,y,kind", *rows]) + "\n")
    fast = ("--epochs", "1", "--seed", "1", "--quiet", *TINY)
    for path, more in ((ts, ()), (long, ("--id", "id", "--time", "t"))):
        model = tmp_path / f"model{path.suffix}"
        assert run("classify", "train", path, "--save", model, *more, *fast).code == 0
    told = [
        run("classify", "evaluate", tmp_path / f"model{path.suffix}", path, "--json").json
        for path in (ts, long)
    ]
    assert told[0]["nats"] == pytest.approx(told[1]["nats"], rel=1e-5)
    made = run("classify", "predict", tmp_path / "model.csv", long)
    assert made.out.splitlines()[0] == "id,label,probability"
    assert len(made.out.splitlines()) == 13


def test_an_interrupt_keeps_the_model_and_is_said(run, tmp_path, monkeypatch):
    path = table(tmp_path / "texts.csv", TEXTS[:30])
    fit = SequenceClassifier.fit_labelled

    def interrupted(self, labelled, on_progress):
        def stop(progress):
            raise KeyboardInterrupt

        return fit(self, labelled, on_progress=stop)

    monkeypatch.setattr(SequenceClassifier, "fit_labelled", interrupted)
    result = run("classify", "train", path, "--save", tmp_path / "model", "--epochs", "9", *TINY)
    assert result.code == 130
    assert "interrupted: the model has learned for 1 epoch and is saved" in result.err
    assert (tmp_path / "model" / "spec.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("train", "{data}"), 2, "--save"),
        (("train", "{data}", "--save", "{data}"), 2, "--save .* would overwrite the data"),
        (("train", "none.csv", "--save", "m"), 2, "there is no file 'none.csv'"),
        (("train", "{data}", "--save", "{new}", "--model", "x"), 2, "--model must be one of gru"),
        (("train", "{data}", "--save", "{new}", "--hidden", "3"), 2, "--hidden needs --model too"),
        (
            ("train", "{data}", "--save", "{new}", "--model", "fcn", "--hidden", "3"),
            2,
            "--hidden is for gru, lstm, bidirectional: leave it out with fcn",
        ),
        (("train", "{data}", "--save", "{new}", "--held-out", "2"), 2, "--held-out must be from 0"),
        (("train", "{data}", "--save", "{new}", "--members", "0"), 2, "--members must be"),
        (("train", "{data}", "--save", "{new}", "--label", "x"), 2, "--label x: .* no such column"),
        (("train", "{one}", "--save", "{new}"), 3, "all sequences have 1 class, 'p'"),
        (("train", "{bad}", "--save", "{new}"), 3, "no label .* in line 3"),
        (("predict", "{data}", "{data}"), 2, "there is no saved model"),
        (("predict", "{model}", "{data}", "--out", "{data}"), 2, "--out .* overwrite the data"),
        (("predict", "{model}", "{one}"), 2, "has no column 'text', which the model was trained"),
        (("evaluate", "{model}", "{data}", "--plot", "x.txt"), 2, "plots are written as"),
    ],
)
def test_what_is_wrong_is_one_line_and_an_exit_code(run, kept, tmp_path, words, code, said):
    (tmp_path / "one.csv").write_text("a,b\nx,p\ny,p\n")
    (tmp_path / "bad.csv").write_text("a,b\nx,p\ny,\nz,q\nw,q\n")
    paths = {"data": kept / "texts.csv", "model": kept / "model", "new": tmp_path / "new"}
    paths |= {"one": tmp_path / "one.csv", "bad": tmp_path / "bad.csv"}
    result = run("classify", *(word.format(**paths) for word in words))
    assert result.code == code
    error = result.err.strip().splitlines()[-1]
    assert re.search(said, error), error
    assert not (tmp_path / "new").exists()


def test_the_verbs_are_those_of_every_job():
    assert [command.name for command in classify.group.registered_commands] == [
        *("train", "predict", "evaluate")
    ]
