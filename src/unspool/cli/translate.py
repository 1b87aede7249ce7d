"""`unspool translate`: a sequence of a sequence, learned from pairs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from unspool.cli.exits import leave_interrupted
from unspool.cli.group import group as verbs_of
from unspool.cli.groups import takes
from unspool.cli.help import GroupedHelp
from unspool.cli.job_options import TRAINING, TrainingChoice, training_choice
from unspool.cli.options import option, switch
from unspool.cli.translate_options import (
    NetworkChoice,
    network_options,
    pair_options,
    source_options,
    training_of,
)
from unspool.data.pairs.options import PairOptions
from unspool.errors import UsageError

if TYPE_CHECKING:
    from unspool.tasks.translator import SequenceTranslator

RESULTS = "Results"
STANDARD_OUTPUT = "-"

group = verbs_of("translate", "Make a sequence of a sequence: learn from pairs, and translate.")


@takes(pairs=pair_options, network=network_options, training=training_choice)
def train(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="Pairs as TSV, CSV or Parquet; with --target-file, sources."
        ),
    ],
    save: Annotated[str, typer.Option(metavar="MODEL", help="The folder to keep the model in.")],
    held_out: Annotated[
        float, option("SHARE", "Of the pairs, for the figures; not trained on.", TRAINING)
    ] = 0.1,
    sampling: Annotated[
        float,
        option("SHARE", "Of its own symbols the decoder reads at the end of training.", TRAINING),
    ] = 0.0,
    beam: Annotated[
        int, option("N", "Beginnings followed in a search, 1 for greedy.", RESULTS)
    ] = 1,
    length_penalty: Annotated[
        float, option("ALPHA", "Of the beam: the more, the longer targets.", RESULTS)
    ] = 0.6,
    quiet: Annotated[bool, switch("Print nothing but errors.", RESULTS, "--quiet")] = False,
    as_json: Annotated[
        bool, switch("One JSON object with every figure.", RESULTS, "--json")
    ] = False,
    *,
    pairs: PairOptions,
    network: NetworkChoice,
    training: TrainingChoice,
) -> None:
    """Learn from pairs of sequences, and keep the model.

    A tenth of the pairs is held out, and the figures on it are printed beside those of the
    baselines.
    """
    from pathlib import Path

    from unspool.bundles.folder import check_target
    from unspool.cli.progress import Bar
    from unspool.cli.terminal import console, write_json
    from unspool.cli.translate_report import notes, trained
    from unspool.data.pairs.reading import read_pairs

    check_target(Path(save))
    screen = None if quiet or as_json else console(stderr=True)
    with Bar(screen) as bar:
        bar.begin(f"reading {data}")
        read = read_pairs(data, pairs, cli=True)
        notes(screen, read)
        bar.begin("preparing and compiling")
        # Here, as JAX takes longer to import than a fault in the file to find.
        from unspool.tasks.translator import SequenceTranslator

        translator = SequenceTranslator(
            network.network,
            level=network.level,
            source_level=network.source_level,
            target_level=network.target_level,
            beam=beam,
            length_penalty=length_penalty,
            training=training_of(training, round(len(read) * (1 - held_out))),
            sampling=sampling,
            held_out=held_out,
            seed=training.seed,
        )
        translator.fit(read.sources, read.targets, data=read.name, on_progress=bar.show)
        bar.begin("saving")
        translator.save(save)
    if as_json:
        write_json(_as_json(translator, save))
    elif not quiet:
        trained(console(), translator, save)
    if translator.fitted.history.stopped == "interrupted":
        leave_interrupted(translator.fitted.history)


@takes(sources=source_options)
def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of `translate train`.")],
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="Sources: a table, or text with one a line; - is standard input."
        ),
    ],
    out: Annotated[
        str | None,
        option("PATH", "The targets as .csv, .tsv, .json, .parquet or .feather.", RESULTS),
    ] = None,
    beam: Annotated[
        int | None, option("N", "Beginnings followed [default: the model's].", RESULTS)
    ] = None,
    attention_plot: Annotated[
        str | None, option("PATH", "What was looked at, as .png, .svg or .pdf.", RESULTS)
    ] = None,
    row: Annotated[
        int | None, option("N", "Of which source, from 1, with --attention-plot.", RESULTS)
    ] = None,
    quiet: Annotated[bool, switch("Print nothing but errors.", RESULTS, "--quiet")] = False,
    as_json: Annotated[
        bool, switch("One JSON object with every figure.", RESULTS, "--json")
    ] = False,
    *,
    sources: PairOptions,
) -> None:
    """Translate the sources of a table or of a text file.

    Piped on, the targets go to standard output as CSV.
    """
    import sys

    from unspool.cli.terminal import console, say_line, write_bytes, write_json
    from unspool.cli.translate_report import doubts, notes, plain_written, predictions
    from unspool.data.pairs.reading import read_pairs

    _check_files(model, data, out, attention_plot)
    if row is not None and attention_plot is None:
        raise UsageError("--row says which source --attention-plot shows: give a PATH to it")
    screen = None if quiet or as_json else console(stderr=True)
    read = read_pairs(data, sources, targets=False, cli=True)
    if row is not None and not 1 <= row <= len(read):
        raise UsageError(f"--row must be from 1 to {len(read):,}, the sources there are, got {row}")
    notes(screen, read)
    translator = _loaded(model)
    if attention_plot is not None and translator.fitted.network.attention is None:
        raise UsageError(
            f"--attention-plot: {model} has no attention; train one with --attention additive"
        )
    made = translator.translate(read.sources, beam=beam)
    texts = [translator.fitted.sides.target.text(own) for own in made.symbols]
    said = doubts(read, made, translator.fitted.sides.copies)
    if screen is not None:
        for line in said:
            say_line(screen, line)
    written = []
    if attention_plot is not None:
        from unspool.plots.attention import plot_attention
        from unspool.plots.style import save_figure

        chosen = read.sources[(row or 1) - 1]
        attended = translator.attention(chosen, beam=beam)
        title = f"What {translator.fitted.spec.name} looked at"
        save_figure(plot_attention(*attended, title=title), attention_plot)
        written.append(attention_plot)
    table = None
    if out is not None or not (as_json or quiet or sys.stdout.isatty()):
        import pyarrow as pa

        from unspool.data.writing import to_text, write_table

        table = pa.table({"source": read.sources, "prediction": texts, "score": made.scores})
        if out is not None:
            write_table(table, out)
            written.append(out)
    if as_json:
        write_json(
            {"predictions": plain_written(read, texts, made), "notes": said, "written": written}
        )
    elif table is not None and out is None:
        write_bytes(to_text(table).encode())
    elif not quiet:
        report = console()
        predictions(report, read.sources, texts)
    if screen is not None:
        for path in written:
            say_line(screen, f"wrote {path}")


@takes(pairs=pair_options)
def evaluate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of `translate train`.")],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Pairs that the model was not trained on.")
    ],
    beam: Annotated[
        int | None, option("N", "Beginnings followed [default: the model's].", RESULTS)
    ] = None,
    quiet: Annotated[bool, switch("Print nothing but errors.", RESULTS, "--quiet")] = False,
    as_json: Annotated[
        bool, switch("One JSON object with every figure.", RESULTS, "--json")
    ] = False,
    *,
    pairs: PairOptions,
) -> None:
    """How often a model is right, beside the baselines.

    Exact match, token accuracy, character and word error and BLEU.
    """
    from unspool.cli.terminal import console, write_json
    from unspool.cli.translate_report import judged, notes
    from unspool.data.pairs.reading import read_pairs

    read = read_pairs(data, pairs, cli=True)
    notes(None if quiet or as_json else console(stderr=True), read)
    found = _loaded(model).evaluate(read.sources, read.targets, beam=beam)
    if as_json:
        write_json(found.to_dict())
    elif not quiet:
        judged(console(), found)


for _verb in (train, predict, evaluate):
    group.command(_verb.__name__, cls=GroupedHelp)(_verb)


def _loaded(path: str) -> SequenceTranslator:
    """A saved model that reads and writes symbols."""
    from unspool.tasks.translator import SequenceTranslator

    translator = SequenceTranslator.load(path)
    sides = translator.fitted.sides
    if not (sides.source.is_symbols and sides.target.is_symbols):
        raise UsageError(f"{path} reads or writes numbers: use it in Python, not on text")
    return translator


def _check_files(model: str, data: str, out: str | None, picture: str | None) -> None:
    """UsageError now for what could not be written later, or would overwrite what is read."""
    taken = {os.path.realpath(model): "the model"}
    if data != STANDARD_OUTPUT:
        taken[os.path.realpath(data)] = "the sources"
    for name, path in (("--out", out), ("--attention-plot", picture)):
        if path is None:
            continue
        place = os.path.realpath(path)
        if place in taken:
            raise UsageError(f"{name} {path} would overwrite {taken[place]}")
        taken[place] = f"what {name} writes"
    if out is not None:
        from unspool.data.writing import check_writable

        check_writable(out)
    if picture is not None:
        from unspool.plots.style import check_figure_path

        check_figure_path(picture)


def _as_json(translator: SequenceTranslator, path: str) -> dict[str, object]:
    """All figures of a training as one flat object."""
    card, history, found = translator.card_, translator.fitted.history, translator.judged_
    assert card is not None
    return {
        **({} if found is None else {**found.to_dict(), "sentence": found.sentence}),
        "model": card.model,
        "parameters": card.sizes["parameters"],
        "pairs": card.sizes["pairs"],
        "copies": translator.fitted.sides.copies,
        "epochs": len(history.loss),
        "stopped": history.stopped,
        "loss": history.loss[-1],
        "validation_loss": history.validation_loss[-1] if history.validation_loss else None,
        "seconds": float(card.made["seconds"]),
        "seed": translator.seed,
        "saved": path,
    }
