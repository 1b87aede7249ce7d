"""Workers: requests and answers, packages that are missing, limits, and what is sampled."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MODULE = """
import os, sys, time

def versions():
    return {"made up": "1.0"}

class Job:
    def __init__(self, task):
        self.seconds = task["seconds"]
        self.facts = {"threads": os.environ["OMP_NUM_THREADS"], "is": os.environ["IS"]}
    def run(self):
        print("libraries print")
        return self.seconds
    def result(self):
        return [self.seconds]

def prepare(task):
    if task.get("sleep"):
        time.sleep(task["sleep"])
    if task.get("end"):
        sys.exit("made up failure")
    return Job(task)
"""

Make = Callable[..., Any]


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    from benchmarks.workers.pool import Peer, Worker

    (tmp_path / "made_up_peer.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = []

    def make(needs: tuple[str, ...] = ()) -> Any:
        peer = Peer("made_up_peer", needs, environment={"IS": "of {threads}"})
        made.append(Worker("made up", peer, sys.executable, threads=3))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_a_worker_answers_and_keeps_what_libraries_print_to_itself(worker: Make) -> None:
    made = worker()
    assert made.start() == []
    assert made.ask("versions") == {"made up": "1.0"}
    ready = made.ask("prepare", job="a", task={"seconds": 0.5})
    assert ready["rough"] == 0.5
    assert ready["facts"] == {"threads": "3", "is": "of 3"}
    assert made.ask("sample", job="a") == 0.5
    assert made.ask("result", task={"seconds": 2.0}) == [2.0]


def test_a_worker_names_the_package_that_it_lacks(worker: Make) -> None:
    assert worker(("json", "no_such_package")).start() == ["no_such_package"]


def test_a_worker_that_takes_too_long_is_ended_and_can_be_started_again(worker: Make) -> None:
    from benchmarks.workers.pool import LostError

    made = worker()
    made.start()
    with pytest.raises(LostError, match=r"prepare took more than 0\.2 s"):
        made.ask("prepare", limit=0.2, job="a", task={"seconds": 1, "sleep": 60})
    assert not made.running
    made.start()
    assert made.ask("result", task={"seconds": 1.0}) == [1.0]


def test_what_a_worker_said_last_is_told_when_it_ends(worker: Make) -> None:
    from benchmarks.workers.pool import LostError

    made = worker()
    made.start()
    with pytest.raises(LostError, match="made up failure"):
        made.ask("prepare", job="a", task={"seconds": 1, "end": True})


def test_pythons_are_named_by_peer_and_shared_by_default(tmp_path: Path) -> None:
    import typer
    from benchmarks.workers.pool import pythons

    other = tmp_path / "python"
    other.touch()
    found = pythons([f"b={other}"], ["a", "b", "c"], same={"c": "b"})
    assert found == {"a": sys.executable, "b": str(other), "c": str(other)}
    with pytest.raises(typer.BadParameter, match="NAME=PATH, NAME of a, b"):
        pythons(["d=/usr/bin/python"], ["a", "b"])
    with pytest.raises(typer.BadParameter, match="no file"):
        pythons([f"a={tmp_path / 'none'}"], ["a"])


def measured(peer: str, rough: float, samples: list[float], threads: int = 1) -> Any:
    from benchmarks.workers.bench import Measured

    return Measured(peer, threads, "fit", 0.0, rough, {}, samples)


def test_what_is_much_slower_than_the_same_peers_fastest_is_not_sampled() -> None:
    from benchmarks.workers.bench import worth_sampling

    ways = [measured("a", rough, []) for rough in (1.0, 1.2, 2.0)] + [measured("b", 9.0, [])]
    assert [way.rough for way in worth_sampling(ways)] == [1.0, 1.2, 9.0]


def test_the_best_way_has_the_lowest_median() -> None:
    from benchmarks.workers.bench import best, fastest_beside

    ways = [
        measured("a", 1, [1.0, 9.0, 9.0]),
        measured("a", 1, [3.0, 4.0, 5.0], threads=2),
        measured("b", 1, [6.0]),
        measured("c", 1, []),
    ]
    assert best(ways, "a") is ways[1]
    assert best(ways, "c") is None
    assert fastest_beside(ways, "a") is ways[2]
    assert ways[1].described == "a, fit, 2 threads"


def test_quartiles_are_of_the_samples_and_of_one_sample_itself() -> None:
    from benchmarks.workers.bench import quartiles

    assert quartiles([4.0, 1.0, 3.0, 2.0, 5.0]) == (2.0, 3.0, 4.0)
    assert quartiles([7.0]) == (7.0, 7.0, 7.0)


def test_samples_are_taken_in_turns_that_begin_elsewhere_each_time() -> None:
    from benchmarks.workers.bench import Bench

    order: list[str] = []

    class Asked:
        def __init__(self, name: str) -> None:
            self.name = name

        def ask(self, do: str, job: str) -> float:
            order.append(self.name)
            return float(len(order))

    bench, ways = Bench(), [measured(name, 1, []) for name in "abc"]
    bench.workers = {(name, 1): Asked(name) for name in "abc"}  # type: ignore[misc]
    bench.sample(ways, rounds=2)
    assert order == list("abc") + list("bca")
    assert ways[0].samples == [1.0, 6.0]


def test_the_first_run_of_a_sample_does_not_count() -> None:
    from benchmarks.workers.serve import Repeated

    class Counted:
        def __init__(self) -> None:
            self.facts: dict[str, Any] = {}
            self.runs = 0

        def run(self) -> float:
            self.runs += 1
            return float(self.runs)

        def result(self) -> None: ...

    job = Counted()
    repeated = Repeated(job, shortest=0.0)
    before = job.runs
    assert repeated.sample() == before + 2
    assert repeated.sample() == before + 4
