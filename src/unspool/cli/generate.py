"""`unspool generate`: learn sequences, draw new ones, say how well others are foreseen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unspool.cli.generate_options import DATA, RESULTS
from unspool.cli.generate_sample import sample
from unspool.cli.generate_train import train
from unspool.cli.group import group as group_of
from unspool.cli.groups import takes
from unspool.cli.help import GroupedHelp
from unspool.cli.options import option


@takes()
def evaluate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A saved model's folder.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="Of the kind it was trained on.")],
    part: Annotated[
        str | None,
        option(
            "NAME",
            "train, valid, test; all, held-out [default: test; what was held out of DATA; all].",
            DATA,
        ),
    ] = None,
    unknown: Annotated[
        str, option("stop|skip", "What to do about symbols that it does not know.", DATA)
    ] = "stop",
    window: Annotated[
        int | None, option("N", "Judge music in windows of so many steps, each anew.", DATA)
    ] = None,
    shift: Annotated[
        int | None, option("N", "From a window to the next [default: a window].", DATA)
    ] = None,
    column: Annotated[
        str | None, option("COLUMN", "A table's symbols [default: as trained].", DATA)
    ] = None,
    by: Annotated[
        str | None, option("COLUMN", "A table's sequences [default: as trained].", DATA)
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print nothing but errors.", rich_help_panel=RESULTS)
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object with every figure.", rich_help_panel=RESULTS),
    ] = False,
) -> None:
    """How well a model foresees sequences, beside the baselines: nats, bits, accuracy."""
    from unspool.cli.generate_report import print_figures
    from unspool.cli.progress import Bar
    from unspool.cli.terminal import console, say, write_json
    from unspool.tasks.generating.saving import described
    from unspool.tasks.generator import SequenceGenerator

    errors = None if quiet or as_json else console(stderr=True)
    with Bar(errors) as bar:
        bar.begin(f"reading {data}")
        generator = SequenceGenerator.load(model)
        material = generator.read(Path(data), column=column, by=by)
        bar.begin("evaluating")
        evaluation = generator.evaluate(
            material, part=part, unknown=unknown, window=window, shift=shift
        )
    if as_json:
        write_json(evaluation.to_dict())
        return
    if quiet:
        return
    screen = console()
    say(
        screen,
        f"{data}, {evaluation.part}: {evaluation.figures.count:,} {evaluation.unit}s of "
        f"{evaluation.sequences:,} sequence{'s' * (evaluation.sequences != 1)}",
    )
    if evaluation.trained_on:
        say(screen, "The model was trained on these: the figures say nothing about others.")
    print_figures(screen, described(generator.fitted.spec), evaluation)


group = group_of("generate", "Learn sequences, such as text or music, and draw new ones.")
group.command("train", cls=GroupedHelp, short_help="A model from text, tokens or music.")(train)
group.command("sample", cls=GroupedHelp, short_help="New text or music from a model.")(sample)
group.command("evaluate", cls=GroupedHelp, short_help="How well a model foresees data.")(evaluate)
