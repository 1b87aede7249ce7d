"""Accuracy and macro F1 of `SequenceClassifier`, beside its baselines, as means over seeds.

Sets of the UCR archive by their own split; surnames of 18 languages by the split of
`surnames`; strings of the embedded Reber grammar, good or with one character changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import unspool
from benchmarks import common, kept
from benchmarks.classification.surnames import PARTS, read_names, split
from unspool.data.synthetic import good_and_corrupted
from unspool.data.synthetic.reber import ALPHABET
from unspool.models.classifiers import CLASSIFIERS

REBER, NAMES = "reber", "names"
SETS = (REBER, "GunPoint", "ItalyPowerDemand", "ArrowHead", "BasicMotions", NAMES)
REBER_STRINGS = (10_000, 2_000)
FIGURES = ("accuracy", "macro_f1", "nats")

Xy = tuple[Any, Any]


def reber() -> tuple[Xy, Xy]:
    """Strings to train on and to test on, as in the chapter's experiment."""
    random = np.random.RandomState(42)
    made = []
    for count in REBER_STRINGS:
        found = good_and_corrupted(count, random)
        texts = [
            "".join(ALPHABET[code] for code in codes[:length])
            for codes, length in zip(found.codes, found.lengths, strict=True)
        ]
        kinds = ["good" if good else "corrupted" for good in found.grammatical[:, 0]]
        made.append((texts, kinds))
    return made[0], made[1]


def names(folder: Path, seed: int) -> tuple[Xy, Xy]:
    """Surnames: those that train, and those that test; a tenth, to validate, is left out."""
    texts, languages = read_names(folder)
    parts = split(languages, seed)
    made = []
    for wanted in (PARTS[0], PARTS[2]):
        rows = [row for row, part in enumerate(parts) if part == wanted]
        made.append(([texts[row] for row in rows], [languages[row] for row in rows]))
    return made[0], made[1]


def ucr(folder: Path, name: str) -> tuple[Xy, Xy]:
    """A set of the archive: NAME/NAME_TRAIN.ts and NAME_TEST.ts, packed or not."""
    made = []
    for part in ("TRAIN", "TEST"):
        found = sorted((folder / name).glob(f"{name}_{part}.ts*"))
        if not found:
            raise typer.BadParameter(f"there is no {name}_{part}.ts in {str(folder / name)!r}")
        labelled = unspool.load_labelled(found[0])
        made.append((list(labelled.sequences), list(labelled.labels or ())))
    return made[0], made[1]


def measure(name: str, sets: tuple[Xy, Xy], given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One training: the network's figures on the test part, and the baselines'."""
    (x, y), (test_x, test_y) = sets
    began = time.perf_counter()
    classifier = unspool.SequenceClassifier(**given).fit(x, y)
    fitted = time.perf_counter()
    found = classifier.compare(test_x, test_y)
    for method, scores in found.scores().items():
        row: dict[str, Any] = {"set": name, "method": method}
        if method == found.model:
            row |= {"seed": given["seed"], "fit s": fitted - began}
        yield row | {figure: scores[figure] for figure in FIGURES}


def main(
    sets: Annotated[
        list[str] | None,
        typer.Argument(
            help="reber, names, or sets of the archive; all that there are figures for."
        ),
    ] = None,
    data: common.DataFolder = None,
    model: Annotated[str | None, typer.Option(help="In place of the one chosen.")] = None,
    members: Annotated[int | None, typer.Option(help="Networks of an ensemble.")] = None,
    epochs: Annotated[int | None, typer.Option(help="In place of those chosen.")] = None,
    hidden: common.Hidden = None,
    dropout: common.Dropout = None,
    seeds: common.Seeds = 5,
    split_seed: Annotated[int, typer.Option(help="Of the split of the names.")] = 0,
    write: common.Write = False,
) -> None:
    """A row for each seed, the means, and the baselines once; set after set is kept."""
    settings = {
        key: value
        for key, value in locals().items()
        if key not in ("sets", "data", "write") and value is not None
    }
    measured: list[dict[str, Any]] = []
    for name in sets or SETS:
        if name == REBER:
            parts = reber()
        elif name == NAMES:
            parts = names(common.folder(data, "names"), split_seed)
        else:
            parts = ucr(common.folder(data, "ucr"), name)
        asked: dict[str, Any] = {
            key: value for key, value in (("members", members), ("epochs", epochs)) if value
        }
        if model is not None:
            asked["model"] = CLASSIFIERS[model](
                **common.given(CLASSIFIERS[model], hidden=hidden, dropout=dropout)
            )
        rows: list[dict[str, Any]] = []
        runs: list[dict[str, Any]] = []
        for seed in range(seeds):
            own, *baselines = measure(name, parts, {**asked, "seed": seed})
            runs.append(own)
            common.say(own)
            if not seed:
                rows += baselines
        rows += runs
        rows.append({"set": name, "method": f"{runs[0]['method']}, mean of {seeds}", **_mean(runs)})
        measured += rows
        if write:
            about = {
                "settings": settings,
                "asked": {key: str(value) for key, value in asked.items()},
                "machine": common.machine(),
                "versions": common.versions("scikit-learn"),
            }
            order = [{"set": known} for known in SETS]
            kept.keep("classification", {"set": name}, rows, about, order)
    print("\n" + common.as_table(kept.rows("classification") if write else measured))
    if write:
        print(f"written to {kept.target('classification')}")


def _mean(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {name: float(np.mean([run[name] for run in runs])) for name in (*FIGURES, "fit s")}


if __name__ == "__main__":
    common.run(main)
