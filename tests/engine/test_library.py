"""Instruction sets and threads: each but that of the tests needs a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from engine_forms import FORMS, cotangents, expected
from engine_worker import BATCH, NAMES, TIME, arrays

import unspool.native
from unspool.engine.library import Library, library
from unspool.errors import UsageError

HERE = Path(__file__).parent
SMALL = 16 * TIME  # times eps, of an array's largest number or of 1


def started(code: list[str], **variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    environment.pop("UNSPOOL_ISA", None)
    return subprocess.Popen(
        [sys.executable, *code],
        env={**environment, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    output, error = process.communicate(timeout=300)
    assert process.returncode == 0, error[-2000:]
    return output


def native() -> Library:
    found = library()
    assert isinstance(found, Library), found
    return found


ONE_THREAD = """
import os, runpy, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    """What each instruction set gives, and the best one with one thread only."""
    folder, worker = tmp_path_factory.mktemp("results"), str(HERE / "engine_worker.py")
    found: dict[str, dict[str, np.ndarray]] = {}
    for name in (*native().instruction_sets, "one thread"):
        if name == native().instruction_set:
            with jax.enable_x64(True):
                found[name] = arrays()
            continue
        file = str(folder / f"{name}.npz")
        if name == "one thread":
            flags = "--xla_cpu_multi_thread_eigen=false"
            process = started(["-c", ONE_THREAD, worker, file], XLA_FLAGS=flags)
        else:
            process = started([worker, file], UNSPOOL_ISA=name)
        ended(process)
        found[name] = dict(np.load(file))
    return found


def test_one_thread_gives_to_the_last_bit_what_many_give(computed: Any) -> None:
    best = computed[native().instruction_sets[0]]
    for key, array in computed["one thread"].items():
        assert array.tobytes() == best[key].tobytes(), key


@pytest.mark.usefixtures("float64", "quick_compiling")
def test_every_instruction_set_gives_what_scan_gives(computed: Any) -> None:
    for name in NAMES:
        form, random = FORMS[name], np.random.default_rng(5)
        inputs, state = form.inputs(random, BATCH, TIME, 1.0), form.state(random, BATCH, 1.0)
        given = cotangents(form, inputs, state, random)
        lengths = random.integers(0, TIME + 1, BATCH).astype(np.int32)
        wanted = expected(form, (form.cell, inputs, state), lengths, given)
        for instruction_set in native().instruction_sets:
            computed_there = computed[instruction_set]
            for i, leaf in enumerate(jax.tree.leaves(wanted)):
                exact = np.asarray(leaf)
                largest = max(np.abs(exact).max(), 1.0)
                for dtype in (np.float32, np.float64):
                    own = computed_there[f"{name}/{dtype.__name__}/{i}"]
                    # The float32 run is of rounded numbers, which is one more error of their size.
                    bound = SMALL * np.finfo(dtype).eps * largest
                    assert own.dtype == dtype
                    assert np.abs(own - exact).max() <= bound, (instruction_set, name, i, dtype)


def test_an_unknown_instruction_set_is_rejected_with_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = unspool.native.load()
    assert not isinstance(loaded, str)
    monkeypatch.setenv("UNSPOOL_ISA", "mmx")
    with pytest.raises(UsageError) as error:
        Library(loaded)
    message = str(error.value)
    assert message == (
        "UNSPOOL_ISA=mmx is not an instruction set of this processor; "
        f"it has {', '.join(native().instruction_sets)}, or scan for none"
    )


def test_asked_for_scan_it_takes_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSPOOL_ISA", "scan")
    assert library.__wrapped__() == "UNSPOOL_ISA=scan asks for it"


def test_the_best_instruction_set_is_taken_unless_another_is_asked_for(computed: Any) -> None:
    sets = native().instruction_sets
    assert len(set(sets)) == len(sets) == len(computed) - 1
    assert native().instruction_set == os.environ.get("UNSPOOL_ISA", sets[0])


def test_two_vectors_are_twice_as_many_lanes_and_half_as_many_in_double() -> None:
    one, two = native().lanes(np.dtype(np.float32))
    assert two == 2 * one
    assert native().lanes(np.dtype(np.float64)) == (one // 2, two // 2)
