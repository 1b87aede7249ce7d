"""What the benchmarks share: options, where the data lies, the printed table and the JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("unspool", "jax", "jaxlib", "equinox", "optax", "numpy", "pyarrow")

DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="UNSPOOL_BENCHMARK_DATA", help="Folder that holds the data sets' folders."
    ),
]
Write = Annotated[bool, typer.Option("--write", help="Write the figures to benchmarks/results.")]
Seeds = Annotated[int, typer.Option(min=1, help="Runs, each from its own seed.")]
# Settings of a network and of its training; those not given stay as the package has them.
Strategy = Annotated[str | None, typer.Option(help="direct, sequence or recursive.")]
Hidden = Annotated[int | None, typer.Option(help="Units of a layer.")]
Layers = Annotated[int | None, typer.Option(help="Recurrent layers.")]
Dropout = Annotated[float | None, typer.Option(help="Between the layers.")]
Members = Annotated[int | None, typer.Option(help="Networks whose mean is the forecast.")]
LookBack = Annotated[int | None, typer.Option(help="Steps read.")]
Steps = Annotated[int | None, typer.Option(help="Updates at most.")]
Batch = Annotated[int | None, typer.Option(help="Windows an update.")]
LearningRate = Annotated[float | None, typer.Option(help="Adam's, at the beginning.")]
Patience = Annotated[int | None, typer.Option(help="Checks without a better error.")]
Finish = Annotated[float | None, typer.Option(help="Part of the updates made again on all data.")]


def run(main: Callable[..., None]) -> None:
    """The command line of a benchmark: the options of `main`, plain messages."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(help=sys.modules[main.__module__].__doc__)(main)
    app()


def folder(data: Path | None, name: str) -> Path:
    """The folder of a data set; stops with a cure where there is none."""
    if data is None:
        raise typer.BadParameter("give --data PATH, or set UNSPOOL_BENCHMARK_DATA")
    if not (data / name).is_dir():
        raise typer.BadParameter(f"there is no folder {name!r} in {str(data)!r}")
    return data / name


def given(kind: type, **values: Any) -> dict[str, Any]:
    """Those of `values` that were given and are fields of the dataclass `kind`."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in values.items() if name in names and value is not None}


def medians(rows: Sequence[Mapping[str, Any]], of: Sequence[str]) -> dict[str, float]:
    """The median of each column over the rows."""
    return {name: statistics.median(row[name] for row in rows) for name in of}


def say(row: Mapping[str, Any]) -> None:
    """One row on one line at once, while others are still being measured."""
    print(", ".join(f"{name} {_written(value)}" for name, value in row.items()), flush=True)


def as_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as aligned text, columns in the order in which they first appear."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names] + [[_written(row.get(name)) for name in names] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    left = [not any(isinstance(row.get(name), int | float) for row in rows) for name in names]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if to_left else cell.rjust(width)
            for cell, width, to_left in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in cells
    )


def machine() -> dict[str, Any]:
    """The processor, how many of its cores may be used, the system and Python."""
    return {
        "cpu": _cpu_name(),
        "cores": _usable_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def versions(*more: str) -> dict[str, str]:
    """The versions of the packages that matter, and of `more`, as far as they are installed."""
    found = {}
    for name in (*PACKAGES, *more):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    if "unspool" not in found:  # run from the source, not installed
        import unspool

        found = {"unspool": unspool.__version__, **found}
    return found


def report(
    name: str,
    settings: Mapping[str, Any],
    *tables: Sequence[Mapping[str, Any]],
    write: bool,
    packages: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    into: Path = RESULTS,
) -> None:
    """Print tables of rows; if asked, write them with the settings, the machine, the versions.

    `details` are written beside the rows and not printed.
    """
    print("\n" + "\n\n".join(as_table(rows) for rows in tables))
    if not write:
        return
    into.mkdir(parents=True, exist_ok=True)
    result = {
        "benchmark": name,
        "settings": {key: value for key, value in settings.items() if value is not None},
        "rows": [dict(row) for rows in tables for row in rows],
        "machine": machine(),
        "versions": versions(*packages),
        **(details or {}),
    }
    target = into / f"{name}.json"
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"written to {target}")


def _written(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, float):
        return (
            f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
        )
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if 0 < abs(value) < 0.01:
        return f"{value:.3g}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}"


def _cpu_name() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
