"""What goes to standard output and standard error, and how it fits the terminal."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 100  # sentences are hard to read across more columns than this

# Nothing in a table's names may move the cursor or change colours.
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), "�")
del _CONTROLS[ord("\n")]


def make_printable() -> None:
    """Characters that a terminal's encoding lacks are shown as question marks, not as a crash."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a stream put in place by a program that calls `main`
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def console(*, stderr: bool = False) -> Console:
    """Where a report is printed: no colour unless it is a terminal, at most `WIDEST` columns."""
    from rich.console import Console

    class Screen(Console):
        """A console that leaves it to the command what a closed pipe means."""

        def on_broken_pipe(self) -> None:
            """Called where BrokenPipeError was caught."""
            raise

    made = Screen(stderr=stderr, highlight=False, markup=False, emoji=False)
    made.width = min(made.width, WIDEST)
    return made


def say(where: Console, text: str, style: str = "") -> None:
    """A sentence, wrapped between words."""
    from rich.text import Text

    for line in Text(clean(text), style=style).wrap(where, where.width):
        line.rstrip()
        where.print(line, soft_wrap=True)


def say_line(where: Console, text: str) -> None:
    """A line that stays one line where it is piped, so that it can be searched for."""
    where.print(clean(text), soft_wrap=not where.is_terminal)


def clean(text: str) -> str:
    """The text with its control characters made visible."""
    return text.translate(_CONTROLS)


def write_bytes(data: bytes) -> None:
    """Data, not a report: the same bytes on every system and in every locale."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def write_json(value: Any) -> None:
    """One JSON object; NaN and infinities become null."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=1, allow_nan=False)
    write_bytes(text.encode("utf-8", errors="replace") + b"\n")


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # of NumPy, an array or a single number
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)
