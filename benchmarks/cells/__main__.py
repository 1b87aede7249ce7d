"""One training step of every cell: two layers, a dense one at every step, MSE, Adam, float32.

Each library runs in a process of its own, with 1 and with 2 threads and in every way in which it
can do the work; all are sampled in turns, and the fastest way of each counts. `--python NAME=PATH`
names the Python that has a library, as often as needed. A library that is missing is named and
left out. With `--write` each cell and size is kept as soon as it is measured, in place of what was
kept of it before, so that the table can be made in several goes.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from benchmarks import common, kept
from benchmarks.cells import check, measure, peers, report, sizes
from benchmarks.workers.bench import bench, details
from benchmarks.workers.pool import pythons

QUICK = {"rounds": 2, "batches": 3}


def chosen(text: str, allowed: tuple[str, ...], option: str) -> list[str]:
    """The names of a list with commas, in the order of `allowed`; all of them for "all"."""
    names = list(allowed) if text == "all" else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in allowed:
            raise typer.BadParameter(f"{option} takes {', '.join(allowed)}, got {name!r}")
    return [name for name in allowed if name in names]


def pairs(cells: list[str], names: list[str]) -> list[tuple[str, str]]:
    """Cell and size, where something is asked of the two together; small sizes first."""
    return [(cell, size) for size in names for cell in cells if size in sizes.ASKED[cell]]


def in_order() -> list[dict[str, str]]:
    """Every cell and size, as they stand in the file."""
    return [{"cell": cell, "size": size} for size in sizes.SIZES for cell in sizes.CELLS]


def say_missing(missing: dict[str, list[str]]) -> None:
    """Name each peer that is not there, and what it lacks."""
    for name, lacking in missing.items():
        print(f"missing: {name}, which needs {', '.join(lacking)} (--python {name}=PATH)")
    if peers.OURS in missing:
        raise typer.Exit(1)


def run_check(cells: measure.Cells, wanted: list[tuple[str, str]]) -> None:
    """Print how far all losses are from ours; exit code 1 where one is too far."""
    same = True
    for cell, size in wanted:
        rows = check.compare(cells, cell, size)
        print(common.as_table(rows) + "\n", flush=True)
        same = same and all(row["same"] for row in rows)
    if not same:
        raise typer.Exit(1)


def main(
    sizes_: Annotated[str, typer.Option("--sizes", help="Of 20, 128, 256, by commas.")] = "all",
    cells: Annotated[str, typer.Option(help=f"Of {', '.join(sizes.CELLS)}, by commas.")] = "all",
    peers_: Annotated[
        str, typer.Option("--peers", help=f"Of {', '.join(peers.PEERS)}, by commas.")
    ] = "all",
    threads: Annotated[str, typer.Option(help="Numbers of threads, of which the best.")] = "1,2",
    rounds: Annotated[int, typer.Option(min=1, help="Samples of each way.")] = 9,
    python: Annotated[
        list[str] | None, typer.Option(help="NAME=PATH: the Python that has a peer.")
    ] = None,
    compile_limit: Annotated[
        float, typer.Option(help="Seconds after which compiling by PyTorch is given up.")
    ] = 60,
    batches: Annotated[
        int | None, typer.Option(min=1, help="Of an epoch, in place of each size's own.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="Few steps, to see that everything runs.")] = False,
    check_: Annotated[
        bool, typer.Option("--check", help="Compare the libraries' losses; measure nothing.")
    ] = False,
    write: common.Write = False,
) -> None:
    """Prepare, sample in turns, forget; cell after cell."""
    names = chosen(peers_, tuple(peers.PEERS), "--peers")
    names = [peers.OURS, *[name for name in names if name != peers.OURS]]
    counts = [int(count) for count in chosen(threads, ("1", "2", "4", "8", "16"), "--threads")]
    wanted = pairs(
        chosen(cells, sizes.CELLS, "--cells"), chosen(sizes_, tuple(sizes.SIZES), "--sizes")
    )
    found = pythons(python or [], [*peers.PEERS, *peers.PRODUCTS], peers.SAME_PYTHON)
    rounds = QUICK["rounds"] if quick else rounds
    batches = QUICK["batches"] if quick or check_ else batches
    settings: dict[str, Any] = {"rounds": rounds, "threads": counts, "batches": batches}
    settings |= {"compile limit s": compile_limit}
    with bench() as workers:
        table = {name: peers.PEERS[name] for name in names}
        workers.start(table, counts[-1:] if check_ else counts, found)
        asked = measure.Cells(workers, batches, compile_limit)
        if check_:
            say_missing(workers.missing)
            run_check(asked, wanted)
            return
        workers.start(peers.PRODUCTS, counts[-1:], found)
        say_missing(workers.missing)
        running = [name for name in names if name in workers.versions]
        about = {
            "peers": workers.versions,
            "missing": workers.missing,
            "settings": settings,
            "machine": common.machine(),
            "versions": common.versions(),
        }
        for cell, size in wanted:
            ways, products = asked.measure(cell, size, rounds)
            rows = [
                report.ratio_row(cell, size, ways),
                report.peers_row(cell, size, ways, running),
                report.claims_row(cell, size, ways, products),
            ]
            common.say(rows[0])
            if write:
                measured = [details(way) for way in (*ways, *products)]
                own, order = {"cell": cell, "size": size}, in_order()
                kept.keep("cells", own, rows, {**about, "measured": measured}, order)
    if write:
        tables = [[entry["rows"][i] for entry in kept.entries("cells")] for i in range(3)]
        print("\n" + "\n\n".join(common.as_table(rows) for rows in tables))
        print(f"written to {kept.target('cells')}")


if __name__ == "__main__":
    common.run(main)
