"""docs/chapter.md says what is: its code runs, its command lines are understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import typer

TEXT = (Path(__file__).parents[2] / "docs" / "chapter.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)


def test_the_code_runs_in_order_and_its_experiment_is_the_packages_own():
    from unspool.chapter import lstm

    names: dict[str, Any] = {}
    for block in blocks("python"):
        exec(compile(block, "chapter.md", "exec"), names)
    assert names["result"].figure < names["result"].entry.text_figure
    shown, own = names["experiment"], lstm.experiment
    for field in ("data", "settings", "figure", "improved"):
        assert getattr(shown, field) == getattr(own, field)


def test_the_command_lines_are_understood():
    from unspool.cli.app import app

    lines = "".join(blocks("sh")).splitlines()
    assert len(lines) > 3
    for line in lines:
        program, verb, *arguments = shlex.split(line, comments=True)
        assert (program, verb) == ("unspool", "chapter")
        typer.main.get_command(app).commands[verb].make_context(verb, arguments)
