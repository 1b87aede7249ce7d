"""The report of a forecast: the first rows, the comparison, the verdict, what else to know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unspool.cli import sentences
from unspool.cli.run import Run
from unspool.cli.terminal import clean, say
from unspool.data.faults import Report, plural, series_name
from unspool.data.panel_output import STEP
from unspool.evaluation.backtest import Backtest

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

ROWS = 10
MOST_ROWS = 14  # shown whole, as a note on four more rows would save nothing
SPACE = 2  # between columns
NOTHING = "-"  # where a number is not known
METRICS = {"mae": "MAE", "rmse": "RMSE", "smape": "sMAPE %", "mase": "MASE"}
WON = {"better": "bold green", "worse": "bold yellow"}


def findings(report: Report) -> list[str]:
    """A doctor's report as lines, with what is to be said of the reading on one of them."""
    reading = [fault.message for fault in report.notes if fault.kind == "reading"]
    rest = tuple(fault for fault in report.faults if fault.kind != "reading")
    *lines, conclusion = replace(report, faults=rest).lines(style="cli")
    if reading:
        lines.append(f"note: read as {', '.join(reading)}")
    return [*lines, conclusion]


def print_report(screen: Console, run: Run, written: Iterable[tuple[str, str]]) -> None:
    """All that came of a forecast."""
    if not run.loaded:
        for sentence in sentences.training(run.fitted.histories):
            say(screen, sentence)
    screen.print()
    print_forecast(screen, run)
    screen.print()
    if run.backtest is None:
        say(screen, sentences.no_backtest(run), "bold yellow")
    else:
        print_scores(screen, run, run.backtest)
        screen.print()
        verdict = run.backtest.verdict()
        say(screen, verdict.sentence, WON.get(verdict.outcome, "bold"))
    if run.actual is not None:
        say(screen, sentences.actual(run, run.actual), "bold")
    said = [] if run.fitted.coverage is None else run.fitted.coverage.sentences()
    said += [*sentences.reservations(run), *sentences.fallbacks(run), *sentences.files(written)]
    for sentence in said:
        say(screen, sentence)


def print_forecast(screen: Console, run: Run) -> None:
    """The first rows of the first series; bounds that find no place at this width are left out."""
    panel, columns = run.panel, run.forecasts.columns
    shown = run.horizon if run.horizon <= MOST_ROWS else ROWS
    times = panel.layout.style.texts(panel.future_times(run.horizon)[0, :shown])
    cells = {panel.layout.time_name or STEP: times}
    decimals = _decimals(np.array([values[0, :shown] for values in columns.values()]))
    for name, values in columns.items():
        cells[name] = number_column(values[0, :shown], decimals)
    left_out = []
    while _width(cells) > screen.width and len(cells) > 2:
        left_out.append(cells.popitem()[0])
    title = f"Forecast of {series_name(panel.ids[0])}"
    if panel.n_series > 1:
        title += f", the first of {panel.n_series:,}"
    say(screen, title, "bold")
    screen.print(_table(cells, left=1))
    more = []
    if run.horizon > shown:
        more.append(plural(run.horizon - shown, "more row"))
    if panel.n_series > 1:
        more.append(f"{plural(panel.n_series - 1, 'more series')}")
    if left_out:
        more.append(f"the columns {', '.join(reversed(left_out))}")
    if more:
        say(screen, f"… {' and '.join(more)}")


def print_scores(screen: Console, run: Run, backtest: Backtest) -> None:
    """Method by method, the errors on the same windows; the least of a column stands out."""
    found = backtest.scores()
    own = found[backtest.model]
    title = f"Backtest: {plural(own['windows'], 'window')} of {plural(own['series'], 'series')}, "
    title += f"{plural(backtest.actual.shape[1], 'step')} ahead"
    if run.loaded and backtest is not run.fitted.backtest:
        title += ", on rows that the model was not fitted to"
    elif run.forecaster.network_spec is not None or backtest.model == "linear":
        title += ", on rows held back from training"
    say(screen, title, "bold")
    cells: dict[str, list[str]] = {"method": list(found)}
    best = {}
    for key, label in METRICS.items():
        values = np.array([of[key] for of in found.values()], dtype=np.float64)  # type: ignore[literal-required]
        cells[label] = number_column(values, _decimals(values, digits=5))
        if np.isfinite(values).any():
            best[label] = int(np.nanargmin(values))
    screen.print(_table(cells, left=1, bold=best))
    for sentence in sentences.scores(backtest):
        say(screen, sentence)


def number_column(values: ArrayLike, decimals: int | None) -> list[str]:
    """Numbers with thousands parted and so many decimals, None for a power of ten."""
    form = ".4g" if decimals is None else f",.{decimals}f"
    return [
        NOTHING if np.isnan(value) else format(value, form) for value in np.asarray(values, float)
    ]


def _decimals(values: NDArray[np.float64], digits: int = 4) -> int | None:
    """As many as give the largest of the numbers so many digits; None where that is no way."""
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    if largest == 0:
        return 0
    power = int(np.floor(np.log10(largest)))
    return None if power >= 12 or power < -4 else max(0, digits - 1 - power)


def _table(
    cells: dict[str, Sequence[str]] | dict[str, list[str]],
    left: int,
    bold: dict[str, int] | None = None,
) -> Table:
    """Columns of text under their names: the first `left` to the left, numbers to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, SPACE, 0, 0), pad_edge=False, header_style="underline")
    for position, name in enumerate(cells):
        justify: Any = "left" if position < left else "right"
        table.add_column(Text(clean(name)), justify=justify, no_wrap=True)
    for row, texts in enumerate(zip(*cells.values(), strict=True)):
        table.add_row(
            *(
                Text(clean(text), style="bold" if (bold or {}).get(name) == row else "")
                for name, text in zip(cells, texts, strict=True)
            )
        )
    return table


def _width(cells: dict[str, list[str]]) -> int:
    from rich.cells import cell_len

    widths = [max(map(cell_len, [clean(name), *texts])) for name, texts in cells.items()]
    return sum(widths) + SPACE * (len(widths) - 1)
