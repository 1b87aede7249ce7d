"""What is said about a file of pairs; the rest is inferred."""

from __future__ import annotations

from dataclasses import dataclass

from unspool.errors import UsageError


@dataclass(frozen=True)
class PairOptions:
    """Where the two sides of each pair stand.

    source, target: names of columns of a table; the first and the last one if left out.
    target_file: a second text file, whose line n is the target of line n of the first.
    delimiter: the mark between the cells of a text table, a tab written as a tab.
    header: whether the first row names the columns. encoding: of the text files.
    """

    source: str | None = None
    target: str | None = None
    target_file: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.target_file is None:
            return
        for name in ("source", "target", "delimiter", "header"):
            if getattr(self, name) is not None:
                raise UsageError(
                    f"{name} is for a table, and with a target file both files are read line by "
                    "line: leave it out"
                )
