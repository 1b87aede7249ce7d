"""`unspool chapter`: the experiments of the chapter, listed or run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unspool.cli.exits import INTERRUPTED, say_interrupted
from unspool.cli.groups import flag, takes
from unspool.cli.options import option, switch
from unspool.errors import UsageError

if TYPE_CHECKING:
    from unspool.chapter.running import Result
    from unspool.cli.chapter_files import Files

HOW = "How they are run"
RESULTS = "Results"


@takes()
def chapter(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Experiments to run.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Run all of them.")] = False,
    seed: Annotated[int, option("N", "Of the weights and of the order of examples.", HOW)] = 0,
    epochs: Annotated[int | None, option("N", "In place of each one's own.", HOW)] = None,
    improved: Annotated[
        bool,
        switch(
            "Also with better settings, the same weights and epochs.",
            HOW,
            "--improved/--no-improved",
        ),
    ] = False,
    scale: Annotated[
        str, option("text|paper", "paper: WaveNet in the size of its paper, slow.", HOW)
    ] = "text",
    plots: Annotated[
        str | None, option("DIR", "Learning curves and forecasts as PNG files.", RESULTS)
    ] = None,
    look: Annotated[
        bool, switch("Also what goes on inside the networks; with --plots.", RESULTS, "--look")
    ] = False,
    report: Annotated[
        str | None, option("FILE", "One page with the table, all plots and the traps.", RESULTS)
    ] = None,
    as_json: Annotated[
        bool, switch("A list of one object for each instead of lines.", RESULTS, "--json")
    ] = False,
) -> None:
    """Run the experiments of the chapter beside the figures that the texts print; or list them.

    Each is a short file in unspool/chapter, to read and to copy from.
    """
    from unspool.chapter.registry import ENTRIES
    from unspool.chapter.running import check
    from unspool.cli.chapter_files import Files

    chosen = [entry.name for entry in ENTRIES] if every else list(dict.fromkeys(names or ()))
    if every and names:
        raise UsageError(f"give either names ({names[0]}, …) or --all, not both")
    if not chosen:
        _reject_without_experiments(plots=plots, look=look, report=report)
        _list(as_json)
        return
    for name in chosen:
        check(name, seed=seed, epochs=epochs, scale=scale)
    if look and plots is None:
        raise UsageError("--look needs --plots DIR, the folder for its pictures")
    files = Files(plots=plots, report=report, look=look)
    files.check()
    began = time.perf_counter()
    given = {"seed": seed, "epochs": epochs, "improved": improved, "scale": scale}
    results = _one(chosen[0], files, as_json, given) if len(chosen) == 1 else []
    interrupted = any(result.interrupted for result in results)
    if len(chosen) > 1:
        results, interrupted = _several(chosen, files, as_json, given)
    missing = len(chosen) - len(results)
    files.write_report(results, seed=seed, seconds=time.perf_counter() - began, missing=missing)
    if as_json:
        from unspool.cli.terminal import write_json

        write_json([result.to_dict() for result in results])
    else:
        from unspool.cli.terminal import console, say, say_line

        screen = console()
        if len(chosen) > 1:
            for line in table(results):
                say_line(screen, line)
        for path in files.written:
            say_line(screen, f"wrote {path}")
        if files.without_insides:
            say(screen, f"No network to look into: {', '.join(files.without_insides)}.")
    if interrupted:
        say_interrupted(f"{missing} experiments were not run" if missing else "results are partial")
        raise typer.Exit(INTERRUPTED)


def _one(name: str, files: Files, as_json: bool, given: dict[str, Any]) -> list[Result]:
    """Run one experiment, saying what it is before, and what came of it after."""
    from unspool.chapter.registry import entry
    from unspool.chapter.running import run
    from unspool.chapter.sentences import heading, lines, story
    from unspool.cli.progress import Bar
    from unspool.cli.terminal import console, say, say_line

    screen = None if as_json else console()
    with Bar(None if as_json else console(stderr=True)) as bar:
        bar.begin("starting")
        found = entry(name)
        if screen is None:
            result = run(name, on_progress=bar.show, **given)
        else:
            say(screen, heading(found), style="bold")
            for paragraph in story(found):
                say(screen, paragraph)

            def tell(text: str) -> None:
                for line in text.splitlines():
                    say_line(screen, line)

            result = run(name, on_progress=bar.show, say=tell, **given)
        bar.begin("drawing")
        files.take(result)
    if screen is not None:
        for line in lines(result):
            say(screen, line)
    return [result]


def _several(
    names: list[str], files: Files, as_json: bool, given: dict[str, Any]
) -> tuple[list[Result], bool]:
    """Run experiments, some at a time: results in the order of the names; whether Ctrl-C came."""
    from unspool.chapter.running import run_all
    from unspool.cli.progress import Bar
    from unspool.cli.terminal import console

    results: dict[str, Result] = {}
    interrupted = False
    with Bar(None if as_json else console(stderr=True)) as bar:

        def started(name: str) -> None:
            bar.count(f"running {name}", len(results), len(names))

        try:
            for result in run_all(names, on_start=started, **given):
                files.take(result)
                results[result.entry.name] = result.light()
        except KeyboardInterrupt:
            interrupted = True
    return [results[name] for name in names if name in results], interrupted


def table(results: Sequence[Result]) -> list[str]:
    """The results as lines of columns."""
    from unspool.chapter.sentences import figure_text, reached, texts_figures

    lines = [_columns("row", "name", "measure", "texts", "ours", "", "improved", "seconds")]
    for result in results:
        found = result.entry
        mark = {True: "", False: "missed", None: ""}[reached(found, result.figure)]
        lines.append(
            _columns(
                str(found.row or ""),
                found.name,
                found.measure if result.figure is not None else "",
                texts_figures(found),
                figure_text(result.figure),
                mark,
                figure_text(result.improved_figure),
                f"{result.seconds:.1f}",
            )
        )
    return lines


def _columns(*cells: str) -> str:
    widths = (3, 24, 9, 17, 9, 7, 9, 8)
    right = (True, False, False, True, True, False, True, True)
    aligned = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return " ".join(aligned).rstrip()


def _list(as_json: bool) -> None:
    """What there is."""
    from unspool.chapter.registry import ENTRIES
    from unspool.chapter.sentences import texts_figures
    from unspool.cli.terminal import console, say_line, write_json

    if as_json:
        write_json([found.to_dict() for found in ENTRIES])
        return
    screen = console()
    widest = max(len(found.name) for found in ENTRIES)
    say_line(screen, f"row {'name':{widest}} {'texts':>18}  what")
    for found in ENTRIES:
        figures = texts_figures(found)
        say_line(screen, f"{found.row or '':>3} {found.name:{widest}} {figures:>18}  {found.what}")
    say_line(screen, "`unspool chapter NAME` runs one, `unspool chapter --all` all of them.")


def _reject_without_experiments(**given: object) -> None:
    for name, value in given.items():
        if value:
            raise UsageError(f"{flag(name)} needs experiments to run: name some, or give --all")
