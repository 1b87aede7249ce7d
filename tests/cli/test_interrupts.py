"""Ctrl-C where Python itself would lose it, in a process of its own as on a terminal."""

from __future__ import annotations

import subprocess
import sys

# Each does something slow, in which Ctrl-C comes, and then says so if it was not interrupted.
LOST_IN_A_CALLBACK = """
import gc

def callback(phase, _):
    if phase == "start" and not done:
        done.append(phase)
        signal.raise_signal(signal.SIGINT)

done = []
gc.callbacks.append(callback)
gc.collect()
"""
LOADING_AN_EXTENSION = """
from importlib.machinery import ExtensionFileLoader

class Slow(ExtensionFileLoader):
    def create_module(self, spec):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            print("raised while loading")
            os._exit(3)

Slow("slow", "slow.so").create_module(None)
"""
AROUND = """
import os, signal, sys, time
from unspool.cli import main as cli

def run(_):
{}
    time.sleep(20)
    print("not interrupted")
    return 0

cli._run = run
sys.exit(cli.main())
"""


def interrupted(within):
    indented = "\n".join(f"    {line}" for line in within.splitlines())
    return subprocess.run(
        [sys.executable, "-c", AROUND.format(indented)], capture_output=True, text=True, timeout=120
    )


def test_an_interrupt_within_a_callback_is_not_lost():
    done = interrupted(LOST_IN_A_CALLBACK)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "unspool: interrupted\n")


def test_an_extension_is_loaded_to_its_end_before_an_interrupt():
    done = interrupted(LOADING_AN_EXTENSION)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "unspool: interrupted\n")


def test_an_interrupt_anywhere_else_is_raised_at_once():
    done = interrupted("signal.raise_signal(signal.SIGINT)")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "unspool: interrupted\n")


def test_a_process_that_ignores_interrupts_goes_on_ignoring_them():
    done = interrupted(
        "signal.raise_signal(signal.SIGINT); print('went on', flush=True); os._exit(0)"
    )
    assert done.returncode == 130
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    code = ignoring + AROUND.format(
        "    signal.raise_signal(signal.SIGINT); print('went on', flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "went on\n")
