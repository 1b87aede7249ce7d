"""Whether all libraries train the same: their losses from the same weights on the same batches."""

from __future__ import annotations

from typing import Any

from benchmarks.cells import peers
from benchmarks.cells.measure import Cells

TOLERANCE = 1e-4  # of the loss


def difference(ours: list[float], theirs: list[float]) -> float:
    """The largest, relative to ours."""
    return max(abs(a - b) / abs(a) for a, b in zip(ours, theirs, strict=True))


def compare(cells: Cells, cell: str, size: str) -> list[dict[str, Any]]:
    """One row for each way of each peer; the first is ours."""
    rows: list[dict[str, Any]] = []
    ours: list[float] = []
    for name, threads in cells.bench.workers:
        # Compiled it is the same program, and Keras's training step is the one of its `fit`.
        skipped = name == "pytorch-compiled" or name not in peers.PEERS
        for variant in () if skipped else peers.variants(name, cell):
            if variant == "train_step":
                continue
            task = {**cells.task(cell, size), "variant": variant, "check": True}
            losses = cells.bench.result(name, threads, task)
            ours = ours or losses
            off = difference(ours, losses)
            row: dict[str, Any] = {"cell": cell, "size": size, "peer": name, "variant": variant}
            row |= {"last loss": losses[-1], "off": f"{off:.0e}", "same": off <= TOLERANCE}
            rows.append(row)
    return rows
