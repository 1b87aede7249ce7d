"""Pairs as they were read, and what is needed to name each of them."""

from __future__ import annotations

from dataclasses import dataclass

from unspool.errors import DataError

# So many rows are named in an error.
NAMED = 3


@dataclass(frozen=True)
class Pairs:
    """Sources and targets, and where each stood.

    targets: None where there are none, which is enough to predict. name: the file. rows: the number
    of each, as its file counts; row_word: "line" or "row". notes: what was inferred, each a short
    sentence without a full stop.
    """

    sources: list[str]
    targets: list[str] | None
    name: str
    rows: list[int]
    row_word: str = "line"
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.sources)

    def row_name(self, position: int) -> str:
        """The pair at `position`, from 0, as its file counts it: "line 812"."""
        return f"{self.row_word} {self.rows[position]}"

    def checked(self) -> Pairs:
        """The same pairs; DataError that names the rows where a source or a target is empty."""
        for side, texts in (("source", self.sources), ("target", self.targets)):
            empty = [at for at, text in enumerate(texts or ()) if not text.strip()]
            if empty:
                numbers = ", ".join(str(self.rows[at]) for at in empty[:NAMED])
                more = f" and {len(empty) - NAMED:,} more" if len(empty) > NAMED else ""
                raise DataError(
                    f"{self.name}, {self.row_word}{'s' * (len(empty) > 1)} {numbers}{more}: the "
                    f"{side} is empty; fill it in, or leave the {self.row_word} out"
                )
        return self
