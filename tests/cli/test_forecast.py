"""`unspool forecast`: what goes to which stream and file. Baselines only: nothing to train."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.feather
import pyarrow.parquet
import pytest

import unspool

BOUNDS = ["forecast", "lower_80", "upper_80", "lower_95", "upper_95"]
SEASONAL = ("--model", "seasonal-naive", "--horizon", "3")


def table_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_piped_standard_output_is_the_forecast_as_csv_and_the_report_goes_to_standard_error(
    run, sales
):
    done = run("forecast", sales, *SEASONAL)
    assert done.code == 0
    rows = table_of(done.out)
    assert [row["day"] for row in rows] == ["2024-03-31", "2024-04-01", "2024-04-02"]
    assert list(rows[0]) == ["day", *BOUNDS]
    known = table_of(sales.read_text())
    assert [float(row["forecast"]) for row in rows] == [float(row["units"]) for row in known[-7:-4]]
    assert "Forecast of series 'units'" in done.err
    assert "seasonal-naive" in done.err


def test_the_command_forecasts_what_python_does(run, sales):
    frame = unspool.Forecaster(model="linear", horizon=5).fit(str(sales)).predict()
    rows = table_of(run("forecast", sales, "--model", "linear", "--horizon", "5").out)
    for name in BOUNDS:
        assert [float(row[name]) for row in rows] == frame.column(name).to_pylist()


def test_the_report_says_what_was_inferred_scores_verdict_and_coverage(run, sales):
    report = run("forecast", sales, *SEASONAL).err
    lines = report.splitlines()
    assert lines[0].startswith("1 series (units) by day, daily, season 7, ")
    assert "Backtest: 16 windows of 1 series, 3 steps ahead" in lines
    (heading,) = (line for line in lines if line.startswith("method"))
    assert heading.split() == ["method", "MAE", "RMSE", "sMAPE", "%", "MASE"]
    at = lines.index(heading)
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == [
        "seasonal-naive",
        "naive",
        "linear",
    ]
    joined = " ".join(lines)
    assert "MASE: the error over the mean change from one season (7 rows) to the next" in joined
    made = unspool.Forecaster(model="seasonal-naive", horizon=3).fit(str(sales))
    assert made.backtest().verdict().sentence in joined
    for sentence in made.fitted.coverage.sentences():
        assert sentence in joined


def test_every_line_fits_80_columns_and_none_ends_in_a_space(run, stores):
    lines = run("forecast", stores, *SEASONAL, "--out", "-").err.splitlines()
    prose = [line for line in lines if not line.startswith(("note: ", "8 series"))]
    assert max(map(len, prose)) <= 80
    assert not [line for line in lines if line != line.rstrip()]


def test_a_long_forecast_shows_its_first_rows_and_counts_the_others(run, sales):
    report = run("forecast", sales, "--model", "naive", "--horizon", "15").err
    assert report.count("\n2024-04-") == 9
    assert "2024-03-31" in report
    assert "… 5 more rows\n" in report
    whole = run("forecast", sales, "--model", "naive", "--horizon", "14").err
    assert whole.count("\n2024-04-") == 13
    assert "more row" not in whole


def test_with_a_file_to_write_the_report_goes_to_standard_output(run, sales, tmp_path):
    out = tmp_path / "f.csv"
    done = run("forecast", sales, *SEASONAL, "--out", out)
    assert done.code == 0
    assert "Forecast of series 'units'" in done.out
    assert " ".join(done.out.split()).endswith("f.csv (forecast)")
    assert "Forecast of" not in done.err
    assert len(table_of(out.read_text())) == 3


def test_the_extension_decides_how_the_forecast_is_written(run, sales, tmp_path):
    expected = run("forecast", sales, *SEASONAL).out
    for name in ("f.csv", "f.tsv", "f.json", "f.parquet", "f.feather"):
        assert run("forecast", sales, *SEASONAL, "--quiet", "--out", tmp_path / name).code == 0
    wanted = [float(row["upper_95"]) for row in table_of(expected)]
    assert (tmp_path / "f.csv").read_text() == expected
    assert (tmp_path / "f.tsv").read_text() == expected.replace(",", "\t")
    assert [row["upper_95"] for row in json.loads((tmp_path / "f.json").read_text())] == wanted
    for read, name in (
        (pyarrow.parquet.read_table, "f.parquet"),
        (pyarrow.feather.read_table, "f.feather"),
    ):
        assert read(tmp_path / name).column("upper_95").to_pylist() == wanted


def test_quiet_prints_nothing_and_still_writes(run, sales, tmp_path):
    out = tmp_path / "f.csv"
    done = run("forecast", sales, *SEASONAL, "--quiet", "--out", out)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert out.exists()
    piped = run("forecast", sales, *SEASONAL, "--quiet")
    assert piped.err == ""
    assert piped.out == out.read_text()


def test_quiet_still_says_what_is_wrong_in_one_line(run, faulty):
    done = run("forecast", faulty, *SEASONAL, "--quiet")
    assert (done.code, done.out) == (3, "")
    assert done.err.count("\n") == 1
    assert done.err.startswith(f"unspool: error: {faulty}: series 'units': ")
    assert f"and 1 more fault; `unspool check {faulty}` lists them" in done.err


def test_dash_is_csv_on_standard_output_even_beside_other_files(run, sales, tmp_path):
    done = run("forecast", sales, *SEASONAL, "--out", "-", "--save", tmp_path / "model")
    assert len(table_of(done.out)) == 3
    assert "model (model)" in " ".join(done.err.split())


def test_a_table_from_standard_input(sales):
    done = subprocess.run(
        [sys.executable, "-m", "unspool", "forecast", "-", *SEASONAL, "--quiet"],
        input=sales.read_bytes(),
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(table_of(done.stdout.decode())) == 3


@pytest.mark.parametrize("options", ["--quiet", "--out {}/f.csv"])
def test_a_reader_who_has_left_gets_no_traceback(sales, tmp_path, options):
    words = [*SEASONAL, options.format(tmp_path), "2>", str(tmp_path / "said")]
    command = f"{sys.executable} -m unspool forecast {sales} {' '.join(words)}"
    # `true` is gone long before the first byte comes.
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command} | true"])
    assert "rror" not in (tmp_path / "said").read_text()
    assert done.returncode == 141


def test_the_doctor_stops_a_forecast_with_the_report_of_check(run, faulty, tmp_path):
    checked = run("check", faulty).out.splitlines()
    done = run("forecast", faulty, *SEASONAL, "--out", tmp_path / "f.csv")
    assert (done.code, done.out) == (3, "")
    lines = done.err.splitlines()
    assert lines[:-1] == checked[:-1]
    assert lines[-1] == f"unspool: error: {faulty}: 2 faults to mend before a forecast"
    assert not (tmp_path / "f.csv").exists()


def test_faults_are_in_the_json_when_it_was_asked_for(run, faulty):
    done = run("forecast", faulty, *SEASONAL, "--json")
    assert done.code == 3
    assert [fault["kind"] for fault in done.json["report"]["errors"]] == ["duplicates", "missing"]
    assert done.err.count("\n") == 1


def test_series_that_get_a_baseline_are_named_counted_and_explained(run, stores):
    done = run("forecast", stores, "--model", "linear", "--horizon", "3")
    assert done.code == 0
    joined = " ".join(done.err.split())
    assert "naive forecasts 1 series that is constant: 'idle'." in joined
    assert (
        "naive forecasts 6 series that are too short: 'short 0' (4 rows), 'short 1' (5 rows), "
        "'short 2' (6 rows) and 3 more." in joined
    )
    rows = table_of(done.out)
    assert len(rows) == 3 * 8
    assert {row["store"] for row in rows} == {"main", "idle", *(f"short {i}" for i in range(6))}
    assert all(float(row["upper_95"]) == 5 for row in rows if row["store"] == "idle")


def test_without_a_backtest_it_is_said_plainly_and_there_is_still_a_forecast(run, tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("day,units\n" + "".join(f"2024-01-0{i},{i}\n" for i in range(1, 7)))
    done = run("forecast", path, "--model", "linear", "--horizon", "2")
    assert done.code == 0
    assert len(table_of(done.out)) == 2
    joined = " ".join(done.err.split())
    assert "No backtest: with a horizon of 2 a series needs 16 rows that vary" in joined
    assert "method" not in joined
    data = run("forecast", path, "--model", "linear", "--horizon", "2", "--json").json
    assert data["backtest"] is data["verdict"] is data["coverage"] is None
    assert data["fallbacks"][0]["method"] == "naive"


def test_plots_are_written_as_their_extension_says(run, stores, tmp_path):
    for name, beginning in (("p.png", b"\x89PNG"), ("p.svg", b"<?xml")):
        assert run("forecast", stores, *SEASONAL, "--plot", tmp_path / name).code == 0
        assert (tmp_path / name).read_bytes().startswith(beginning)


def test_a_plot_shows_local_times(run, tmp_path, monkeypatch):
    import numpy as np

    path = tmp_path / "zoned.csv"
    hours = [f"2024-06-{1 + h // 24:02}T{h % 24:02}:00:00+02:00,{h % 5}" for h in range(72)]
    path.write_text("\n".join(["time,load", *hours]) + "\n")
    drawn = []
    import unspool.cli.views

    draw = unspool.cli.views.plot_forecast
    monkeypatch.setattr(
        unspool.cli.views,
        "plot_forecast",
        lambda views, **k: drawn.extend(views) or draw(views, **k),
    )
    assert run("forecast", path, *SEASONAL, "--plot", tmp_path / "p.png").code == 0
    (view,) = drawn
    assert view.times[0] == np.datetime64("2024-06-01T00:00")
    assert view.future_times[0] == np.datetime64("2024-06-04T00:00")


def test_every_name_that_is_forecast_is_in_the_json_with_every_figure(run, stores, tmp_path):
    out = tmp_path / "f.json"
    done = run("forecast", stores, *SEASONAL, "--season", "7", "--json", "--out", out)
    assert done.err == ""
    data = done.json
    options = unspool.TableOptions(season=7)
    made = unspool.Forecaster(model="seasonal-naive", horizon=3, table=options).fit(str(stores))
    assert data["inferred"]["series"] == 8
    assert data["inferred"]["frequency"] == "daily"
    assert data["inferred"]["season"] == 7
    assert data["report"]["ok"] is True
    assert data["settings"]["model"] == "seasonal-naive"
    assert data["settings"]["horizon"] == 3
    assert data["backtest"]["scores"] == made.backtest().scores()
    assert data["verdict"]["sentence"] == made.backtest().verdict().sentence
    assert data["coverage"]["sentences"] == made.fitted.coverage.sentences()
    for name, maes in made.backtest().mae_per_step().items():
        assert data["backtest"]["per_step"][name]["mae"] == maes
    assert set(data["backtest"]["per_step"]["naive"]) == {"mae", "rmse", "smape", "mase"}
    assert len(data["fallbacks"]) == 7
    assert data["forecast"] == json.loads(out.read_text())
    assert data["files"] == [{"what": "forecast", "path": str(out)}]
    assert set(data["seconds"]) == {"reading", "fitting", "total"}
    assert data["training"] == []


def test_times_and_ids_come_out_as_they_came(run, tmp_path: Path):
    path = tmp_path / "odd.csv"
    lines = [f"{i % 28 + 1:02}.{i // 28 + 1:02}.2024;{i % 7},5" for i in range(28)]
    path.write_text("Tag;Größe\n" + "\n".join(lines) + "\n", encoding="utf-8")
    rows = table_of(run("forecast", path, *SEASONAL).out)
    assert rows[0]["Tag"] == "29.01.2024"


@pytest.mark.parametrize("model", ["naive", "seasonal-naive", "drift", "linear"])
def test_every_baseline_can_be_asked_for(run, sales, model):
    done = run("forecast", sales, "--model", model, "--horizon", "2", "--json")
    assert done.json["settings"]["model"] == model
    assert next(iter(done.json["backtest"]["scores"])) == model
