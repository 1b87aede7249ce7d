"""`unspool check`: what is wrong with a table, and what would mend it."""

from __future__ import annotations

from typing import Annotated

import typer

from unspool.cli.exits import FAULTY_DATA
from unspool.cli.groups import takes
from unspool.cli.options import NO_SOURCE, source_of, table_options
from unspool.data.options import TableOptions
from unspool.errors import UsageError


@takes(table=table_options)
def check(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A table; - is standard input.")
    ] = None,
    example: Annotated[
        str | None, typer.Option(metavar="NAME", help="A table that ships with Unspool: ridership.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of lines.")
    ] = False,
    *,
    table: TableOptions,
) -> None:
    """Name every fault of a table by series, row and time, and the option that mends it.

    Exits with 0 when the table is ready to forecast and with 3 when it has faults.
    """
    source = source_of(file, example)
    if source is None:
        raise UsageError(NO_SOURCE)
    from unspool.cli.report import findings
    from unspool.cli.terminal import console, say_line, write_json
    from unspool.data.loading import check_table

    report = check_table(source, table, spelling="cli")
    if as_json:
        write_json(report.to_dict())
    else:
        screen = console()
        for line in findings(report):
            say_line(screen, line)
    if not report.ok:
        raise typer.Exit(FAULTY_DATA)
