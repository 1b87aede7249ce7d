"""The files that a forecast is asked to leave: checked before the training, written after it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from unspool.cli.groups import flag
from unspool.cli.options import option
from unspool.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pyarrow import Table

    from unspool.tasks.forecaster import Forecaster

RESULTS = "Results"
STANDARD_OUTPUT = "-"


@dataclass(frozen=True)
class Outputs:
    """Paths, each None where it is not asked for; `out` may be "-" for CSV on standard output."""

    out: str | None
    plot: str | None
    learning_curve: str | None
    save: str | None

    @property
    def table(self) -> str | None:
        """The file of the forecast, None where it is not to go to a file."""
        return None if self.out == STANDARD_OUTPUT else self.out

    def check(self, source: str | None, actual: str | None = None) -> None:
        """Raise UsageError now for what could not be written after a long training.

        source, actual: the tables that are read, which nothing may overwrite.
        """
        files = {"out": self.table, "plot": self.plot, "learning_curve": self.learning_curve}
        taken: dict[str, str] = {}
        if source is not None and source != STANDARD_OUTPUT:
            taken[os.path.realpath(source)] = "the table it is made from"
        if actual is not None and actual != STANDARD_OUTPUT:
            taken[os.path.realpath(actual)] = "the table of what came"
        for name, path in {**files, "save": self.save}.items():
            if path is None:
                continue
            if not path:
                raise UsageError(f"{flag(name)} needs a name of a file")
            place = os.path.realpath(path)
            if place in taken:
                raise UsageError(f"{flag(name)} {path} would overwrite {taken[place]}")
            taken[place] = f"what {flag(name)} writes"
        if self.table is not None:
            from unspool.data.writing import check_writable

            check_writable(self.table)
        for path in (self.plot, self.learning_curve):
            if path is not None:
                from unspool.plots.style import check_figure_path

                check_figure_path(path)
        if self.save is not None:
            from unspool.bundles.folder import check_target

            check_target(Path(self.save))

    def write(
        self, columns: Table, forecaster: Forecaster, figures: dict[str, Figure]
    ) -> list[tuple[str, str]]:
        """Write the files that are asked for; returns what each is and its path."""
        written = []
        if self.table is not None:
            from unspool.data.writing import write_table

            write_table(columns, self.table)
            written.append(("forecast", self.table))
        for what, path in (("plot", self.plot), ("learning curve", self.learning_curve)):
            if path is not None and what in figures:
                from unspool.plots.style import save_figure

                save_figure(figures[what], path)
                written.append((what, path))
        if self.save is not None:
            forecaster.save(self.save)
            written.append(("model", self.save))
        return written


def output_options(
    out: Annotated[
        str | None,
        option(
            "PATH",
            "The forecast as .csv, .tsv, .json (.gz), .parquet or .feather; - is CSV on standard "
            "output.",
            RESULTS,
        ),
    ] = None,
    plot: Annotated[
        str | None,
        option("PATH", "History, forecast and intervals as .png, .svg or .pdf.", RESULTS),
    ] = None,
    learning_curve: Annotated[
        str | None, option("PATH", "Losses by training step, likewise.", RESULTS)
    ] = None,
    save: Annotated[
        str | None, option("DIR", "Keep the fitted model, for --load.", RESULTS)
    ] = None,
) -> Outputs:
    """What is to be written, and where."""
    return Outputs(out, plot, learning_curve, save)
