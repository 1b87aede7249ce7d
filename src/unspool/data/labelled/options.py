"""What a person may say about a table of labelled sequences."""

from __future__ import annotations

from dataclasses import dataclass

SCALINGS = ("series", "channels", "none")


@dataclass(frozen=True)
class LabelledOptions:
    """Columns and how the text is written; what is None is inferred.

    input: the column of texts, or those of the steps (wide) or of the channels (long). label: the
    column of labels. id: of a long table, the column that says which series a row belongs to.
    time: of a long table, what orders the rows of a series; their order in the file without it.
    labels: a second table with the ids' labels. delimiter, decimal, encoding, header: as in
    `TableOptions`.
    """

    input: tuple[str, ...] | None = None
    label: str | None = None
    id: str | None = None
    time: str | None = None
    labels: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: bool | None = None
