"""The command `unspool`: from the arguments to an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from unspool.cli.exits import INTERRUPTED, exit_code_of, say_interrupted
from unspool.cli.interrupts import watch

# Typer is imported in `_run` only, so that Ctrl-C finds somebody who answers as early as can be.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments`, those of the process if left out; returns the exit code.

    When Ctrl-C ended the process's own command, it ends here: Python would tear down slowly, and
    after an interrupt within `exec` would die of the signal instead of exiting with 130.
    """
    if arguments is None:
        watch()
    try:
        from unspool.cli.terminal import make_printable

        make_printable()
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        say_interrupted()
        code = INTERRUPTED
    except Exception as error:
        code = exit_code_of(error)
    if code == INTERRUPTED and arguments is None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _run(arguments: list[str]) -> int:
    import typer

    from unspool.cli.app import app

    command = typer.main.get_command(app)
    try:
        # Not `command.main`, which has an ending of its own for Ctrl-C and for errors.
        with command.make_context("unspool", arguments) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    sys.stdout.flush()  # here, so that a reader who has gone away is noticed here
    return 0
