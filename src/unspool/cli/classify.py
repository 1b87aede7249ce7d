"""`unspool classify`: which class a sequence belongs to, learned from sequences with labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from unspool.cli.classify_files import STANDARD_OUTPUT, check_files
from unspool.cli.classify_options import (
    ClassifierChoice,
    classifier_choice,
    labelled_table,
)
from unspool.cli.exits import leave_interrupted
from unspool.cli.group import group as verbs_of
from unspool.cli.groups import takes
from unspool.cli.help import GroupedHelp
from unspool.cli.job_options import TrainingChoice, training_choice
from unspool.cli.options import option, switch
from unspool.data.labelled.options import LabelledOptions
from unspool.errors import UsageError

if TYPE_CHECKING:
    from unspool.data.labelled.labelled import Labelled
    from unspool.tasks.classifier import SequenceClassifier

RESULTS = "Results"

group = verbs_of("classify", "Tell the class of sequences: learn from those with labels.")


@takes(choice=classifier_choice, training=training_choice, table=labelled_table)
def train(
    data: Annotated[
        str,
        typer.Argument(metavar="DATA", help="A table or a .ts file; - is standard input."),
    ],
    save: Annotated[str, typer.Option(metavar="MODEL", help="The folder to keep the model in.")],
    plot: Annotated[
        str | None,
        option("PATH", "What was held out, told beside what it is: .png, .svg, .pdf.", RESULTS),
    ] = None,
    quiet: Annotated[bool, switch("Print nothing but errors.", RESULTS, "--quiet")] = False,
    as_json: Annotated[
        bool, switch("One JSON object with every figure.", RESULTS, "--json")
    ] = False,
    *,
    choice: ClassifierChoice,
    training: TrainingChoice,
    table: LabelledOptions,
) -> None:
    """Learn from sequences with labels, and keep the model.

    Without options the first column of a table is the text and the last one the label; where all
    columns but the label are numbers, a row is a series. Of 200 sequences or more a tenth is held
    out, and the figures on it are printed beside those of the baselines.
    """
    from unspool.cli import classify_report as report
    from unspool.cli.progress import Bar
    from unspool.cli.terminal import console, write_json

    check_files(data, table.labels, save=save, plot=plot)
    screen = None if quiet or as_json else console(stderr=True)
    with Bar(screen) as bar:
        bar.begin(f"reading {data}")
        labelled = _read(data, table)
        report.reading(screen, labelled)
        bar.begin("preparing and compiling")
        # Here, as JAX takes longer to import than a fault in the file to find.
        from unspool.tasks.classifier import SequenceClassifier
        from unspool.tasks.classifying.saving import save as keep

        given = {name: getattr(training, name) for name in _TRAINING}
        classifier = SequenceClassifier(**choice.arguments, **given)
        classifier.fit_labelled(labelled, on_progress=bar.show)
        bar.begin("saving")
        from pathlib import Path

        keep(classifier, Path(save), data)
    fitted = classifier.fitted
    written = [("model", save)]
    if plot is not None:
        written += report.draw(fitted.held, plot, f"{data}: {fitted.name}, held out")
    if as_json:
        write_json(report.trained_json(classifier, labelled, written))
    elif not quiet:
        report.trained(console(), classifier, written)
    if fitted.interrupted:
        leave_interrupted(fitted.history)


@takes(table=labelled_table)
def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of `classify train`.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="Sequences, with or without labels.")],
    out: Annotated[
        str | None,
        option(
            "PATH",
            "The labels as .csv, .tsv, .json (.gz), .parquet or .feather; - is CSV on standard "
            "output.",
            RESULTS,
        ),
    ] = None,
    every: Annotated[
        bool, switch("The probability of every class, a column each.", RESULTS, "--all")
    ] = False,
    quiet: Annotated[bool, switch("Print nothing but errors.", RESULTS, "--quiet")] = False,
    as_json: Annotated[bool, switch("One JSON object with all rows.", RESULTS, "--json")] = False,
    *,
    table: LabelledOptions,
) -> None:
    """The label of every sequence, and its probability.

    Piped on, the rows go to standard output as CSV.
    """
    import sys

    from unspool.cli import classify_report as report
    from unspool.cli.terminal import console, write_bytes, write_json
    from unspool.data.writing import to_text, write_table

    check_files(data, table.labels, model=model, out=out)
    if out == STANDARD_OUTPUT and as_json:
        raise UsageError("--out - and --json both want standard output: name a file in --out")
    screen = None if quiet or as_json else console(stderr=True)
    classifier = _loaded(model)
    labelled = _read(data, table, classifier, labelled=False)
    report.reading(screen, labelled)
    report.unknown(screen, classifier, labelled)
    columns = report.predictions(classifier, labelled, every=every)
    to_file = out is not None and out != STANDARD_OUTPUT
    if to_file:
        write_table(columns, out)  # type: ignore[arg-type]
    if as_json:
        write_json({"source": labelled.source, "model": model, "rows": columns.to_pylist()})
    elif out == STANDARD_OUTPUT or (not to_file and not sys.stdout.isatty()):
        write_bytes(to_text(columns).encode())
    elif not quiet:
        report.shown(console(), columns, out)


@takes(table=labelled_table)
def evaluate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of `classify train`.")],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Sequences with labels, not trained on.")
    ],
    plot: Annotated[
        str | None,
        option("PATH", "What was told beside what it is, as .png, .svg or .pdf.", RESULTS),
    ] = None,
    quiet: Annotated[bool, switch("Print nothing but errors.", RESULTS, "--quiet")] = False,
    as_json: Annotated[
        bool, switch("One JSON object with every figure.", RESULTS, "--json")
    ] = False,
    *,
    table: LabelledOptions,
) -> None:
    """How often a model is right, beside the baselines.

    Accuracy, macro F1 and nats, class by class, and what was taken for what.
    """
    from unspool.cli import classify_report as report
    from unspool.cli.terminal import console, write_json

    check_files(data, table.labels, model=model, plot=plot)
    screen = None if quiet or as_json else console(stderr=True)
    classifier = _loaded(model)
    labelled = _read(data, table, classifier)
    report.reading(screen, labelled)
    report.unknown(screen, classifier, labelled)
    found = classifier.compare_labelled(labelled)
    written = []
    if plot is not None:
        written = report.draw(found, plot, f"{data}: {classifier.fitted.name}")
    if as_json:
        write_json(report.evaluated_json(found, labelled, written))
    elif not quiet:
        report.evaluated(console(), found, written)


for _verb in (train, predict, evaluate):
    group.command(_verb.__name__, cls=GroupedHelp)(_verb)

_TRAINING = ("epochs", "minutes", "batch", "learning_rate", "seed")


def _loaded(path: str) -> SequenceClassifier:
    from unspool.tasks.classifier import SequenceClassifier

    return SequenceClassifier.load(path)


def _read(
    source: str,
    options: LabelledOptions,
    classifier: SequenceClassifier | None = None,
    *,
    labelled: bool = True,
) -> Labelled:
    """The sequences of a file, laid out as those that the classifier was trained on."""
    from unspool.data.labelled.loading import load_labelled

    known = None if classifier is None else classifier.layout_
    return load_labelled(source, options, labelled=labelled, known=known)
