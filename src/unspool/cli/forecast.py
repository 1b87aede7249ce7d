"""`unspool forecast`: the future of every series of a table, and what to think of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from unspool.cli.exits import FAULTY_DATA, INTERRUPTED, say_error, say_interrupted
from unspool.cli.groups import flag, takes
from unspool.cli.model_options import ModelChoice, model_options
from unspool.cli.options import NO_SOURCE, given_options, option, source_of, table_options
from unspool.cli.outputs import RESULTS, STANDARD_OUTPUT, Outputs, output_options
from unspool.data.options import TableOptions
from unspool.errors import DataError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from unspool.cli.actual import Actual
    from unspool.cli.run import Run
    from unspool.data.faults import Report
    from unspool.data.panel import Panel


@takes(choice=model_options, outputs=output_options, table=table_options)
def forecast(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A table; - is standard input.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(metavar="N", help="How many rows ahead; needed without --load.")
    ] = None,
    example: Annotated[
        str | None, typer.Option(metavar="NAME", help="A table that ships with Unspool: ridership.")
    ] = None,
    load: Annotated[
        str | None,
        option("DIR", "Forecast with a saved model, untrained; FILE is optional then.", RESULTS),
    ] = None,
    actual: Annotated[
        str | None,
        option(
            "FILE",
            "A table of what came: drawn in the plot, and the errors are given.",
            RESULTS,
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print nothing but errors.", rich_help_panel=RESULTS)
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object with every figure.", rich_help_panel=RESULTS),
    ] = False,
    *,
    choice: ModelChoice,
    outputs: Outputs,
    table: TableOptions,
) -> None:
    """Forecast every series of a table, with intervals, and compare with the baselines.

    FILE is CSV, TSV, Parquet or Feather. Piped on, the forecast goes to standard output as CSV.
    """
    source = source_of(file, example)
    _check_request(source, horizon, load, choice, outputs, table)
    outputs.check(source, actual)
    screens = _screens(outputs, quiet, as_json)
    run = _run(source, horizon, load, actual, choice, table, screens)

    figures = {}
    if outputs.plot is not None or outputs.learning_curve is not None:
        from unspool.cli.views import forecast_figure, learning_figure

        if outputs.plot is not None:
            figures["plot"] = forecast_figure(run)
        if outputs.learning_curve is not None and run.fitted.histories:
            figures["learning curve"] = learning_figure(run)
    written = outputs.write(run.columns, run.forecaster, figures)

    if screens.report is not None:
        from unspool.cli.report import print_report

        print_report(screens.report, run, written)
    if as_json:
        from unspool.cli.as_json import as_json as everything
        from unspool.cli.terminal import write_json

        write_json(everything(run, written))
    elif screens.csv:
        from unspool.cli.terminal import write_bytes
        from unspool.data.writing import to_text

        write_bytes(to_text(run.columns).encode())
    if run.interrupted:
        from unspool.cli import sentences

        say_interrupted(sentences.interrupted(run))
        raise typer.Exit(INTERRUPTED)


@dataclass(frozen=True)
class Screens:
    """Where things are said: findings and progress, the report; and whether CSV goes to stdout."""

    findings: Console | None
    report: Console | None
    csv: bool
    as_json: bool


def _screens(outputs: Outputs, quiet: bool, as_json: bool) -> Screens:
    import sys

    from unspool.cli.terminal import console

    piped = outputs.out is None and not sys.stdout.isatty() and not as_json
    csv = piped or outputs.out == STANDARD_OUTPUT
    if csv and as_json:
        raise UsageError("--out - and --json both want standard output: name a file in --out")
    if quiet or as_json:
        return Screens(None, None, csv, as_json)
    errors = console(stderr=True)
    return Screens(errors, errors if csv else console(), csv, as_json)


def _check_request(
    source: str | None,
    horizon: int | None,
    load: str | None,
    choice: ModelChoice,
    outputs: Outputs,
    table: TableOptions,
) -> None:
    """Raise UsageError for options that do not go together."""
    if load is None:
        if source is None:
            raise UsageError(NO_SOURCE)
        if horizon is None:
            raise UsageError("--horizon is missing: how many rows ahead, such as --horizon 24")
        if outputs.learning_curve is not None and isinstance(choice.model, str):
            raise UsageError(
                f"--learning-curve is for networks: nothing is trained with --model {choice.model}"
            )
        return
    training = [*choice.given, *(n for n in ("learning_curve", "save") if getattr(outputs, n))]
    if training:
        raise UsageError(f"{flag(training[0])} is about training, and --load trains nothing")
    if source is None and given_options(table):
        first = flag(next(iter(given_options(table))))
        raise UsageError(f"{first} is about a table: give a FILE too, or leave it out")


def _run(
    source: str | None,
    horizon: int | None,
    load: str | None,
    actual: str | None,
    choice: ModelChoice,
    table: TableOptions,
    screens: Screens,
) -> Run:
    """Read, fit or load, and forecast."""
    from unspool.cli.progress import Bar
    from unspool.cli.run import Run
    from unspool.cli.sentences import steps_of
    from unspool.data.panel_output import forecast_columns
    from unspool.tasks.forecaster import Forecaster, check_frequency, check_horizon

    began = time.perf_counter()
    if load is not None:
        forecaster = Forecaster.load(load)
        # A few rows would not show the frequency by themselves.
        known = {"frequency": forecaster.fitted.panel.frequency.code}
        known |= given_options(forecaster.table or TableOptions())
        table = TableOptions(**{**known, **given_options(table)})
    else:
        assert horizon is not None
        forecaster = Forecaster(
            choice.model, horizon, training=choice.training, table=table, seed=choice.seed
        )
    if horizon is not None:
        check_horizon(horizon)
    with Bar(screens.findings) as bar:
        report, panel = None, None
        if source is not None:
            bar.begin(f"reading {source}")
            panel, report = _read(source, table, screens)
            if load is not None:
                check_frequency(panel, forecaster.fitted, report.source, "cli")
        own = panel is None or load is None
        panel = forecaster.fitted.panel if panel is None else panel
        horizon = horizon or forecaster.horizon
        came = None
        if actual is not None:  # before the training, so that a fault in it does not come after
            bar.begin(f"reading {actual}")
            came = _read_actual(actual, table, panel, horizon, screens)
        read = time.perf_counter()
        if load is None:
            bar.begin("preparing and compiling")
            forecaster.fit_panel(panel, on_progress=bar.show)
            if forecaster.fitted.interrupted and not steps_of(forecaster.fitted.histories):
                raise KeyboardInterrupt  # nothing has been learned that would be worth keeping
        fitted = time.perf_counter()
        bar.begin("forecasting")
        forecasts = forecaster.forecast_panel(panel, horizon)
        backtest = forecaster.fitted.backtest if own else forecaster.backtest_panel(panel)
    return Run(
        source=source or str(load),
        report=report,
        panel=panel,
        forecaster=forecaster,
        horizon=horizon,
        forecasts=forecasts,
        columns=forecast_columns(panel, horizon, forecasts.columns),
        backtest=backtest,
        actual=came,
        loaded=load is not None,
        seconds={
            "reading": round(read - began, 3),
            "fitting": round(fitted - read, 3),
            "total": round(time.perf_counter() - began, 3),
        },
    )


def _read_actual(
    source: str, table: TableOptions, panel: Panel, horizon: int, screens: Screens
) -> Actual:
    """The table of what came, read as the forecast table is, with its frequency and season."""
    from unspool.cli.actual import actual_of

    known = replace(table, frequency=panel.frequency.code, season=panel.season)
    came, _ = _read(source, known, replace(screens, findings=None))
    return actual_of(came, source, panel, horizon)


def _read(source: str, table: TableOptions, screens: Screens) -> tuple[Panel, Report]:
    """The panel and what was found; where faults are left, the doctor's report and the end."""
    from unspool.cli.report import findings
    from unspool.cli.terminal import say_line, write_json
    from unspool.data.loading import load_panel

    try:
        panel, report = load_panel(source, table, spelling="cli")
    except DataError as error:
        if error.report is None:
            raise
        if screens.as_json:
            write_json({"error": str(error), "report": error.report.to_dict()})
        if screens.findings is None:
            raise
        *lines, conclusion = findings(error.report)
        for line in lines:
            say_line(screens.findings, line)
        say_error(f"{error.report.source}: {conclusion}")
        raise typer.Exit(FAULTY_DATA) from None
    if screens.findings is not None:
        for line in findings(report)[:-1]:  # the last only says that there are no faults
            say_line(screens.findings, line)
    return panel, report
