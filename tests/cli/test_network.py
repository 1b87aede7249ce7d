"""`unspool forecast` with a network: training, its report, saving, loading, Ctrl-C, diverging."""

from __future__ import annotations

import os

import pyarrow.parquet
import pytest

import unspool
from unspool.cli.progress import Bar

# The same settings everywhere, so that one compilation serves all tests.
GRU = ("--horizon", "3", "--hidden", "4", "--look-back", "8", "--steps", "5", "--batch", "8")


@pytest.fixture
def saved(run, sales, tmp_path):
    """A saved model, and the JSON of the run that made it."""
    done = run("forecast", sales, *GRU, "--seed", "3", "--json", "--save", tmp_path / "model")
    assert (done.code, done.err) == (0, "")
    return tmp_path / "model", done.json


def test_a_training_is_in_the_report_and_leaves_all_files(run, sales, tmp_path):
    names = ("f.parquet", "p.png", "curve.svg", "model")
    out, plot, curve, model = (tmp_path / name for name in names)
    done = run(
        *("forecast", sales, *GRU, "--out", out, "--plot", plot),
        *("--learning-curve", curve, "--save", model),
    )
    assert done.code == 0
    report = " ".join(done.out.split())
    assert "Trained 5 steps in " in report
    assert "validation error " in report
    assert "with the newest rows too" in report
    assert "Backtest: 16 windows of 1 series, 3 steps ahead, on rows held back" in report
    assert "Written: " in report
    unwrapped = "".join(done.out.split())  # a long path is cut where the line ends
    assert all(f"{name}(" in unwrapped for name in names)
    assert "loss" not in done.err  # no progress where there is no terminal
    assert pyarrow.parquet.read_table(out).num_rows == 3
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert curve.read_bytes().startswith(b"<?xml")
    assert (model / "spec.json").exists()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            "--model conv-lstm --filters 3 --stride 3 --kernel 2 --dropout 0.1 --clip-value 0.5",
            unspool.ConvLstm(filters=3, stride=3, kernel=2, dropout=0.1),
        ),
        (
            "--model gru --layer-norm --recurrent-dropout 0.2 --hidden 5 --members 2",
            unspool.Gru(layer_norm=True, recurrent_dropout=0.2, hidden=5, members=2),
        ),
        (
            "--model tcn --depth 2 --blocks 3 --strategy recursive --look-back 9",
            unspool.Tcn(depth=2, blocks=3, strategy="recursive", look_back=9),
        ),
        ("--model segment-gru --segment 4", unspool.SegmentGru(segment=4)),
        ("--model bidirectional --layers 2", unspool.BidirectionalGru(layers=2)),
        ("--model wavenet", unspool.GatedWaveNet()),
        ("--model wavenet-simple", unspool.SimpleWaveNet()),
        ("--model conv-gru", unspool.ConvGru()),
    ],
    ids=lambda given: given.split()[1] if isinstance(given, str) else "",
)
def test_every_option_arrives_in_the_settings_of_its_network(
    run, sales, monkeypatch, options, expected
):
    arrived = []

    def fit(_, spec, horizon, training, *__):
        arrived.append((spec, training))
        raise unspool.UsageError("enough")

    monkeypatch.setattr("unspool.tasks.forecaster.fit", fit)
    run("forecast", sales, "--horizon", "3", *options.split())
    (spec, training), *_ = arrived
    assert spec == expected
    assert training == unspool.Training(clip_value=0.5 if "clip" in options else None)


def test_json_holds_the_training_and_the_settings(saved):
    _, data = saved
    first = data["training"][0]
    assert first["phase"] == "training"
    assert first["steps"] == len(first["losses"]) == 5
    assert len(first["check_steps"]) == len(first["check_errors"]) == 6
    assert data["training"][1]["phase"] == "finishing"
    assert data["settings"]["network"]["hidden"] == 4
    assert data["settings"]["network"]["look_back"] == data["settings"]["look_back"] == 8
    assert data["settings"]["training"]["steps"] == 5
    assert data["settings"]["seed"] == 3
    assert list(data["backtest"]["scores"]) == ["gru", "naive", "seasonal-naive", "linear"]
    assert data["interrupted"] is False
    assert data["files"][0]["what"] == "model"


def test_the_same_seed_gives_the_same_bits(run, sales, saved):
    again = run("forecast", sales, *GRU, "--seed", "3", "--json").json
    assert again["forecast"] == saved[1]["forecast"]
    assert again["training"][0]["losses"] == saved[1]["training"][0]["losses"]
    other = run("forecast", sales, *GRU, "--seed", "4", "--json").json
    assert other["training"][0]["losses"] != saved[1]["training"][0]["losses"]


def test_a_saved_model_forecasts_the_same_without_a_table_and_with_it(run, sales, saved):
    model, data = saved
    alone = run("forecast", "--load", model, "--json").json
    assert alone["forecast"] == data["forecast"]
    assert alone["backtest"] == data["backtest"]
    assert alone["report"] is None
    assert alone["settings"]["loaded"] is True
    with_table = run("forecast", sales, "--load", model, "--json").json
    assert with_table["forecast"] == data["forecast"]
    assert with_table["backtest"] == data["backtest"]


def test_a_saved_model_forecasts_from_newer_rows_and_is_checked_on_them(
    run, sales, saved, monkeypatch
):
    model, _ = saved

    def train(*_, **__):
        raise AssertionError("a saved model is not to be trained")

    monkeypatch.setattr("unspool.tasks.forecaster.fit", train)
    newer = [f"2024-04-{day:02},{100 + day % 7}" for day in range(1, 25)]
    sales.write_text(sales.read_text() + "2024-03-31,100\n" + "\n".join(newer) + "\n")
    done = run("forecast", sales, "--load", model)
    assert done.code == 0
    assert done.out.splitlines()[1].startswith("2024-04-25,")
    report = " ".join(done.err.split())
    # 25 new rows give 23 windows of 3 steps.
    assert (
        "Backtest: 23 windows of 1 series, 3 steps ahead, on rows that the model was not" in report
    )
    assert "Trained" not in report


def test_a_saved_model_takes_any_horizon_and_says_what_is_unchecked(run, saved):
    model, data = saved
    longer = run("forecast", "--load", model, "--horizon", "5")
    rows = longer.out.splitlines()[1:]
    assert len(rows) == 5
    assert rows[0].startswith("2024-03-31,")
    assert float(rows[0].split(",")[1]) == pytest.approx(data["forecast"][0]["forecast"])
    assert "trained and checked 3 steps ahead" in longer.err
    assert len(run("forecast", "--load", model, "--horizon", "2").out.splitlines()) == 3


def test_a_row_is_too_few_for_a_saved_model_and_that_is_said(run, sales, saved):
    sales.write_text("day,units\n2024-03-31,100\n")
    done = run("forecast", sales, "--load", saved[0])
    assert done.out.splitlines()[1] == "2024-04-01,100.0,,,,"
    report = " ".join(done.err.split())
    assert "naive forecasts 1 series that is too short: 'units' (1 row)." in report
    assert "So none of these forecasts is gru's." in report
    assert "1 series without an interval: too few rows" in report


def test_a_table_of_another_frequency_is_not_for_that_model(run, saved, tmp_path):
    weekly = tmp_path / "weekly.csv"
    weekly.write_text("day,units\n2024-01-01,1\n2024-01-08,2\n2024-01-15,1\n2024-01-22,4\n")
    done = run("forecast", weekly, "--load", saved[0], "--quiet", "--frequency", "W")
    assert (done.code, done.out) == (3, "")
    assert done.err.count("\n") == 1
    assert f"{weekly}: its rows are weekly, those that the model was fitted to daily" in done.err
    assert "(--frequency D --resample mean)" in done.err


def test_a_damaged_model_is_one_line_and_data(run, saved):
    model, _ = saved
    (model / "spec.json").write_text("{}")
    done = run("forecast", "--load", model)
    assert done.code == 3
    assert done.err.count("\n") == 1


def test_a_diverged_training_exits_with_4_and_leaves_no_file(run, sales, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    options = ("--learning-rate", "1e30", "--out", out / "f.csv", "--save", out / "model")
    done = run("forecast", sales, *GRU, *options)
    assert (done.code, done.out) == (4, "")
    last = done.err.splitlines()[-1]
    assert last.startswith("unspool: error: training stopped at step ")
    assert "--learning-rate 1e+29" in last
    assert os.listdir(out) == []


def interrupt_at(monkeypatch, step):
    def show(self, progress):
        if progress.step >= step:
            raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "show", show)


def test_ctrl_c_in_the_training_finishes_with_the_best_network_so_far(
    run, sales, tmp_path, monkeypatch
):
    interrupt_at(monkeypatch, 3)
    out = tmp_path / "f.csv"
    done = run("forecast", sales, *GRU, "--out", out, "--save", tmp_path / "model")
    assert done.code == 130
    assert len(out.read_text().splitlines()) == 4
    report = " ".join(done.out.split())
    assert "Trained 3 steps" in report
    assert ", then Ctrl-C; kept step" in report
    assert "Backtest: 16 windows" in report
    assert done.err.splitlines()[-1] == (
        "unspool: interrupted: the forecast is by the best network of 3 steps of training"
    )
    monkeypatch.undo()
    assert run("forecast", "--load", tmp_path / "model", "--quiet").out == out.read_text()


def test_an_interrupted_training_says_so_in_json(run, sales, monkeypatch):
    interrupt_at(monkeypatch, 3)
    done = run("forecast", sales, *GRU, "--json")
    assert done.code == 130
    assert done.json["interrupted"] is True
    assert done.json["training"][0]["stopped"] == "interrupted"
    assert len(done.json["forecast"]) == 3


def test_ctrl_c_before_the_first_step_leaves_nothing(run, sales, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("unspool.training.loop.stretch", interrupted)
    done = run("forecast", sales, *GRU, "--out", tmp_path / "f.csv")
    assert (done.code, done.out) == (130, "")
    assert done.err.splitlines()[-1] == "unspool: interrupted"
    assert not (tmp_path / "f.csv").exists()


def test_a_second_ctrl_c_leaves_nothing(run, sales, tmp_path, monkeypatch):
    interrupt_at(monkeypatch, 3)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("unspool.tasks.fitted.backtest", interrupted)
    done = run("forecast", sales, *GRU, "--out", tmp_path / "f.csv")
    assert (done.code, done.out) == (130, "")
    assert done.err.splitlines()[-1] == "unspool: interrupted"
    assert not (tmp_path / "f.csv").exists()
