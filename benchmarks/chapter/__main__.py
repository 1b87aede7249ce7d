"""The chapter: figures of every experiment over seeds; with --keras the same work in Keras, timed.

Figures: median and best over the seeds, with the texts' settings and improved, beside those that
the texts print. --keras: every experiment once in a process of ours and once in one of Keras on
TensorFlow, in turns, each from making its network to its figure, compiling included; then all of
ours by `unspool chapter --all`. `--python keras-tf=PATH` names the Python that has TensorFlow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import common, kept
from benchmarks.chapter import report
from benchmarks.chapter.peers import KERAS, OURS, PEERS
from benchmarks.workers.bench import Bench, bench
from benchmarks.workers.pool import LostError, pythons
from unspool.chapter.registry import ENTRIES, entry
from unspool.chapter.running import Result, run_all

QUICK = {"epochs": 1, "examples": 64}
FIGURES, SECONDS, WHOLE = "chapter", "chapter_keras", "unspool chapter --all"
OWN: dict[str, int | None] = {"epochs": None, "examples": None}


def chosen(text: str) -> list[str]:
    """The names of a list with commas, in the chapter's order; all of them for "all"."""
    known = [found.name for found in ENTRIES]
    names = known if text == "all" else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"--experiments takes {', '.join(known)}, got {name!r}")
    return [name for name in known if name in names]


def figures(
    names: Sequence[str], seeds: int, size: dict[str, int | None]
) -> Iterator[list[dict[str, Any]]]:
    """Every experiment in both forms, seed after seed: after each of them all rows so far."""
    results: dict[str, list[Result]] = {name: [] for name in names}
    for seed in range(seeds):
        for result in run_all(names, seed=seed, improved=True, **size):
            results[result.entry.name].append(result.light())
            common.say(
                {
                    "seed": seed,
                    "experiment": result.entry.name,
                    "figure": result.figure,
                    "improved": result.improved_figure,
                    "s": result.seconds,
                }
            )
        yield [report.figures_row(entry(name), results[name]) for name in names]


def seconds(
    workers: Bench, names: Sequence[str], threads: int, size: dict[str, int | None]
) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Every experiment that trains, on both sides in turns; with why Keras was lost, if it was."""
    from benchmarks.chapter.work import work_of

    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            task = work_of(name, Path(folder), **size)
            if task is None:
                continue
            ours = workers.result(OURS, threads, {"name": name, **size})
            theirs, lost = None, None
            if KERAS in workers.versions:
                try:
                    theirs = workers.result(KERAS, threads, task)
                except LostError as error:
                    lost = str(error)
                    print(f"lost: {name}: {error}", flush=True)
            row = report.seconds_row(name, ours, theirs)
            common.say(row)
            Path(task["arrays"]).unlink()
            yield row, lost


def whole(threads: int, size: dict[str, int | None]) -> float:
    """Seconds of `unspool chapter --all`, from starting the command to its end."""
    options = ["--epochs", str(size["epochs"])] if size["epochs"] is not None else []
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "unspool", "chapter", "--all", "--json", *options],
        check=True,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: keep_to(threads),
    )
    return time.perf_counter() - began


def keep_to(cores: int) -> None:
    """Let this process use so many processors."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def main(
    experiments: Annotated[str, typer.Option(help="Names by commas.")] = "all",
    seeds: common.Seeds = 5,
    keras: Annotated[bool, typer.Option("--keras", help="Seconds beside Keras; no seeds.")] = False,
    python: Annotated[
        list[str] | None, typer.Option(help="NAME=PATH: the Python that has a peer.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Processors, for --keras.")] = 2,
    quick: Annotated[
        bool, typer.Option(help="One epoch of 64 examples, to see that everything runs.")
    ] = False,
    write: common.Write = False,
) -> None:
    """Figures, or seconds."""
    names = chosen(experiments)
    size = dict[str, int | None](QUICK) if quick else OWN
    if not keras:
        for done, rows in enumerate(figures(names, 1 if quick else seeds, size), 1):
            settings = {"experiments": experiments, "seeds": done, "quick": quick}
            if write:
                about = {"machine": common.machine(), "versions": common.versions()}
                kept.keep(FIGURES, {"part": "figures"}, rows, {"settings": settings, **about})
        print("\n" + common.as_table(rows))
        if write:
            print(f"written to {kept.target(FIGURES)}")
        return
    settings = {"threads": threads, "quick": quick}
    with bench() as workers:
        workers.start(PEERS, [threads], pythons(python or [], list(PEERS)))
        for name, lacking in workers.missing.items():
            print(f"missing: {name}, which needs {', '.join(lacking)} (--python {name}=PATH)")
        if OURS in workers.missing:
            raise typer.Exit(1)
        order = [{"experiment": found.name} for found in ENTRIES] + [{"experiment": WHOLE}]
        about = {
            "settings": settings,
            "machine": common.machine(),
            "versions": common.versions(),
            "peers": dict(workers.versions),
        }

        def keep(row: dict[str, Any], lost: str | None = None) -> None:
            measured.append(row)
            if write:
                own = {"experiment": row["experiment"]}
                kept.keep(SECONDS, own, [row], {**about, "lost": lost}, order)

        measured: list[dict[str, Any]] = []
        for row, lost in seconds(workers, names, threads, size):
            keep(row, lost)
    if experiments == "all":
        keep({"experiment": WHOLE, "ours s": whole(threads, size), "keras s": None})
    rows = kept.rows(SECONDS) if write else measured
    print("\n" + common.as_table(rows) + "\n\n" + common.as_table([report.total_row(rows)]))
    if write:
        print(f"written to {kept.target(SECONDS)}")


if __name__ == "__main__":
    common.run(main)
