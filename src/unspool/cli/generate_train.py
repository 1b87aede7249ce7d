"""`unspool generate train`: a generator from text, tokens or music."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from unspool.cli.exits import leave_interrupted
from unspool.cli.generate_options import DATA, RESULTS, network_options, read_data
from unspool.cli.groups import takes
from unspool.cli.job_options import TRAINING, TrainingChoice, training_choice
from unspool.cli.options import option
from unspool.errors import UsageError
from unspool.models.generators.specs import GeneratorNetwork


@dataclass(frozen=True)
class DataChoice:
    """How the data is read, and what is held out of it."""

    level: str
    column: str | None
    by: str | None
    least: int
    validation: str | None
    steps: int | None
    transpose: int | None


def data_options(
    level: Annotated[
        str, option("NAME", "A text's symbols: characters, bytes, words or tokens.", DATA)
    ] = "characters",
    column: Annotated[str | None, option("COLUMN", "A table's symbols.", DATA)] = None,
    by: Annotated[
        str | None, option("COLUMN", "Whose values each name a sequence of a table.", DATA)
    ] = None,
    least: Annotated[
        int, option("N", "Symbols that occur less often are one unknown one.", DATA)
    ] = 1,
    validation: Annotated[
        str | None,
        option("FILE", "Held out in place of a tenth of DATA or its own parts.", DATA),
    ] = None,
    steps: Annotated[
        int | None,
        option("N", "How far a gradient goes back [default: 64, 48 in chords, 128].", TRAINING),
    ] = None,
    transpose: Annotated[
        int | None,
        option("N", "Semitones by which music is moved, at most [default: 5].", TRAINING),
    ] = None,
) -> DataChoice:
    """What was said of the data."""
    return DataChoice(level, column, by, least, validation, steps, transpose)


@takes(network=network_options, choice=data_options, training=training_choice)
def train(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Text, a table of tokens, chords or a piano roll.")
    ],
    save: Annotated[
        str, typer.Option(metavar="DIR", help="Keep the model here.", rich_help_panel=RESULTS)
    ],
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print nothing but errors.", rich_help_panel=RESULTS)
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object with every figure.", rich_help_panel=RESULTS),
    ] = False,
    *,
    network: GeneratorNetwork,
    choice: DataChoice,
    training: TrainingChoice,
) -> None:
    """Learn which step comes next, and keep the model.

    A tenth of the data is held out, or the data's own parts for it, and the figures are of that.
    """
    from unspool.bundles.folder import check_target
    from unspool.cli.generate_report import print_training, training_json
    from unspool.cli.progress import Bar
    from unspool.cli.terminal import console, write_json
    from unspool.tasks.generating.settings import GeneratorTraining
    from unspool.tasks.generator import SequenceGenerator

    for source in (data, choice.validation):
        if source is not None and os.path.realpath(source) == os.path.realpath(save):
            raise UsageError(f"--save {save} would overwrite the data it is made from")
    check_target(Path(save))
    generator = SequenceGenerator(
        network,
        level=choice.level,
        column=choice.column,
        by=choice.by,
        least=choice.least,
        training=GeneratorTraining(
            epochs=training.epochs,
            minutes=training.minutes,
            batch=training.batch,
            learning_rate=training.learning_rate,
            steps=choice.steps,
            transpose=choice.transpose,
        ),
        seed=training.seed,
    )
    errors = None if quiet or as_json else console(stderr=True)
    with Bar(errors) as bar:
        bar.begin(f"reading {data}")
        material = read_data(data, choice.level, choice.column, choice.by)
        validation = None
        if choice.validation is not None:
            validation = read_data(choice.validation, choice.level, choice.column, choice.by)
        bar.begin("preparing and compiling")
        generator.fit_material(material, validation, on_progress=bar.show)
        bar.begin("saving")
        generator.save(save)
    if as_json:
        write_json(training_json(generator, save))
    elif not quiet:
        print_training(console(), generator, save)
    if generator.fitted.history.stopped == "interrupted":
        leave_interrupted(generator.fitted.history)
