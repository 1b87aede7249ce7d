"""The outside of a worker: a process that is started, asked, and ended when it takes too long."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from typer import BadParameter

ROOT = Path(__file__).parents[2]
SERVE = "benchmarks.workers.serve"


class LostError(Exception):
    """A worker ended, or was ended because its answer took too long."""


@dataclass(frozen=True)
class Peer:
    """How a library is run: its module, what that imports, and what fixes the threads.

    `{threads}` in a value of `environment` stands for the number of threads. `pinned` takes the
    other processors away from the process, which is what XLA goes by.
    """

    module: str
    needs: Sequence[str]
    pinned: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


class Worker:
    """One process of one peer."""

    def __init__(self, name: str, peer: Peer, python: str, threads: int) -> None:
        self.name, self.peer, self.python, self.threads = name, peer, python, threads
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._readers: list[threading.Thread] = []
        self._errors: deque[str] = deque(maxlen=3)  # the last lines of standard error

    def start(self) -> list[str]:
        """Start the process; the packages that it lacks, which are none when it is ready."""
        threads = str(self.threads)
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            **{key: text.format(threads=threads) for key, text in self.peer.environment.items()},
        }
        cores = threads if self.peer.pinned else "0"
        self._process = subprocess.Popen(
            [self.python, "-m", SERVE, self.peer.module, cores, *self.peer.needs],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,  # so that what it starts ends with it
        )
        self._answers = queue.Queue()
        self._errors.clear()
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=_forward, args=(self._process.stdout, self._answers)),
            threading.Thread(target=self._errors.extend, args=(self._process.stderr,)),
        ]
        for reader in self._readers:
            reader.start()
        lacking: list[str] = self._receive("starting", 120)["missing"]
        return lacking

    def ask(self, do: str, limit: float = 900, **more: Any) -> Any:
        """The answer to a request. LostError when none came within `limit` seconds."""
        if self._process is None:
            raise LostError(f"{self.name} is not running")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._lost(do) from None
        return self._receive(do, limit)["value"]

    @property
    def running(self) -> bool:
        """Whether there is a process to ask."""
        return self._process is not None

    def stop(self) -> None:
        """End the process and what it has started."""
        if self._process is None:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()
        self._process = None

    def _receive(self, what: str, limit: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=limit)
        except queue.Empty:
            self.stop()
            raise LostError(f"{self.name}: {what} took more than {limit:g} s") from None
        if not line:
            raise self._lost(what)
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _lost(self, what: str) -> LostError:
        self.stop()
        return LostError(f"{self.name} ended at {what!r}: {' | '.join(self._errors)}")


def pythons(
    given: Sequence[str], names: Sequence[str], same: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The Python of each peer: this one, except where `NAME=PATH` names another.

    `same` names peers that take another's, unless their own is given.
    """
    named = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or name not in names:
            raise BadParameter(
                f"--python takes NAME=PATH, NAME of {', '.join(names)}, got {text!r}"
            )
        if not Path(path).is_file():
            raise BadParameter(f"--python {name}: there is no file {path!r}")
        named[name] = path
    others = {name: (same or {}).get(name, name) for name in names}
    return {name: named.get(name, named.get(others[name], sys.executable)) for name in names}


def _forward(stream: IO[str], answers: queue.Queue[str]) -> None:
    """Lines of the stream into the queue, and an empty one at its end."""
    for line in stream:
        answers.put(line)
    answers.put("")
