"""The files that a run of the chapter leaves: checked before the work, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unspool.errors import UsageError

if TYPE_CHECKING:
    from unspool.chapter.running import Result


class Files:
    """Pictures in a folder and a page; what each result gives to them is taken when it comes.

    plots: the folder, which is made if there is none. report: the page. Both may be None. look:
    whether the insides of the networks are drawn, too. written: the paths, as they were written.
    without_insides: the experiments that have none to draw.
    """

    def __init__(self, *, plots: str | None, report: str | None, look: bool) -> None:
        self.folder = None if plots is None else Path(plots)
        self.report = None if report is None else Path(report)
        self.look = look
        self.written: list[Path] = []
        self.without_insides: list[str] = []
        self._sections: dict[str, str] = {}

    def check(self) -> None:
        """Raise UsageError now for what could not be written later."""
        from unspool.data.writing import reject_unwritable

        if self.report is not None:
            if not self.report.name:
                raise UsageError("--report needs a name of a file")
            reject_unwritable(self.report)
        if self.folder is None:
            return
        if self.folder.exists() and not self.folder.is_dir():
            raise UsageError(f"--plots {str(self.folder)!r} is a file: give a folder")
        # What a folder that is not there yet needs is what a file in its place would need.
        reject_unwritable(self.folder / "plot.png" if self.folder.exists() else self.folder)

    def take(self, result: Result) -> None:
        """Draw what is asked for of a result: its arrays are not needed after that."""
        if self.folder is not None:
            self.folder.mkdir(exist_ok=True)
            self._draw(result, self.folder)
            if self.look and result.outcome.model is None:
                self.without_insides.append(result.entry.name)
            elif self.look:
                self._look_inside(result, self.folder)
        if self.report is not None:
            from unspool.chapter.page import section

            self._sections[result.entry.name] = section(result)

    def write_report(
        self, results: Sequence[Result], *, seed: int, seconds: float, missing: int
    ) -> None:
        """The page, if it is asked for."""
        if self.report is None:
            return
        from unspool.chapter.page import page
        from unspool.data.writing import replacing

        text = page(
            results,
            [self._sections[result.entry.name] for result in results],
            seed=seed,
            seconds=seconds,
            missing=missing,
        )
        with replacing(self.report) as beside:
            beside.write_text(text, encoding="utf-8")
        self.written.append(self.report)

    def _draw(self, result: Result, folder: Path) -> None:
        from unspool.chapter.plots import pictures
        from unspool.plots.style import save_figure

        for name, figure in pictures(result):
            path = folder / f"{name}.png"
            save_figure(figure, path)
            self.written.append(path)

    def _look_inside(self, result: Result, folder: Path) -> None:
        from unspool.chapter.look import look

        outcome = result.outcome
        inside = folder / f"{result.entry.name}-inside"
        self.written += look(outcome.model, outcome.longest(), inside, untrained=outcome.untrained)
