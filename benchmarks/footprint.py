"""What Unspool costs before it does anything: seconds to start, megabytes on the disk.

A start is a new process, measured from outside. The environment is a new one with the package and
what it needs, nothing else; a megabyte is 10^6 bytes.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import common

SOURCE = Path(__file__).parents[1]
HELP = "import sys; from unspool.cli.main import main; sys.exit(main(['--help']))"
STARTS = {
    "python, nothing imported": ("-c", "pass"),
    "import unspool": ("-c", "import unspool"),
    "unspool --help": ("-c", HELP),
}


def seconds_to_start(arguments: Sequence[str], times: int) -> float:
    """The median wall time of a new Python with these arguments, after one that warms the files."""
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def modules_imported(arguments: Sequence[str]) -> set[str]:
    """The top-level names of all modules that a new Python imports with these arguments."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def megabytes(folder: Path) -> float:
    """The sizes of all files in a folder, links not followed, in 10^6 bytes."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def environment_sizes() -> list[dict[str, Any]]:
    """A new environment made as the Makefile makes it, and the same with all byte code."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary) / "environment"
        venv.create(place, with_pip=True)
        python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        empty = megabytes(place)
        subprocess.run([*pip, "--no-compile", str(SOURCE)], check=True)
        plain = megabytes(place)
        libraries = subprocess.run(
            [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        # What `pip install` does by itself, unless it is told --no-compile.
        compileall.compile_dir(libraries, quiet=2, workers=1)
        compiled = megabytes(place)
    return [
        {"what": "environment with pip alone", "MB": empty},
        {"what": "environment with unspool, as `make` makes it", "MB": plain},
        {"what": "the same with byte code, as pip makes it by default", "MB": compiled},
    ]


def main(
    times: Annotated[int, typer.Option(min=1, help="Starts measured, of which the median.")] = 9,
    environment: Annotated[
        bool, typer.Option(help="Whether to make an environment, which downloads packages.")
    ] = True,
    write: common.Write = False,
) -> None:
    """The starts first, then the environment."""
    starts: list[dict[str, Any]] = [
        {
            "what": what,
            "s": seconds_to_start(arguments, times),
            "imports JAX": "jax" in modules_imported(arguments),
        }
        for what, arguments in STARTS.items()
    ]
    tables = [starts, environment_sizes()] if environment else [starts]
    settings = {"times": times, "environment": environment}
    packages = ("typer", "rich", "narwhals", "matplotlib", "safetensors", "jaxtyping")
    common.report("footprint", settings, *tables, write=write, packages=packages)


if __name__ == "__main__":
    common.run(main)
