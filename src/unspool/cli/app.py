"""The verbs of the command line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import unspool
from unspool import native
from unspool.cli.chapter import chapter
from unspool.cli.check import check
from unspool.cli.classify import group as classify
from unspool.cli.forecast import forecast
from unspool.cli.generate import group as generate
from unspool.cli.help import GroupedHelp
from unspool.cli.info import info
from unspool.cli.translate import group as translate

app = typer.Typer(
    name="unspool",
    help="Sequence models on the CPU, a baseline beside every result.",
    epilog="`unspool forecast --help` lists the options of a verb.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help"]},
)
app.command("forecast", cls=GroupedHelp, short_help="The future of a table's series.")(forecast)
app.command("chapter", cls=GroupedHelp, short_help="Experiments of a chapter, beside its figures.")(
    chapter
)
app.command("check", cls=GroupedHelp, short_help="What is wrong with a table.")(check)
app.command("info", cls=GroupedHelp, short_help="What a saved model says of itself.")(info)
app.add_typer(classify, name="classify", short_help="Tell the class of sequences.")
app.add_typer(generate, name="generate", short_help="Learn text or music, draw new ones.")
app.add_typer(translate, name="translate", short_help="Make a sequence of a sequence.")


@app.callback(invoke_without_command=True)
def unspool_command(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the versions of what runs, and exit.")
    ] = False,
) -> None:
    """Sequence models on the CPU, a baseline beside every result."""
    if show_version:
        print("\n".join(versions()))
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def versions() -> list[str]:
    """What runs, as lines; JAX is not imported to find out."""
    # Here, as it takes as long to import as all else that `--help` needs.
    from importlib.metadata import PackageNotFoundError, version

    python = ".".join(str(part) for part in sys.version_info[:3])
    try:
        jax = f"jax {version('jax')}"
    except PackageNotFoundError:
        jax = "jax is not installed"
    return [
        f"unspool {unspool.__version__}",
        f"Python {python}, {jax}",
        f"engine: {native.description()}",
    ]
