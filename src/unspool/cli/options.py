"""The options that say what a table means and what to do about its faults, and which table."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from unspool.cli.groups import flag
from unspool.data import options as known
from unspool.data.options import TableOptions
from unspool.errors import UsageError

COLUMNS = "Columns and time (each is inferred, and said, when left out)"
TEXT = "Text files (inferred as well)"
FAULTS = "What to do about faults (each stops the forecast when left out)"


def option(metavar: str, text: str, heading: str, *names: str) -> Any:
    """An option with a value, under a heading of the help."""
    return typer.Option(*names, metavar=metavar, help=text, rich_help_panel=heading)


def switch(text: str, heading: str, *names: str) -> Any:
    """An option without a value."""
    return typer.Option(*names, help=text, rich_help_panel=heading)


def _one_of(choices: tuple[str, ...]) -> str:
    return "|".join(choices)


def table_options(
    id: Annotated[
        list[str] | None, option("COLUMN", "Names the series; again for a compound id.", COLUMNS)
    ] = None,
    time: Annotated[str | None, option("COLUMN", "Times or step numbers.", COLUMNS)] = None,
    target: Annotated[
        list[str] | None,
        option("COLUMN", "What to forecast; again for several, each a series.", COLUMNS),
    ] = None,
    frequency: Annotated[
        str | None, option("STEP", "D, B, W, MS, ME, Q, Y, h, 15min, … or a whole number.", COLUMNS)
    ] = None,
    season: Annotated[int | None, option("ROWS", "Rows in a season, 1 for none.", COLUMNS)] = None,
    timezone: Annotated[str | None, option("ZONE", "Such as Europe/Berlin.", COLUMNS)] = None,
    time_format: Annotated[
        str | None, option("PATTERN", "Such as %d.%m.%Y, or unix, unix-ms, integer.", COLUMNS)
    ] = None,
    day_first: Annotated[
        bool | None, switch("How 03/04/2024 is meant.", COLUMNS, "--day-first/--month-first")
    ] = None,
    delimiter: Annotated[str | None, option("MARK", "Between cells; tab for a tab.", TEXT)] = None,
    decimal: Annotated[str | None, option("MARK", "Point or comma in numbers.", TEXT)] = None,
    thousands: Annotated[
        str | None, option("MARK", "Between thousands; '' for none.", TEXT)
    ] = None,
    encoding: Annotated[str | None, option("NAME", "Such as utf-8 or latin-1.", TEXT)] = None,
    header: Annotated[
        bool | None,
        switch("Whether the first row names the columns.", TEXT, "--header/--no-header"),
    ] = None,
    duplicates: Annotated[
        str | None, option(_one_of(known.DUPLICATES), "Several rows at one time.", FAULTS)
    ] = None,
    gaps: Annotated[str | None, option(_one_of(known.GAPS), "Times without a row.", FAULTS)] = None,
    missing: Annotated[str | None, option(_one_of(known.MISSING), "Empty values.", FAULTS)] = None,
    invalid: Annotated[
        str | None,
        option(
            _one_of(known.INVALID), "Text or infinities for values: take them as empty.", FAULTS
        ),
    ] = None,
    off_grid: Annotated[
        str | None, option(_one_of(known.OFF_GRID), "Rows between the steps.", FAULTS)
    ] = None,
    resample: Annotated[
        str | None, option(_one_of(known.RESAMPLE), "Bring all rows to --frequency.", FAULTS)
    ] = None,
) -> TableOptions:
    """What is said about a table; everything else is inferred."""
    given = dict(locals())
    if resample is not None and frequency is None:
        raise UsageError(
            f"--resample {resample} needs the frequency to bring the rows to, such as --frequency D"
        )
    for name in ("id", "target"):  # Typer gives an empty list where an option is left out
        given[name] = tuple(given[name]) if given[name] else None
    if delimiter in ("tab", r"\t"):
        given["delimiter"] = "\t"
    return TableOptions(**given)


def given_options(table: TableOptions) -> dict[str, Any]:
    """Those fields that are not left to inference."""
    return {name: value for name, value in vars(table).items() if value is not None}


def source_of(file: str | None, example: str | None) -> str | None:
    """The path, "-" for standard input, or None when neither is given."""
    if file is not None and example is not None:
        raise UsageError(f"give either the file {file!r} or {flag('example')} {example}, not both")
    if example is None:
        return file
    from unspool.data.examples import example as find

    return str(find(example))


NO_SOURCE = "give a FILE, - for standard input, or --example ridership"
