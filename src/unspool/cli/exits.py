"""What ends a command: an exit code, and one line on standard error that says why.

0 done; 1 a fault of Unspool itself; 2 usage; 3 data; 4 diverged training; 130 Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from unspool.errors import UnspoolError

if TYPE_CHECKING:
    from unspool.training.epochs import EpochHistory

FAILED = 1
USAGE = 2
FAULTY_DATA = 3
INTERRUPTED = 130
# What the shell reports of a command that the signal of a closed pipe ended.
CLOSED_PIPE = 141

TRACEBACK = "UNSPOOL_TRACEBACK"


def say_error(message: object) -> None:
    """One line on standard error: `unspool: error: …`."""
    _say(f"error: {message}")


def say_interrupted(what: str = "") -> None:
    """One line on standard error about Ctrl-C."""
    _say(f"interrupted{what and f': {what}'}")


def exit_code_of(error: Exception) -> int:
    """Say what an error is, on one line and without a traceback, and with which code it ends."""
    if isinstance(error, BrokenPipeError):
        _abandon_output()
        return CLOSED_PIPE
    if os.environ.get(TRACEBACK):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, UnspoolError):
        say_error(error)
        return error.exit_code
    if _is_usage(error):
        say_error(_usage_message(error))
        return USAGE
    text = " ".join(str(error).split())
    say_error(
        f"unexpected {type(error).__name__}{f': {text}' if text else ''}; this is a fault of "
        f"Unspool: {TRACEBACK}=1 shows where, please report it"
    )
    return FAILED


def leave_interrupted(history: EpochHistory) -> NoReturn:
    """End a command whose training Ctrl-C ended, after its model was saved."""
    import typer

    from unspool.data.faults import plural

    learned = plural(len(history.loss), "epoch")
    say_interrupted(f"the model has learned for {learned} and is saved")
    raise typer.Exit(INTERRUPTED)


@contextmanager
def ending() -> Iterator[None]:
    """Errors in the block become their line and their exit code."""
    import typer

    try:
        yield
    except KeyboardInterrupt:
        say_interrupted()
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        raise typer.Exit(exit_code_of(error)) from None


def _say(text: str) -> None:
    try:
        print(f"unspool: {' '.join(text.split())}", file=sys.stderr)
    except BrokenPipeError:
        _abandon_output()


def _is_usage(error: Exception) -> bool:
    """Whether the parser of the command line raised it; its base class is not public in Typer."""
    import typer

    bases = {kind.__name__: kind for kind in typer.BadParameter.__mro__}
    return isinstance(error, bases["ClickException"])


def _usage_message(error: Exception) -> str:
    message = str(getattr(error, "format_message", error.__str__)()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = "unspool" if context is None else context.command_path
    return f"{message}; `{command} --help` lists what there is"


def _abandon_output() -> None:
    """Let nothing more be written, not even when Python closes its streams at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
