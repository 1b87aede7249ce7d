"""What `unspool classify` says: for people, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from unspool.data.faults import plural
from unspool.tasks.classifying.card import card_of, figures_of, parameters

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from unspool.data.labelled.labelled import Labelled
    from unspool.evaluation.classification import Classification
    from unspool.tasks.classifier import SequenceClassifier

Written = Sequence[tuple[str, str]]

SHOWN = 20  # rows on a terminal
NAMED = 5  # things in a sentence
WON = {"better": "bold green", "worse": "bold yellow"}
NO_FIGURES = (
    "No sequences were held out, so there are no figures: `unspool classify evaluate` gives them "
    "on others."
)


def reading(screen: Console | None, labelled: Labelled) -> None:
    """What was read, and what was inferred in doing so."""
    from unspool.cli.terminal import say_line

    if screen is not None:
        said = "; ".join([plural(len(labelled), "sequence"), *labelled.notes])
        say_line(screen, f"{labelled.source}: {said}")


def unknown(screen: Console | None, classifier: SequenceClassifier, labelled: Labelled) -> None:
    """The symbols that the training did not have."""
    from unspool.cli.terminal import say_line

    sentence = unknown_sentence(classifier, labelled)
    if screen is not None and sentence is not None:
        say_line(screen, sentence)


def unknown_sentence(classifier: SequenceClassifier, labelled: Labelled) -> str | None:
    """A sentence about them, None where there are none."""
    from unspool.data.labelled.preparing import TextPreparation

    preparation = classifier.fitted.preparation
    if not isinstance(preparation, TextPreparation) or not labelled.is_text:
        return None
    strange = preparation.unknown(labelled.sequences)  # type: ignore[arg-type]
    if not strange:
        return None
    shown = ", ".join(repr(symbol) for symbol in strange[:NAMED])
    more = f" and {len(strange) - NAMED:,} more" if len(strange) > NAMED else ""
    return f"not trained on, and read as unknown: {shown}{more}"


def trained(screen: Console, classifier: SequenceClassifier, written: Written) -> None:
    """What came of a training: the network, its figures beside the baselines', the verdict."""
    from unspool.cli.info import figures_table
    from unspool.cli.terminal import say

    fitted = classifier.fitted
    history = fitted.history
    members = f"{fitted.members} members, " if fitted.members > 1 else ""
    say(
        screen,
        f"{fitted.name}: {members}{parameters(fitted.network):,} parameters, trained on "
        f"{plural(fitted.trained, 'sequence')} of {len(fitted.labels)} classes for "
        f"{plural(len(history.loss), 'epoch')} ({history.seconds:.1f} s)",
        "bold",
    )
    for note in fitted.notes:
        say(screen, note)
    if fitted.held is None:
        say(screen, NO_FIGURES, "bold yellow")
    else:
        card = card_of(fitted, classifier.seed, None)
        screen.print()
        say(screen, f"On {plural(fitted.held_out, 'sequence')} held out", "bold")
        screen.print(figures_table(card.model, card.figures, card.baselines))
        screen.print()
        say(screen, fitted.held.sentence(), WON.get(fitted.held.outcome, "bold"))
        if classifier.keep == "best":
            say(screen, "The network was chosen on the same sequences, which flatters it a little.")
    files(screen, written)


def trained_json(
    classifier: SequenceClassifier, labelled: Labelled, written: Written
) -> dict[str, Any]:
    """The same as one object."""
    fitted = classifier.fitted
    made = {} if fitted.held is None else judged(fitted.held)
    return {
        **made,
        "model": fitted.name,
        "source": labelled.source,
        "reading": labelled.notes,
        "parameters": parameters(fitted.network),
        "members": fitted.members,
        "labels": fitted.labels,
        "trained": fitted.trained,
        "held_out": fitted.held_out,
        "notes": fitted.notes,
        "training": fitted.history.to_dict(),
        "interrupted": fitted.interrupted,
        "seed": classifier.seed,
        "seconds": fitted.seconds,
        "files": [{"what": what, "path": path} for what, path in written],
    }


def judged(found: Classification) -> dict[str, Any]:
    """A comparison as one flat object."""
    scores = found.scores()
    own = scores.pop(found.model)
    return {
        **own,
        "baselines": {name: figures_of(of) for name, of in scores.items()},
        "outcome": found.outcome,
        "best_baseline": found.best_baseline,
        "sentence": found.sentence(),
        "per_class": [row._asdict() for row in found.per_class()],
        "classes": found.labels,
        "confusion": found.confusion(),
    }


def evaluated(screen: Console, found: Classification, written: Written) -> None:
    """Figures of the methods, of each class, what is mistaken most often, the verdict."""
    from unspool.cli.info import figures_table
    from unspool.cli.terminal import say

    scores = found.scores()
    figures = {name: figures_of(own) for name, own in scores.items()}
    own = figures.pop(found.model)
    say(screen, f"On {plural(len(found.actual), 'sequence')}", "bold")
    screen.print(figures_table(found.model, own, figures))
    screen.print()
    screen.print(class_table(found))
    screen.print()
    for sentence in mistakes(found):
        say(screen, sentence)
    say(screen, found.sentence(), WON.get(found.outcome, "bold"))
    files(screen, written)


def evaluated_json(found: Classification, labelled: Labelled, written: Written) -> dict[str, Any]:
    """The same as one object."""
    return {
        **judged(found),
        "model": found.model,
        "source": labelled.source,
        "files": [{"what": what, "path": path} for what, path in written],
    }


def class_table(found: Classification) -> Any:
    """A row for each class."""
    from rich.table import Table
    from rich.text import Text

    from unspool.cli.terminal import clean

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("class")
    for name in ("n", "told", "precision", "recall", "F1"):
        table.add_column(name, justify="right")
    for row in found.per_class():
        shares = [f"{share:.3f}" for share in (row.precision, row.recall, row.f1)]
        table.add_row(Text(clean(row.label)), f"{row.n:,}", f"{row.told:,}", *shares)
    return table


def mistakes(found: Classification) -> list[str]:
    """Which class is taken for which most often, as a sentence."""
    matrix = found.confusion()
    np.fill_diagonal(matrix, 0)
    if not matrix.any():
        return ["None is mistaken."]
    order = np.argsort(matrix, axis=None, kind="stable")[::-1][:NAMED]
    pairs = [np.unravel_index(flat, matrix.shape) for flat in order]
    said = [
        f"{found.labels[row]} for {found.labels[column]} ({matrix[row, column]:,})"
        for row, column in pairs
        if matrix[row, column]
    ]
    return [f"Taken most often: {', '.join(said)}."]


def predictions(classifier: SequenceClassifier, labelled: Labelled, *, every: bool) -> pa.Table:
    """The columns of the input, or the numbers of its rows; the label; its probability."""
    import pyarrow as pa

    made = classifier.probabilities_of(labelled)
    labels = classifier.fitted.labels
    likeliest = made.argmax(axis=1)
    columns = labelled.columns
    taken = set(columns.column_names)
    added = {
        "label": pa.array([labels[code] for code in likeliest], pa.string()),
        "probability": pa.array(made.max(axis=1)),
    }
    if every:
        added |= {
            f"probability of {label}": pa.array(made[:, at]) for at, label in enumerate(labels)
        }
    for name, column in added.items():
        while name in taken:
            name = f"told {name}"
        taken.add(name)
        columns = columns.append_column(name, column)
    return columns


def shown(screen: Console, columns: pa.Table, out: str | None) -> None:
    """The first rows on a terminal."""
    from unspool.cli.terminal import say, say_line
    from unspool.data.writing import to_text

    if out is not None:
        say_line(screen, f"wrote {out}")
        return
    for line in to_text(columns.slice(0, SHOWN), "tsv").splitlines():
        say_line(screen, line)
    if columns.num_rows > SHOWN:
        say(screen, f"… and {columns.num_rows - SHOWN:,} more rows; --out FILE writes all")


def draw(found: Classification | None, path: str, title: str) -> list[tuple[str, str]]:
    """Write the picture of the confusion, if there is something to show."""
    if found is None:
        return []
    from unspool.plots.confusion import plot_confusion
    from unspool.plots.style import save_figure

    figure = plot_confusion(
        found.confusion(), found.labels, title=title, explanation=found.sentence()
    )
    save_figure(figure, path)
    return [("plot", path)]


def files(screen: Console, written: Written) -> None:
    """What was written."""
    from unspool.cli.terminal import say_line

    for what, path in written:
        say_line(screen, f"wrote the {what} {path}")
