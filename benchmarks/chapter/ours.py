"""Unspool: an experiment as `unspool chapter NAME` runs it, from making the data to the figure."""

from __future__ import annotations

from typing import Any

from benchmarks.workers.versions import installed
from unspool.chapter.running import run


def versions() -> dict[str, str]:
    """Of the packages that are measured."""
    return installed("jax", "jaxlib", "equinox", "optax")


class Work:
    """One experiment, once. A `Job` of the workers."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.task, self.facts = task, dict[str, Any]()

    def run(self) -> float:
        """Seconds of the whole experiment."""
        seconds: float = self.result()["seconds"]
        return seconds

    def result(self) -> dict[str, Any]:
        """Seconds, what of them went into compiling, and the figure."""
        result = run(self.task["name"], epochs=self.task["epochs"], examples=self.task["examples"])
        history = result.outcome.history
        return {
            "seconds": result.seconds,
            "compile seconds": None if history is None else history.compile_seconds,
            "figure": result.figure,
        }


def prepare(task: dict[str, Any]) -> Work:
    """`name`, and `epochs` and `examples`, None for the experiment's own."""
    return Work(task)
