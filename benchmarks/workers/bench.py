"""Several libraries, each with several ways to do the same work, sampled in turns."""

from __future__ import annotations

import signal
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.workers.pool import Peer, Worker

# What was slower than this, beside the same peer's fastest way, is not sampled again.
MUCH_SLOWER = 1.3


@dataclass
class Measured:
    """One way in which a peer does the work: seconds of it, sample by sample."""

    peer: str
    threads: int
    variant: str
    prepared: float  # seconds until it was ready to be sampled
    rough: float  # the seconds of the first sample, by which it is chosen what is sampled
    facts: dict[str, Any]
    samples: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Of the samples, seconds."""
        return statistics.median(self.samples)

    @property
    def described(self) -> str:
        """Peer, variant and threads in words."""
        return f"{self.peer}, {self.variant}, {self.threads} thread{'s' * (self.threads != 1)}"


class Bench:
    """One worker for each peer and number of threads."""

    def __init__(self) -> None:
        self.workers: dict[tuple[str, int], Worker] = {}
        self.missing: dict[str, list[str]] = {}  # peers, and the packages that they lack
        self.versions: dict[str, dict[str, str]] = {}  # peers that run, and of what

    def start(
        self, peers: Mapping[str, Peer], threads: Sequence[int], pythons: Mapping[str, str]
    ) -> None:
        """Start the workers of these peers."""
        for name, peer in peers.items():
            for count in sorted(threads, reverse=True):
                worker = Worker(f"{name}, {count} threads", peer, pythons[name], count)
                self.workers[name, count] = worker
                lacking = worker.start()
                if lacking:
                    self.missing[name] = lacking
                    self.workers.pop((name, count)).stop()
                    break
                self.versions[name] = worker.ask("versions")

    def stop(self) -> None:
        """End all processes."""
        for worker in self.workers.values():
            worker.stop()

    def threads(self, name: str) -> list[int]:
        """The numbers of threads with which a peer runs, the most first; none where it is not."""
        return [count for peer, count in self.workers if peer == name]

    def runs(self, name: str, threads: int) -> bool:
        """Whether the worker's process is there; it is not after a request that was lost."""
        return self.workers[name, threads].running

    def prepare(
        self, name: str, threads: int, variant: str, task: Mapping[str, Any], limit: float = 900
    ) -> Measured:
        """Make a way ready to be sampled. LostError when that takes more than `limit` seconds."""
        worker = self._running(name, threads)
        ready = worker.ask("prepare", limit, job=variant, task={**task, "variant": variant})
        return Measured(name, threads, variant, ready["seconds"], ready["rough"], ready["facts"])

    def result(self, name: str, threads: int, task: Mapping[str, Any]) -> Any:
        """What is to be equal among the peers."""
        return self._running(name, threads).ask("result", task=task)

    def sample(self, ways: Sequence[Measured], rounds: int) -> None:
        """So many samples of each, in turns, so that what disturbs the machine meets all alike."""
        for turn in range(rounds):
            start = turn % len(ways)
            for way in [*ways[start:], *ways[:start]]:
                seconds = self.workers[way.peer, way.threads].ask("sample", job=way.variant)
                way.samples.append(seconds)

    def forget(self) -> None:
        """Free what was prepared."""
        for worker in self.workers.values():
            if worker.running:
                worker.ask("forget")

    def _running(self, name: str, threads: int) -> Worker:
        """The worker, started again if it was ended for taking too long."""
        worker = self.workers[name, threads]
        if not worker.running:
            worker.start()
        return worker


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench whose processes end with the block, also when this process is told to end."""
    made = Bench()
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield made
    finally:
        made.stop()
        signal.signal(signal.SIGTERM, before)


def worth_sampling(ways: Sequence[Measured]) -> list[Measured]:
    """Of each peer the fastest in the first sample, and what was not much slower."""
    fastest: dict[str, float] = {}
    for way in ways:
        fastest[way.peer] = min(way.rough, fastest.get(way.peer, way.rough))
    return [way for way in ways if way.rough <= MUCH_SLOWER * fastest[way.peer]]


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile; of a single value three times that."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def best(ways: Sequence[Measured], peer: str) -> Measured | None:
    """The way of a peer with the lowest median; None where none was sampled."""
    sampled = [way for way in ways if way.peer == peer and way.samples]
    return min(sampled, key=lambda way: way.median, default=None)


def fastest_beside(ways: Sequence[Measured], *left_out: str) -> Measured | None:
    """The fastest way of all peers but those."""
    sampled = [way for way in ways if way.peer not in left_out and way.samples]
    return min(sampled, key=lambda way: way.median, default=None)


def details(way: Measured) -> dict[str, Any]:
    """Everything that is known of one way, for the JSON."""
    row: dict[str, Any] = {"peer": way.peer, "variant": way.variant, "threads": way.threads}
    row |= {"prepared s": way.prepared, "first ms": 1000 * way.rough}
    if way.samples:
        low, middle, high = (1000 * value for value in quartiles(way.samples))
        row |= {"median ms": middle, "lower quartile ms": low, "upper quartile ms": high}
        row["samples"] = len(way.samples)
    return row | way.facts
