"""Surnames of 18 languages, split 80/10/10 by language, into a file that says which is which.

The folder has a text file for each language, a name a line. A name that stands there several times
stays in as often: how many of the test names also train is said.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks import common
from unspool.evaluation.stratified import hold_out

PARTS = ("train", "validation", "test")
SHARE = 0.1


def read_names(folder: Path) -> tuple[list[str], list[str]]:
    """All names and their languages, in the order of the files' names and of the lines."""
    names, languages = [], []
    for path in sorted(folder.glob("[A-Z]*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                names.append(line.strip())
                languages.append(path.stem)
    return names, languages


def split(languages: list[str], seed: int) -> list[str]:
    """The part of each name: a tenth of every language validates, a tenth tests."""
    _, codes = np.unique(languages, return_inverse=True)
    rest, test = hold_out(codes, SHARE, seed)
    _, validation = hold_out(codes[rest], SHARE / (1 - SHARE), seed + 1)
    parts = np.full(len(codes), PARTS[0], dtype="U10")
    parts[test] = PARTS[2]
    parts[rest[validation]] = PARTS[1]
    return [str(part) for part in parts]


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of the languages' files.")],
    out: Annotated[Path, typer.Argument(help="Folder for train.csv, validation.csv, test.csv.")],
    seed: int = 0,
) -> None:
    """Write the three parts as tables with the columns name and language."""
    names, languages = read_names(folder)
    parts = split(languages, seed)
    out.mkdir(parents=True, exist_ok=True)
    for wanted in PARTS:
        with (out / f"{wanted}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["name", "language"])
            for name, language, part in zip(names, languages, parts, strict=True):
                if part == wanted:
                    writer.writerow([name, language])
        print(f"{out / wanted}.csv: {parts.count(wanted):,} names")
    known = {name for name, part in zip(names, parts, strict=True) if part == PARTS[0]}
    test = [name for name, part in zip(names, parts, strict=True) if part == PARTS[2]]
    print(f"{sum(name in known for name in test):,} of the test names train too")


if __name__ == "__main__":
    common.run(main)
