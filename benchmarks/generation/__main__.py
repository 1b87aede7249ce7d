"""Text and music: nats and accuracy beside the references; characters a second.

`text` trains on tiny Shakespeare for --minutes, `roll` and `chords` on the chorales of JSB, each
with the package's own settings unless others are given, and judges what the data holds out.
`training` times the updates of a GRU beside the same one in PyTorch, both sampled in turns in one
run; `sampling` draws from a GRU of 128 units at batch 1.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import common, kept
from benchmarks.generation.task import EMBEDDING, SYMBOLS, size_of
from benchmarks.workers.bench import bench, best, details, quartiles, worth_sampling
from benchmarks.workers.pool import Peer, pythons

PARTS = ("text", "roll", "chords", "training", "sampling")
OURS = "ours"
PEERS = {
    OURS: Peer("benchmarks.generation.ours", ("jax", "equinox", "optax"), pinned=True),
    "pytorch": Peer("benchmarks.generation.pytorch_peer", ("torch",)),
}
VARIANTS = {OURS: ("fit_stateful",), "pytorch": ("fused Adam", "foreach Adam")}
THREADS = (1, 2)
SIZES = ((128, 32, 64), (512, 32, 64))
FILES = {
    "text": ("tiny_shakespeare", "input.txt.gz"),
    "roll": ("jsb_chorales", "JSB_Chorales.mat"),
    "chords": ("jsb_chorales_csv", "jsb_chorales.tgz"),
}
# The figures to beat: nats a character, nats a frame, accuracy of the next note.
ASKED = {"text": ("nats", 1.50), "roll": ("nats", 8.43), "chords": ("accuracy", 0.8164)}
# As the chorales' accuracy was published.
WINDOWS = {"window": 33, "shift": 16}
DRAWN = 50_000


def learned(part: str, path: Path, seed: int, network: Any, training: Any) -> dict[str, Any]:
    """Train on a data set and judge its held-out part."""
    import unspool

    began = time.perf_counter()
    generator = unspool.SequenceGenerator(network, training=training, seed=seed)
    generator.fit(path, on_progress=lambda _: None)
    seconds = time.perf_counter() - began
    evaluation = generator.evaluate(path, **(WINDOWS if part == "chords" else {}))
    figures = evaluation.figures.to_dict()
    name, asked = ASKED[part]
    fitted = generator.fitted
    return {
        "part": part,
        "seed": seed,
        "nats": figures["nats"],
        "accuracy": figures["accuracy"],
        "n": evaluation.figures.count,
        "asked": f"{name} {asked}",
        "reached": figures[name] <= asked if name == "nats" else figures[name] >= asked,
        "parameters": fitted.parameters,
        "epochs": len(fitted.history.loss),
        "seconds": seconds,
    }


def sampled(rounds: int) -> dict[str, Any]:
    """Characters a second, one at a time, of a GRU of 128 units that was just made."""
    import jax

    from unspool.models.generators import drawing
    from unspool.models.generators.build import Values, build
    from unspool.models.generators.specs import GeneratorNetwork
    from unspool.models.sampling import Choice

    spec = GeneratorNetwork(units=128, layers=1, embedding=EMBEDDING, dropout=0.0)
    network = build(spec, Values("symbols", SYMBOLS), key=jax.random.key(0))
    key, choice, rates = jax.random.key(1), Choice(temperature=0.8), []
    for turn in range(rounds + 1):
        place, began = drawing.beginning(network), time.perf_counter()
        while place.drawn < DRAWN:
            count = min(drawing.BLOCK, DRAWN - place.drawn)
            _, place = drawing.draw(network, place, count, choice, key)
        if turn:  # the first compiles
            rates.append(DRAWN / (time.perf_counter() - began))
    return {
        "part": "sampling",
        "characters a second": statistics.median(rates),
        "from": min(rates),
        "to": max(rates),
        "asked": 20_000,
    }


def trained(rounds: int, python: list[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Characters a second of each library at each size."""
    rows, every = [], []
    with bench() as workers:
        workers.start(PEERS, THREADS, pythons(python, list(PEERS), {}))
        for name, lacking in workers.missing.items():
            print(f"missing: {name}, which needs {', '.join(lacking)} (--python {name}=PATH)")
        for units, batch, steps in SIZES:
            task = {"units": units, "batch": batch, "steps": steps}
            ways = [
                workers.prepare(name, threads, variant, task)
                for name, threads in workers.workers
                for variant in VARIANTS[name]
            ]
            workers.sample(worth_sampling(ways), rounds)
            workers.forget()
            every += [{**task, **details(way)} for way in ways]
            ours = best(ways, OURS)
            for name in PEERS:
                way = best(ways, name)
                if way is None or ours is None:
                    continue
                low, middle, high = quartiles(way.samples)
                characters = size_of(task).characters
                rows.append(
                    {"part": "training", "library": name, **task, "threads": way.threads}
                    | {"characters a second": characters / middle}
                    | {"from": characters / high, "to": characters / low}
                    | {"times ours": middle / ours.median}
                )
                common.say(rows[-1])
    return rows, {"peers": workers.versions, "missing": workers.missing, "measured": every}


def main(
    data: common.DataFolder = None,
    parts: Annotated[str, typer.Option(help="Which, with commas.")] = ",".join(PARTS),
    minutes: Annotated[float, typer.Option(help="Of training on text.")] = 10.0,
    seeds: common.Seeds = 1,
    units: Annotated[int | None, typer.Option(help="Of each layer.")] = None,
    layers: Annotated[int | None, typer.Option(help="How many.")] = None,
    dropout: common.Dropout = None,
    batch: common.Batch = None,
    steps: Annotated[int | None, typer.Option(help="How far a gradient goes back.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Of the music.")] = None,
    learning_rate: common.LearningRate = None,
    rounds: Annotated[int, typer.Option(min=1, help="Samples of each library.")] = 9,
    python: Annotated[
        list[str] | None, typer.Option(help="NAME=PATH: the Python that has a library.")
    ] = None,
    write: common.Write = False,
) -> None:
    """Each part in turn."""
    settings = {name: value for name, value in locals().items() if name not in ("data", "write")}
    chosen = parts.split(",")
    if set(chosen) - set(PARTS):
        raise typer.BadParameter(f"--parts are of {', '.join(PARTS)}")
    order = [{"part": part} for part in PARTS]
    for part in chosen:
        rows: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        if part == "training":
            rows, more = trained(rounds, python or [])
        elif part == "sampling":
            rows = [sampled(rounds)]
            common.say(rows[0])
        else:
            import unspool

            folder, file = FILES[part]
            network = unspool.GeneratorNetwork(**common.given(unspool.GeneratorNetwork, **settings))
            said = common.given(unspool.GeneratorTraining, **settings)
            said.pop("minutes" if part != "text" else "epochs", None)
            for seed in range(seeds):
                rows.append(
                    learned(
                        part,
                        common.folder(data, folder) / file,
                        seed,
                        network,
                        unspool.GeneratorTraining(**said),
                    )
                )
                common.say(rows[-1])
        print("\n" + common.as_table(rows))
        if write:
            about = {"settings": {k: v for k, v in settings.items() if v is not None}}
            about |= {"machine": common.machine(), "versions": common.versions(), **more}
            kept.keep("generation", {"part": part}, rows, about, order)
            print(f"written to {kept.target('generation')}")


if __name__ == "__main__":
    common.run(main)
