"""A job with verbs of its own: `unspool classify train`, `unspool classify predict`, …"""

from __future__ import annotations

import typer


def group(name: str, help: str, epilog: str = "") -> typer.Typer:
    """An empty group; a verb is added with `group.command("train", cls=GroupedHelp)(train)`."""
    return typer.Typer(
        name=name,
        help=help,
        epilog=epilog or f"`unspool {name} train --help` lists the options of a verb.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help"]},
    )
