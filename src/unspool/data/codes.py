"""The different values of columns, numbered: for telling rows apart without comparing texts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unspool.data.table import Table

Codes32 = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Codes:
    """A table's columns as codes, each column encoded at most once."""

    table: Table
    known: dict[str, tuple[pa.Array, Codes32]] = field(default_factory=dict)

    def of(self, name: str) -> tuple[pa.Array, Codes32]:
        """The different values in order of appearance, and each row's (rows,), -1 for null."""
        if name not in self.known:
            number_with_text = name in self.table.text_cells
            column = (
                self.table.as_text(name) if number_with_text else self.table.columns.column(name)
            )
            if pa.types.is_floating(column.type):
                column = pc.if_else(pc.is_nan(column), None, column)
            self.known[name] = encode(column)
        return self.known[name]

    def joint(self, names: tuple[str, ...]) -> tuple[int, npt.NDArray[np.int64]]:
        """How many combinations of values there are at most, and a number for each row's.

        The numbers ascend by the first column's order of appearance, then the second's …
        """
        size, codes = 1, np.zeros(self.table.n_rows, np.int64)
        for name in names:
            values, own = self.of(name)
            codes = codes * (len(values) + 1) + own + 1
            size *= len(values) + 1
        return size, codes

    def repeats(self, names: tuple[str, ...]) -> int:
        """How many rows have the same values in these columns as a row before them."""
        if len(names) == 1:
            values, own = self.of(names[0])
            return len(own) - len(values) - int((own == -1).any())
        size, codes = self.joint(names)
        if size <= 8 * len(codes) + 1024:
            # Few enough combinations to tick them off, which is faster than sorting.
            return len(codes) - int(np.count_nonzero(np.bincount(codes, minlength=size)))
        ordered = np.sort(codes)
        return int((ordered[1:] == ordered[:-1]).sum())


def encode(column: pa.ChunkedArray) -> tuple[pa.Array, Codes32]:
    """The different values in order of appearance, and each row's (rows,), -1 for null."""
    if len(column) == 0:
        return pa.array([], column.type), np.zeros(0, np.int32)
    chunks = pc.dictionary_encode(column).chunks
    values = chunks[0].dictionary
    if any(not _same_memory(chunk.dictionary, values) for chunk in chunks):
        raise AssertionError("Arrow numbers the chunks of one column alike")
    codes = np.concatenate([np.asarray(pc.fill_null(chunk.indices, -1)) for chunk in chunks])
    return values, codes


def _same_memory(one: pa.Array, other: pa.Array) -> bool:
    addresses = [[b.address if b else 0 for b in array.buffers()] for array in (one, other)]
    return addresses[0] == addresses[1]
