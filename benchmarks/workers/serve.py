"""The inside of a worker: takes requests from standard input, answers on standard output.

    python -m benchmarks.workers.serve MODULE CORES PACKAGE...

MODULE has `versions()`; `prepare(task)`, which makes a `Job` of a dictionary; and, if it keeps
anything of jobs that are gone, `forget()`. CORES is how many processors this process may use, 0 for
all. Without one of the PACKAGEs the worker says so and ends.
A line is a JSON object. What libraries print goes to standard error.

This module and those it loads import nothing of `unspool` and nothing of the driver, so that a
worker runs in any environment that has its own library.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, Protocol

# A sample lasts at least this long, or the clock and the scheduler would be what is measured.
SHORTEST_SAMPLE = 1.0  # seconds


class Job(Protocol):
    """Prepared work."""

    facts: dict[str, Any]

    def run(self) -> float:
        """Do the work once; the seconds of what is compared, such as one step of an epoch."""

    def result(self) -> Any:
        """What is to be equal among the libraries."""


class Repeated:
    """A job, and how often it is run for one sample."""

    def __init__(self, job: Job, shortest: float = SHORTEST_SAMPLE) -> None:
        self.job = job
        job.run()  # the first time is not like the others
        began = time.perf_counter()
        self.rough = job.run()
        self.times = max(1, math.ceil(shortest / (time.perf_counter() - began)))

    def sample(self) -> float:
        """The mean of what the runs of one sample give.

        Between samples others run. The first run after that is not counted: a system may have
        taken back the memory, and may have both threads on one core.
        """
        self.job.run()
        return sum(self.job.run() for _ in range(self.times)) / self.times


def missing(needs: Sequence[str]) -> list[str]:
    """Those of the packages that this Python cannot find."""
    return [name for name in needs if importlib.util.find_spec(name) is None]


def keep_to(cores: int) -> None:
    """Let this process use so many processors; XLA then makes as many threads."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def answer(module: Any, jobs: dict[str, Repeated], request: dict[str, Any]) -> Any:
    """What one request is answered with."""
    what = request["do"]
    if what == "versions":
        return module.versions()
    if what == "forget":
        jobs.clear()
        if hasattr(module, "forget"):
            module.forget()
        gc.collect()
        return None
    if what == "prepare":
        began = time.perf_counter()
        job = module.prepare(request["task"])
        repeated = Repeated(job)
        jobs[request["job"]] = repeated
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "rough": repeated.sample(), "facts": job.facts}
    if what == "result":
        return module.prepare(request["task"]).result()
    if what == "sample":
        return jobs[request["job"]].sample()
    raise ValueError(f"unknown request {what!r}")


def main(name: str, cores: int, needs: Sequence[str]) -> None:
    """Answer until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries print; only replies may go where the driver reads

    def reply(value: Any) -> None:
        replies.write(json.dumps(value) + "\n")
        replies.flush()

    keep_to(cores)
    lacking = missing(needs)
    reply({"missing": lacking})
    if lacking:
        return
    module = importlib.import_module(name)
    jobs: dict[str, Repeated] = {}
    for line in sys.stdin:
        reply({"value": answer(module, jobs, json.loads(line))})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
