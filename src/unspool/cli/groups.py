"""Options that belong together are declared once, as the function that makes something of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from unspool.cli.exits import ending
from unspool.errors import UsageError

Verb = Callable[..., Any]


def takes(**groups: Verb) -> Callable[[Verb], Verb]:
    """Decorate a verb: its parameter `name` becomes the options of `groups[name]`.

    Typer sees the verb's own parameters and after them those of every group; the verb gets what
    the group's function made of its options. Errors end the command with their exit codes.
    """

    def decorate(verb: Verb) -> Verb:
        options = {name: _parameters(make) for name, make in groups.items()}
        own = [p for p in _parameters(verb).values() if p.name not in groups]
        together = [*own, *(p for group in options.values() for p in group.values())]

        def command(**given: Any) -> None:
            names = set(given)
            with ending(), _spelled(names):
                for name, make in groups.items():
                    given[name] = make(**{key: given.pop(key) for key in options[name]})
                verb(**given)

        command.__name__, command.__doc__ = verb.__name__, verb.__doc__
        command.__annotations__ = {p.name: p.annotation for p in together}
        command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in together]
        )
        return command

    return decorate


def flag(name: str) -> str:
    """A parameter as it is typed: "look_back" -> "--look-back"."""
    return f"--{name.replace('_', '-')}"


def _parameters(function: Verb) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function, eval_str=True).parameters)


@contextmanager
def _spelled(names: Collection[str]) -> Iterator[None]:
    """An error that begins with the name of a parameter names the option instead."""
    try:
        yield
    except UsageError as error:
        message = str(error)
        # A file may be called as a parameter is, or lie in such a folder: out/forecast.csv.
        first = re.match(r"\w+(?![\w./\\-])", message)
        if first is None or first[0] not in names:
            raise
        raise UsageError(flag(first[0]) + message[first.end() :]) from error
