"""From a file or a frame to a panel, or to a report of why there is none."""

from __future__ import annotations

from typing import Any

import numpy as np

from unspool.data.doctor import Examination, examine
from unspool.data.faults import Report, Spelling, Stopped
from unspool.data.options import TableOptions
from unspool.data.panel import Panel
from unspool.data.reading import read_table
from unspool.data.table import Table
from unspool.errors import DataError, UsageError


def load_panel(
    source: Any, options: TableOptions | None = None, *, spelling: Spelling = "python"
) -> tuple[Panel, Report]:
    """Read a table, examine it, mend what the options name, and return its series.

    source: a path, "-" for standard input, a frame, or a Table. `spelling` is how messages spell
    options. Raises UsageError when the options do not fit the table and DataError, with the
    report, when a fault is left that would make a forecast wrong.
    """
    examination, report = _examine(source, options or TableOptions(), spelling)
    if examination is None or not report.ok:
        raise DataError(report.headline(spelling), report)
    observations = examination.observations
    times = observations.times
    if not observations.layout.style.is_integer:
        times = times.view("datetime64[us]")
    panel = Panel(
        ids=observations.ids,
        offsets=np.append(observations.starts, len(times)),
        times=times,
        values=observations.values,
        frequency=examination.frequency,
        season=examination.season,
        layout=observations.layout,
        baseline_only=examination.baseline_only,
    )
    return panel, report


def check_table(
    source: Any, options: TableOptions | None = None, *, spelling: Spelling = "python"
) -> Report:
    """The report of a table, whatever is wrong with its data.

    Raises UsageError when the options do not fit the table, and DataError when the source cannot
    be read as a table at all.
    """
    return _examine(source, options or TableOptions(), spelling)[1]


def _examine(
    source: Any, options: TableOptions, spelling: Spelling
) -> tuple[Examination | None, Report]:
    table = source if isinstance(source, Table) else open_table(source, options)
    try:
        examination = examine(table, options)
    except Stopped as stopped:
        if stopped.usage:
            message = f"{table.source}: {stopped.fault.render(spelling)}"
            raise UsageError(message) from None
        faults = (*stopped.before, stopped.fault)
        return None, Report(source=table.source, faults=faults)
    return examination, examination.report


def open_table(source: Any, options: TableOptions) -> Table:
    """Read a path, "-" or a frame as the options say, unexamined."""
    # A pattern is for texts: as a number, 010224 would lose its zero.
    is_pattern = options.time_format is not None and "%" in options.time_format
    return read_table(
        source,
        delimiter=options.delimiter,
        decimal=options.decimal,
        thousands=options.thousands,
        encoding=options.encoding,
        header=options.header,
        as_text=(options.time,) if options.time and is_pattern else (),
        as_numbers=options.target or (),
    )
