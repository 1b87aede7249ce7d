"""The benchmarks' own arithmetic, on made data; what they measure is not tested."""

from __future__ import annotations

import datetime
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

ROOT = Path(__file__).parents[2]
NAMES = (
    "m4_weekly",
    "ridership",
    "footprint",
    "throughput",
    "peers",
    "cells",
    "serving",
    "scaling",
    "chapter",
    "classification",
    "generation",
    "translation",
)


@pytest.fixture(autouse=True)
def from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.mark.parametrize("name", NAMES)
def test_help_tells_the_claim(name: str) -> None:
    python_path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": python_path},
    )
    assert done.returncode == 0, done.stderr
    assert "--write" in done.stdout


def test_every_script_stands_in_the_readme() -> None:
    folder = ROOT / "benchmarks"
    scripts = {path.stem for path in folder.glob("*.py")} - {"__init__", "common", "kept"}
    packages = {path.parent.name for path in folder.glob("*/__main__.py")}
    assert scripts | packages == set(NAMES)
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in NAMES)


def test_m4_reads_rows_that_end_early(tmp_path: Path) -> None:
    from benchmarks.m4_weekly import long_frame, read_series

    path = tmp_path / "train.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write('"V1","V2","V3","V4"\n"W1","1.5","2","3"\n"W2","4","5",""\n')
    series = read_series(path)
    assert {name: values.tolist() for name, values in series.items()} == {
        "W1": [1.5, 2, 3],
        "W2": [4, 5],
    }
    frame = long_frame(series)
    assert frame.column("unique_id").to_pylist() == ["W1"] * 3 + ["W2"] * 2
    assert frame.column("ds").to_pylist() == [1, 2, 3, 1, 2]


def test_m4_scores_are_those_of_the_competition() -> None:
    from benchmarks.m4_weekly import forecasts_of, score

    train = {"a": np.array([1.0, 3.0, 5.0]), "b": np.array([10.0, 9.0, 8.0])}
    test = {"a": np.array([6.0, 8.0]), "b": np.array([8.0, 8.0])}
    made = np.array([[6.0, 4.0], [8.0, 8.0]])
    found = score(train, test, made)
    smape = np.mean([0, 200 * 4 / 12, 0, 0])
    mase = np.mean([2 / 2, 0])  # a moves by 2 from row to row; its error is 2 on average
    assert found["smape"] == pytest.approx(smape)
    assert found["mase"] == pytest.approx(mase)
    assert found["owa"] == pytest.approx((smape / 9.161 + mase / 2.777) / 2)

    frame = pa.table({"unique_id": ["b", "b", "a", "a"], "forecast": [8.0, 8.0, 6.0, 4.0]})
    assert np.array_equal(forecasts_of(frame, ["a", "b"]), made)


def write_days(path: Path, rows: list[str]) -> Path:
    with gzip.open(path, "wt") as file:
        file.write("\n".join(["service_date,day_type,bus,rail_boardings", *rows]) + "\n")
    return path


def test_ridership_drops_a_day_that_stands_twice_and_sorts(tmp_path: Path) -> None:
    from benchmarks.ridership import between, read_rows

    path = write_days(tmp_path / "a.csv.gz", ["01/02/2016,W,3,4", "01/01/2016,W,1,2"] * 2)
    frame = read_rows(path, ["rail_boardings"])
    assert frame.column("rail_boardings").to_pylist() == [2.0, 4.0]
    first = datetime.date(2016, 1, 1)
    assert between(frame, first, first).column("rail_boardings").to_pylist() == [2.0]


def test_ridership_refuses_a_day_with_two_values(tmp_path: Path) -> None:
    from benchmarks.ridership import read_rows

    path = write_days(tmp_path / "a.csv.gz", ["01/02/2016,W,3,4", "01/02/2016,W,3,5"])
    with pytest.raises(SystemExit, match="twice with different values"):
        read_rows(path, ["rail_boardings"])


def test_ridership_takes_the_last_days_of_one_series() -> None:
    from benchmarks.ridership import target_errors

    made = SimpleNamespace(
        series=np.array([0, 1, 1, 1]),
        origins=np.array([9, 9, 8, 7]),
        actual=np.array([[100.0], [3.0], [2.0], [1.0]]),
        forecasts={"naive": np.array([[0.0], [2.0], [4.0], [0.0]])},
    )
    assert target_errors(made, 1, np.array([2.0, 3.0])) == {"naive": 1.5}
    with pytest.raises(SystemExit, match="not the days"):
        target_errors(made, 1, np.array([1.0, 3.0]))


def test_footprint_counts_bytes_once_and_sees_imports(tmp_path: Path) -> None:
    from benchmarks.footprint import megabytes, modules_imported, seconds_to_start

    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(b"x" * 1_500_000)
    (tmp_path / "b").write_bytes(b"x" * 500_000)
    assert megabytes(tmp_path) == 2.0
    assert "fractions" in modules_imported(["-c", "import fractions"])
    assert "fractions" not in modules_imported(["-c", "pass"])
    assert seconds_to_start(["-c", "pass"], times=1) > 0


def test_throughput_table_has_every_series_whole() -> None:
    from benchmarks.throughput import made_table

    table = made_table(series=3, rows=20)
    assert table.num_rows == 60
    ids = table.column("unique_id").to_pylist()
    assert [ids.count(name) for name in sorted(set(ids))] == [20, 20, 20]
    days = table.column("ds").to_pylist()[:20]
    assert (days[-1] - days[0]).days == 19


def test_peers_take_turns_and_the_first_round_only_warms(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import peers

    now = 0.0
    rounds: list[str] = []
    costs = {"slow": [50.0, 4.0, 6.0], "quick": [10.0, 2.0, 1.0]}

    def work(name: str, count: int) -> None:
        nonlocal now
        now += costs[name][rounds.count(name)] * count / 1000
        rounds.append(name)

    monkeypatch.setattr(peers.time, "perf_counter", lambda: now)
    works: dict[str, Any] = {name: (lambda count, name=name: work(name, count)) for name in costs}
    found = peers.alternate(works, rounds=2, steps=3)
    assert rounds == ["slow", "quick"] * 3
    assert found == {"slow": pytest.approx(5.0), "quick": pytest.approx(1.5)}


def test_report_writes_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks.common import report

    rows = [{"method": "naive", "mae": 41274.0}, {"method": "gru", "mae": 12.5, "seed": 1}]
    report("name", {"steps": None, "seeds": 3}, rows, write=False, into=tmp_path)
    assert not list(tmp_path.iterdir())
    header, *lines = capsys.readouterr().out.strip().splitlines()
    assert header.split() == ["method", "mae", "seed"]
    assert [line.split() for line in lines] == [["naive", "41,274"], ["gru", "12.500", "1"]]

    details = {"peers": {"jax": "1.2"}}
    report("name", {"seeds": 3, "a": None}, rows, write=True, details=details, into=tmp_path)
    assert "1.2" not in capsys.readouterr().out
    written = json.loads((tmp_path / "name.json").read_text(encoding="utf-8"))
    assert written["rows"] == rows
    assert written["settings"] == {"seeds": 3}
    assert written["peers"] == {"jax": "1.2"}
    assert written["machine"]["cpu"]
    assert "unspool" in written["versions"]


def test_settings_that_are_not_given_stay_as_the_package_has_them() -> None:
    from benchmarks.common import given

    from unspool.training.settings import Training

    assert given(Training, steps=20, batch=None, hidden=8) == {"steps": 20}


def test_a_missing_data_folder_is_said(tmp_path: Path) -> None:
    import typer
    from benchmarks.common import folder

    with pytest.raises(typer.BadParameter, match="UNSPOOL_BENCHMARK_DATA"):
        folder(None, "m4_weekly")
    with pytest.raises(typer.BadParameter, match="no folder 'm4_weekly'"):
        folder(tmp_path, "m4_weekly")
