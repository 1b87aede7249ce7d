"""`Labelled`: sequences of numbers or texts, each with a label, whatever they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

KINDS = ("text", "wide", "long", "ts")


@dataclass(frozen=True)
class Layout:
    """Where a source has its sequences and labels; kept with a model, for the tables to come.

    kind: "text", a row with a text; "wide", a row with the steps of one series; "long", a row for
    each step; "ts", a file of the UCR archive. inputs: the column of texts, or those of the steps
    or channels. The others are None where there is no such column. header: whether a line names
    them.
    """

    kind: str
    inputs: tuple[str, ...] = ()
    label: str | None = None
    id: str | None = None
    time: str | None = None
    header: bool = True


@dataclass(frozen=True)
class Labelled:
    """Sequences and their labels.

    sequences: texts, or arrays (time, channels) in which NaN is missing. labels: a text for each,
    None where the source has none. names: what a message calls each: "line 812", "series 'a'".
    columns: what goes in front of a prediction, a row for each. notes: what was inferred, sentences
    without a full stop.
    """

    sequences: tuple[str, ...] | tuple[Numbers, ...]
    labels: tuple[str, ...] | None
    names: tuple[str, ...]
    source: str
    layout: Layout
    columns: pa.Table
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.sequences)

    @property
    def is_text(self) -> bool:
        """Whether the sequences are texts."""
        return isinstance(self.sequences[0], str)

    def select(self, rows: Sequence[int] | NDArray[np.integer]) -> Labelled:
        """Some of the sequences, in the order of `rows`."""
        chosen = [int(row) for row in rows]
        sequences: Any = tuple(self.sequences[row] for row in chosen)
        return replace(
            self,
            sequences=sequences,
            labels=None if self.labels is None else tuple(self.labels[row] for row in chosen),
            names=tuple(self.names[row] for row in chosen),
            columns=self.columns.take(pa.array(chosen, pa.int64())),
        )


def row_numbers(count: int) -> pa.Table:
    """The column that stands for sequences that have no id: 1, 2, …"""
    return pa.table({"row": pa.array(range(1, count + 1), pa.int64())})
