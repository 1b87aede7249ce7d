"""Dates, digits backwards and in order: exact match with attention beside none, by the command.

Every row is `unspool translate train` on the first pairs in a process of its own, timed as a whole,
and `unspool translate evaluate` on others. All pairs are made by rule.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import common, kept
from unspool.data.synthetic.dates import TextPairs, dates
from unspool.data.synthetic.digits import reversed_digits, sorted_digits

# The pairs, and how many are trained on; a tenth of these is held out by the command.
TASKS: dict[str, tuple[Callable[[int], TextPairs], int]] = {
    "dates": (dates, 10_000),
    "backwards": (reversed_digits, 20_000),
    "in order": (sorted_digits, 20_000),
}
TESTED = 2_000
ATTENTIONS = "dot,additive,none"


def put(pairs: TextPairs, begin: int, end: int, path: Path) -> None:
    """Pairs as lines with a tab between source and target."""
    lines = zip(pairs.sources[begin:end], pairs.targets[begin:end], strict=True)
    path.write_text("".join(f"{source}\t{target}\n" for source, target in lines))


def called(*arguments: str) -> dict[str, Any]:
    """What `unspool translate … --json` answers; stops where it fails."""
    command = [sys.executable, "-m", "unspool", "translate", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main(
    tasks: Annotated[str, typer.Option(help="Names with commas.")] = ",".join(TASKS),
    attentions: Annotated[str, typer.Option(help="dot, additive, none.")] = ATTENTIONS,
    cell: Annotated[str, typer.Option(help="gru or lstm.")] = "gru",
    seeds: common.Seeds = 1,
    quick: Annotated[bool, typer.Option("--quick", help="One epoch of 200 pairs.")] = False,
    write: common.Write = False,
) -> None:
    """A row for each task, attention and seed."""
    measured: list[dict[str, Any]] = []
    for task in tasks.split(","):
        rows: list[dict[str, Any]] = []
        if task not in TASKS:
            raise typer.BadParameter(f"no task {task!r}; there are {', '.join(TASKS)}")
        make, count = TASKS[task]
        count, tested = (200, 50) if quick else (count, TESTED)
        pairs = make(count + tested)
        with tempfile.TemporaryDirectory() as folder:
            train, test = Path(folder, "train.tsv"), Path(folder, "test.tsv")
            put(pairs, 0, count, train)
            put(pairs, count, count + tested, test)
            for attention in attentions.split(","):
                for seed in range(seeds):
                    model = str(Path(folder, "model"))
                    given = ["--attention", attention, "--model", cell, "--seed", str(seed)]
                    given += ["--epochs", "1"] if quick else []
                    began = time.perf_counter()
                    trained = called("train", str(train), "--save", model, *given)
                    seconds = time.perf_counter() - began
                    found = called("evaluate", model, str(test))
                    rows.append(
                        {
                            "task": task,
                            "attention": attention,
                            "seed": seed,
                            "exact match": found["exact_match"],
                            "accuracy": found["accuracy"],
                            "nearest": found["baselines"]["nearest"]["exact_match"],
                            "epochs": trained["epochs"],
                            "train s": seconds,
                        }
                    )
                    common.say(rows[-1])
        measured += rows
        if write:
            about: dict[str, Any] = {"cell": cell, "seeds": seeds, "quick": quick, "tested": TESTED}
            about |= {"machine": common.machine()}
            about |= {"versions": common.versions("rapidfuzz", "sacrebleu")}
            kept.keep(
                "translation", {"task": task}, rows, about, [{"task": name} for name in TASKS]
            )
    print("\n" + common.as_table(measured))
    if write:
        print(f"written to {kept.target('translation')}")


if __name__ == "__main__":
    common.run(main)
