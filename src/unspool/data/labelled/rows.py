"""Tables with a sequence in every row: a text, or the steps of one series side by side."""

from __future__ import annotations

from dataclasses import replace

from unspool.data.labelled.columns import check_columns, numbers_of, texts_of
from unspool.data.labelled.labelled import Labelled, Layout, row_numbers
from unspool.data.labelled.options import LabelledOptions
from unspool.data.table import Table
from unspool.errors import DataError, UsageError


def layout_of(table: Table, options: LabelledOptions, *, labelled: bool) -> Layout:
    """Which columns hold the sequences and the labels; inferred where the options do not say.

    The first column, where it is text, is the sequence; where all columns but the label's are
    numbers, they are the steps of a series. The label is the last column. labelled: whether there
    must be labels; otherwise the last column is one only if the options say so.
    """
    names = table.names
    check_columns(table, [options.label], "--label")
    check_columns(table, options.input or (), "--input")
    named = has_names(table)
    label = options.label
    if label is None and labelled:
        rest = [name for name in names if name not in (options.input or ())]
        if not rest or len(names) < 2:
            raise UsageError(
                f"{table.source} has only the column {names[0]!r}: there must be one of labels too"
            )
        label = rest[-1]
    if options.input is not None:
        if label in options.input:
            raise UsageError(f"--input {label}: that column is the label")
        # One column of several steps would be a series of one step.
        is_text = len(options.input) == 1
        return Layout("text" if is_text else "wide", options.input, label, header=named)
    inputs = tuple(name for name in names if name != label)
    if not inputs:
        raise UsageError(f"{table.source} has no column of sequences, only the label {label!r}")
    if len(inputs) == 1 or table.is_text(inputs[0]):
        return Layout("text", inputs[:1], label, header=named)
    odd = [name for name in inputs if not table.is_number(name)]
    if odd:
        raise UsageError(
            f"column {odd[0]!r} of {table.source} is not one of numbers, and the first column is "
            "not text: name the column of the sequences (--input), or --id for a long table"
        )
    return Layout("wide", inputs, label, header=named)


def has_names(table: Table) -> bool:
    """Whether the columns have names of their own, and not those that a reader gives them."""
    numbered = [f"column_{place + 1}" for place in range(len(table.names))]
    return table.kind != "csv" or table.names not in (numbered, ["value"])


def read_rows(table: Table, layout: Layout) -> Labelled:
    """The sequence of every row, and its label."""
    labels = None if layout.label is None else texts_of(table, layout.label, "label")
    names = tuple(table.row_name(row) for row in range(table.n_rows))
    made = Labelled(
        sequences=(),
        labels=labels,
        names=names,
        source=table.source,
        layout=layout,
        columns=row_numbers(table.n_rows),
        notes=table.notes,
    )
    if layout.kind == "text":
        texts = texts_of(table, layout.inputs[0], "sequence")
        said = f"sequences from {layout.inputs[0]!r}"
        return replace(
            made, sequences=texts, columns=table.columns, notes=(*made.notes, said + _by(layout))
        )
    values = numbers_of(table, layout.inputs)
    if values.shape[1] < 2:
        raise DataError(f"{table.source}: a series must have more than one step a row")
    said = f"a series of {values.shape[1]} steps a row" + _by(layout)
    return replace(made, sequences=tuple(values[:, :, None]), notes=(*made.notes, said))


def _by(layout: Layout) -> str:
    return "" if layout.label is None else f", labels from {layout.label!r}"
