"""`unspool info`: what a saved model says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unspool.cli.groups import takes

if TYPE_CHECKING:
    from rich.console import Console

    from unspool.bundles.card import Card


@takes()
def info(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A saved model's folder.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object with the whole card.")
    ] = False,
) -> None:
    """The card of a saved model: its data, task, sizes, figures, baselines, limits.

    Whichever job it was made for. Nothing of the model is run.
    """
    from unspool.cli.terminal import console, write_json
    from unspool.tasks.bundle import read_card

    card = read_card(model)
    if as_json:
        from dataclasses import asdict

        write_json(asdict(card))
        return
    print_card(console(), model, card)


def print_card(screen: Console, path: str, card: Card) -> None:
    """The card as text: sentences, then figures beside those of the baselines."""
    from unspool.cli.terminal import say

    say(screen, f"{path}: {card.model}, a model to {card.task}", "bold")
    say(screen, f"data: {card.data}")
    for heading, told in (("made by", card.made), ("sizes", _grouped(card.sizes))):
        if told:
            say(
                screen,
                f"{heading}: " + ", ".join(f"{name} {value}" for name, value in told.items()),
            )
    if card.figures or card.baselines:
        screen.print()
        screen.print(figures_table(card.model, card.figures, card.baselines))
        screen.print()
    for limit in card.limits:
        say(screen, f"limit: {limit}")


def figures_table(
    model: str, figures: dict[str, float], baselines: dict[str, dict[str, float]]
) -> Any:
    """The model's figures and those of the baselines, a row each."""
    from rich.table import Table

    names = list(dict.fromkeys([*figures, *(name for of in baselines.values() for name in of)]))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for who, of in {model: figures, **baselines}.items():
        table.add_row(who, *(f"{of[name]:.4g}" if name in of else "-" for name in names))
    return table


def _grouped(sizes: dict[str, int]) -> dict[str, str]:
    return {name: f"{value:,}" for name, value in sizes.items()}
