"""One cell at one size: every way of every peer, and the matrix products beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.cells import peers, product, sizes
from benchmarks.workers.bench import Bench, Measured, worth_sampling
from benchmarks.workers.pool import LostError


class Cells:
    """What is asked of the workers for a cell; `batches` replaces the sizes' own numbers.

    A peer that fails or takes too long is left out, said at once and kept in `left_out`. Where ours
    fails, the run ends.
    """

    def __init__(self, bench: Bench, batches: int | None, compile_limit: float) -> None:
        self.bench, self.batches, self.compile_limit = bench, batches, compile_limit
        # Cell and variant, and the number of time steps for which compiling took too long.
        self.too_long: dict[tuple[str, str], int] = {}
        self.left_out: list[dict[str, str]] = []

    def measure(self, cell: str, size: str, rounds: int) -> tuple[list[Measured], list[Measured]]:
        """All ways, sampled or not; and the matrix products, at the size where they are asked."""
        ways: list[Measured] = []
        for name, threads in self.bench.workers:
            for variant in peers.variants(name, cell) if name in peers.PEERS else ():
                way = self._prepared(name, threads, cell, size, variant)
                if not self.bench.runs(name, threads):  # what it had prepared is gone with it
                    ways = [kept for kept in ways if (kept.peer, kept.threads) != (name, threads)]
                ways.extend([] if way is None else [way])
        products = self._products() if size == largest() and cell in sizes.ROWS else []
        self.bench.sample([*worth_sampling(ways), *products], rounds)
        self.bench.forget()
        return ways, products

    def task(self, cell: str, size: str) -> dict[str, Any]:
        """The part of a task that is the same for all peers."""
        return {"cell": cell, "size": size, "batches": self.batches}

    def _prepared(
        self, name: str, threads: int, cell: str, size: str, variant: str
    ) -> Measured | None:
        """None where it is left out: it failed, or compiling it is known to take too long."""
        time, compiled = sizes.SIZES[size].time, name == "pytorch-compiled"
        limit = {"limit": self.compile_limit} if compiled else {}
        if compiled and self.too_long.get((cell, variant), time + 1) <= time:
            self._leave_out(cell, size, variant, f"{name}: it took too long before")
            return None
        try:
            return self.bench.prepare(name, threads, variant, self.task(cell, size), **limit)
        except LostError as lost:
            if name == peers.OURS:
                raise
            if compiled:
                self.too_long[cell, variant] = time
            self._leave_out(cell, size, variant, str(lost))
            return None

    def _leave_out(self, cell: str, size: str, variant: str, why: str) -> None:
        self.left_out.append({"cell": cell, "size": size, "variant": variant, "why": why})
        print(f"left out: {cell}, {size}: {variant}: {why}", flush=True)

    def _products(self) -> list[Measured]:
        return [
            self.bench.prepare(name, threads, name, {})
            for name in peers.PRODUCTS
            for threads in self.bench.threads(name)
        ]


def largest() -> str:
    """The size at which the share of the machine's matrix products is asked."""
    return max(sizes.SIZES, key=lambda name: sizes.SIZES[name].units)


def product_rate(products: Sequence[Measured]) -> float:
    """Floating-point operations a second of the fastest library."""
    return product.OPERATIONS / min(way.median for way in products)
