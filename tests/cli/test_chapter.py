from __future__ import annotations

import json
import subprocess
import sys

import pytest

from unspool.chapter import running
from unspool.chapter.registry import ENTRIES

NEEDED = {"name", "figure", "text_figure", "better", "seconds"}


@pytest.fixture(autouse=True)
def _quickly(quick_compiling):
    """Runs are short here."""


@pytest.fixture
def few(monkeypatch):
    """Every experiment on a few examples."""
    run = running.run

    def briefly(name, **given):
        return run(name, **{"examples": 40, **given, "epochs": given["epochs"] or 2})

    monkeypatch.setattr(running, "run", briefly)


def test_it_lists_the_experiments(run):
    result = run("chapter")
    assert result.code == 0
    lines = result.out.splitlines()
    assert [line.split()[1] for line in lines[1 : len(ENTRIES) + 1] if line[:3].strip()] == [
        found.name for found in ENTRIES if found.row
    ]
    lstm = next(line for line in lines if " lstm " in line)
    assert " ".join(lstm.split()) == (
        "16 lstm 0.0086, 0.0085 ten, at every step: LSTM 20, 20, Dense 10"
    )
    assert "unspool chapter NAME" in lines[-1]


def test_the_list_as_json(run):
    listed = run("chapter", "--json").json
    assert [found["name"] for found in listed] == [found.name for found in ENTRIES]
    assert all(set(found) >= NEEDED for found in listed)
    assert all(found["figure"] is None for found in listed)


def test_listing_imports_no_jax():
    code = (
        "import sys; from unspool.cli.main import main; main(['chapter']); "
        "print({'jax', 'equinox', 'optax', 'matplotlib', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_one_says_what_it_is_its_model_and_its_figure(run, few):
    result = run("chapter", "linear")
    assert result.code == 0
    assert result.out.startswith("linear (row 2): one step: a linear function of 50 values\n")
    assert "data: 40 examples to train on, 40 to validate on" in result.out
    assert (
        "total                                                                         51"
        in result.out
    )
    assert "training: Adam, learning rate 0.001, 2 epochs, batches of 32" in result.out
    assert "; the texts have 0.00417: not as good" in result.out
    assert "improved (" not in result.out
    assert result.err == ""


def test_a_trap_is_told_beside_the_figure(run):
    out = " ".join(run("chapter", "naive-ten").out.split())
    assert "MSE 0.25697; the texts have 0.257: at least as good" in out
    assert "trap 1" in out
    assert "0.2228" in out


def test_improved_is_said_with_what_is_different(run, few):
    out = " ".join(run("chapter", "linear", "--improved").out.split())
    assert "improved (Nadam, learning rate from 0.03 down along a cosine): MSE 0." in out


def test_json_of_one_and_of_several(run, few):
    result = run("chapter", "naive", "--json")
    assert result.err == ""
    (naive,) = result.json
    assert set(naive) >= NEEDED
    assert naive["figure"] == pytest.approx(0.02, abs=0.01)
    assert naive["text_figure"] == 0.0211856
    assert naive["better"] == "lower"
    assert naive["seconds"] >= 0
    several = run("chapter", "linear", "naive", "reber-strings", "--json", "--epochs", "1")
    assert several.err == ""
    assert [found["name"] for found in several.json] == ["linear", "naive", "reber-strings"]
    assert several.json[0]["training"]["epochs"] == 1


def test_several_give_a_table_in_their_order(run, few):
    out = run("chapter", "linear", "naive").out.splitlines()
    assert [line.split()[1] for line in out] == ["name", "linear", "naive"]
    assert "missed" in out[1]


def test_all_means_every_one(run, few, monkeypatch, tmp_path):
    kept = [found for found in ENTRIES if found.name in ("naive", "linear", "naive-ten")]
    monkeypatch.setattr("unspool.chapter.registry.ENTRIES", kept)
    report = tmp_path / "chapter.html"
    result = run("chapter", "--all", "--report", report, "--improved")
    assert result.code == 0
    assert result.out.splitlines()[-1] == f"wrote {report}"
    text = report.read_text()
    for found in kept:
        assert f'<h3 id="{found.name}">' in text
    assert "3 experiments, seed 0" in text
    assert text.count("data:image/png;base64,") == 3
    assert list(tmp_path.iterdir()) == [report]


def test_plots_and_the_insides_go_to_a_folder(run, few, monkeypatch, tmp_path):
    from unspool.chapter import look as insides

    def look(model, series, folder, *, untrained):
        assert series.shape == (50, 1)
        assert (model.layer.cell.bias != untrained.layer.cell.bias).all()
        return [folder / "layer-1.png"]

    monkeypatch.setattr(insides, "look", look)
    folder = tmp_path / "plots"
    result = run("chapter", "simple-rnn", "--plots", folder, "--look")
    assert result.code == 0
    drawn = [folder / f"simple-rnn-{name}.png" for name in ("learning-curve", "forecast")]
    assert sorted(folder.iterdir()) == sorted(drawn)
    for path in drawn:
        assert path.read_bytes().startswith(b"\x89PNG")
    inside = folder / "simple-rnn-inside" / "layer-1.png"
    assert result.out.splitlines()[-3:] == [f"wrote {path}" for path in (*drawn, inside)]


def test_where_there_is_no_network_to_look_into_it_is_said(run, tmp_path):
    result = run("chapter", "attention", "--plots", tmp_path / "plots", "--look")
    assert result.code == 0
    assert result.out.splitlines()[-1] == "No network to look into: attention."
    assert not list((tmp_path / "plots").iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lstn"], "unknown experiment 'lstn'; the nearest is 'lstm'"),
        (["lstm", "--epochs", "0"], "--epochs must be a whole number of at least 1, got 0"),
        (["lstm", "--seed", "-1"], "--seed must be a whole number from 0 to 4294967295, got -1"),
        (["lstm", "--scale", "huge"], "--scale must be text or paper, got 'huge'"),
        (["lstm", "--all"], "give either names (lstm, …) or --all, not both"),
        (["--report", "x.html"], "--report needs experiments to run: name some, or give --all"),
        (["--look"], "--look needs experiments to run: name some, or give --all"),
        (["lstm", "--look"], "--look needs --plots DIR, the folder for its pictures"),
        (["lstm", "--report", ""], "--report needs a name of a file"),
        (["lstm", "--report", "no/x.html"], "cannot write 'no/x.html': there is no folder 'no'"),
        (["lstm", "--plots", "no/plots"], "cannot write 'no/plots': there is no folder 'no'"),
        (["lstm", "--plots", "file"], "--plots 'file' is a file: give a folder"),
    ],
)
def test_what_cannot_be_is_said_before_the_work_begins(
    run, arguments, message, monkeypatch, tmp_path
):
    def never(*names, **given):
        raise AssertionError("it ran")

    monkeypatch.setattr(running, "run", never)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    result = run("chapter", *arguments)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(f"unspool: error: {message}")
    assert result.err.count("\n") == 1


def test_ctrl_c_in_one_shows_what_was_learned(run, few, monkeypatch):
    from unspool.cli.progress import Bar

    def press(self, progress):
        raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "show", press)
    result = run("chapter", "linear", "--json")
    assert result.code == 130
    assert result.err == "unspool: interrupted: results are partial\n"
    (linear,) = json.loads(result.out)
    assert linear["interrupted"]
    assert linear["training"]["epochs"] == 1


def test_ctrl_c_in_several_keeps_those_that_are_done(run, few, monkeypatch, tmp_path):
    from unspool.chapter import page

    section, drawn = page.section, []

    def press(result):
        drawn.append(result.entry.name)
        if len(drawn) == 2:
            raise KeyboardInterrupt
        return section(result)

    monkeypatch.setattr(page, "section", press)
    report = tmp_path / "chapter.html"
    result = run("chapter", "naive", "linear", "naive-ten", "--report", report)
    assert result.code == 130
    assert result.err == "unspool: interrupted: 2 experiments were not run\n"
    assert [line.split()[1] for line in result.out.splitlines()[1:2]] == drawn[:1]
    assert "Interrupted: 2 more were not run" in report.read_text()
