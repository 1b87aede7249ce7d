"""A table as it was read: typed columns, and what is needed to name any cell of the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspool.errors import DataError


@dataclass(frozen=True)
class Table:
    """Columns of equal length, none of them nested, and where each row stood in the source.

    columns: every number column is int64 or float64 and every text column is string. Date and
        timestamp columns (with their zone) are there only when the source was typed; in a text
        file they are still text. Text of `text_cells` is null here.
    source: the file as it was given, "standard input" or "the frame".
    kind: "csv", "parquet", "feather", or the frame library ("pandas", "polars", "polars lazy",
        "pyarrow", …): the kind of frame that goes back.
    first_row: what the first row is called: 2 in a CSV with a header, 1 in Parquet, 0 in a frame.
    row_word: "line" for text files, otherwise "row".
    text_cells: for a number column, the positions (ascending, int64) and the texts of the cells
        that do not read as numbers. A column without such cells has no entry.
    lines: the line on which each row begins, where rows are not one line each; otherwise None.
    notes: what was inferred while reading, each a short sentence without a full stop.
    ignored: columns that cannot be used (nested, binary, …), each with the reason in words.
    """

    columns: pa.Table
    source: str
    kind: str
    first_row: int
    row_word: str
    text_cells: dict[str, tuple[np.ndarray, list[str]]] = field(default_factory=dict)
    lines: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    ignored: dict[str, str] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """How many rows there are, the header not among them."""
        return int(self.columns.num_rows)

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order; no two are the same."""
        return list(self.columns.column_names)

    def is_number(self, name: str) -> bool:
        """Whether the column is int64 or float64, apart from its text cells."""
        kind = self.columns.schema.field(name).type
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))

    def is_text(self, name: str) -> bool:
        """Whether the column is of strings, dates in a text file among them."""
        return bool(pa.types.is_string(self.columns.schema.field(name).type))

    def is_time(self, name: str) -> bool:
        """Whether the column is a date or a timestamp by type, which text never is."""
        return bool(pa.types.is_temporal(self.columns.schema.field(name).type))

    def row_name(self, position: int) -> str:
        """The row at `position` (from 0) as its source counts it: "line 812"."""
        return f"{self.row_word} {self._number(position)}"

    def row_names(self, positions: Sequence[int] | np.ndarray, most: int = 3) -> str:
        """Several rows in one phrase: "line 4", "lines 4, 9" or "lines 4, 9, 12 and 37 more"."""
        if len(positions) == 1:
            return self.row_name(int(positions[0]))
        shown = ", ".join(str(self._number(int(p))) for p in positions[:most])
        more = f" and {len(positions) - most:,} more" if len(positions) > most else ""
        return f"{self.row_word}s {shown}{more}"

    def as_text(self, name: str) -> pa.ChunkedArray:
        """The column as strings, (rows,): numbers written shortly, and the text cells in place.

        For a column that is mostly numbers but is meant as labels ("12", "A7", "15").
        """
        written = pc.cast(self.columns.column(name), pa.string())
        if name not in self.text_cells:
            return written
        positions, texts = self.text_cells[name]
        mask = np.zeros(self.n_rows, dtype=bool)
        mask[positions] = True
        whole = written.combine_chunks()
        filled = pc.replace_with_mask(whole, pa.array(mask), pa.array(texts, pa.string()))
        return pa.chunked_array([filled])

    def with_notes(self, *notes: str) -> Table:
        """The same table with more said about how it was read."""
        return replace(self, notes=(*self.notes, *notes))

    def _number(self, position: int) -> int:
        if self.lines is not None:
            return int(self.lines[position])
        return self.first_row + int(position)


def reject_repeated(names: Sequence[str], source: str) -> None:
    """DataError if two columns have the same name."""
    first: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name in first:
            raise DataError(
                f"{source}: columns {first[name]} and {position} are both called {name!r}; "
                "rename one of them"
            )
        first[name] = position
