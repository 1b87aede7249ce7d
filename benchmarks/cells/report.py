"""From samples to the rows of the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.cells import sizes
from benchmarks.cells.measure import product_rate
from benchmarks.cells.peers import CHAPTER, OURS, RECOMPUTE
from benchmarks.workers.bench import Measured, best, fastest_beside, quartiles


def ratio_row(cell: str, size: str, ways: Sequence[Measured]) -> dict[str, Any]:
    """Ours, the fastest peer, and how many times ours that takes, with the quartiles of each.

    `ratio` is that of the medians; its quartiles are of the ratios within each round.
    """
    row: dict[str, Any] = {"cell": cell, "size": size}
    ours, peer = best(ways, OURS), fastest_beside(ways, OURS, RECOMPUTE)
    for name, way in (("ours", ours), ("peer", peer)):
        if way is not None:
            low, middle, high = (1000 * value for value in quartiles(way.samples))
            row |= {f"{name} ms": middle, f"{name} from": low, f"{name} to": high}
    if ours is not None and peer is not None:
        rounds = [a / b for a, b in zip(peer.samples, ours.samples, strict=True)]
        low, _, high = quartiles(rounds)
        asked, ratio = sizes.ASKED[cell][size], peer.median / ours.median
        row |= {"ratio": ratio, "ratio from": low, "ratio to": high, "asked": float(asked)}
        row |= {"met": met(ratio >= asked), "fastest peer": peer.described}
    return row


def peers_row(
    cell: str, size: str, ways: Sequence[Measured], names: Sequence[str]
) -> dict[str, Any]:
    """The median milliseconds of every peer."""
    row: dict[str, Any] = {"cell": cell, "size": size}
    for name in names:
        way = best(ways, name)
        row[f"{name} ms"] = None if way is None else 1000 * way.median
    return row


def claims_row(
    cell: str, size: str, ways: Sequence[Measured], products: Sequence[Measured]
) -> dict[str, Any]:
    """Ours beside the chapter's own stack; compiling; memory; the share of the matrix products."""
    row: dict[str, Any] = {"cell": cell, "size": size}
    ours, chapter, jax = (best(ways, name) for name in (OURS, CHAPTER, "jax"))
    again = best(ways, RECOMPUTE)
    if ours is None:
        return row
    if chapter is not None:
        row["keras-tf / ours"] = chapter.median / ours.median
        if size == next(iter(sizes.SIZES)):
            row["20 met"] = met(row["keras-tf / ours"] >= sizes.ASKED_OF_KERAS_TENSORFLOW)
    row["compile s"] = sum(ours.facts[f"{stage} s"] for stage in ("trace", "lower", "compile"))
    row["1 s met"] = met(row["compile s"] <= sizes.ASKED_COMPILE_SECONDS)
    row["working MB"] = ours.facts["working MB"]
    row["jax's MB"] = None if jax is None else jax.facts["working MB"]
    if again is not None:
        row["recompute MB"] = again.facts["working MB"]
        row["recompute / ours"] = again.median / ours.median
    if products:
        rate = product_rate(products)
        steps = ours.facts.get("steps of a sequence")
        operations = sizes.product_operations(cell, sizes.SIZES[size], steps)
        row["machine GFLOP/s"] = rate / 1e9
        row["ours GFLOP/s"] = operations / ours.median / 1e9
        row["share"] = operations / ours.median / rate
        row["0.85 met"] = met(row["share"] >= sizes.ASKED_SHARE)
    row["ours"] = f"{ours.variant}, {ours.threads} threads, {ours.facts.get('path')}"
    return row


def met(holds: bool) -> str:
    """In a word."""
    return "yes" if holds else "no"
