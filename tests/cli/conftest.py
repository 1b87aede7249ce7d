from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from unspool.cli.main import main

# Small enough to compile and train in a moment.
TINY = ("--hidden", "4", "--look-back", "8", "--steps", "5", "--batch", "8")


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        def reject(constant: str) -> None:
            raise AssertionError(f"{constant} is not JSON")

        return json.loads(self.out, parse_constant=reject)


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this process; its standard output is no terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("UNSPOOL_TRACEBACK", raising=False)

    def call(*arguments: object) -> Result:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return call


def value(day: int) -> float:
    """A weekly season on a slope, with something that does not repeat."""
    return round(100 + day / 4 + 20 * math.sin(2 * math.pi * day / 7) + 3 * math.sin(day**1.5), 3)


def rows(name: str, days: int, constant: bool = False) -> list[str]:
    start = date(2024, 1, 1)
    return [
        f"{name},{start + timedelta(day)},{5 if constant else value(day)}" for day in range(days)
    ]


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """One daily series of 90 rows."""
    path = tmp_path / "sales.csv"
    lines = [line.removeprefix("x,") for line in rows("x", 90)]
    path.write_text("\n".join(["day,units", *lines]) + "\n")
    return path


@pytest.fixture
def stores(tmp_path: Path) -> Path:
    """Daily series by store: one of 90 rows, one constant, six that are too short."""
    path = tmp_path / "stores.csv"
    short = [row for i in range(6) for row in rows(f"short {i}", 4 + i)]
    lines = ["store,day,units", *rows("main", 90), *rows("idle", 90, constant=True), *short]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Two rows at one time, and a row without a value."""
    path = tmp_path / "faulty.csv"
    lines = [line.removeprefix("x,") for line in rows("x", 60)]
    lines[20] = lines[20].rpartition(",")[0] + ","
    path.write_text("\n".join(["day,units", *lines, lines[40]]) + "\n")
    return path
