"""How far a training is, on a terminal: what it does, loss, validation error, time left."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console

    from unspool.training.history import Progress


class Bar:
    """A line on a terminal that is redrawn in place and gone at the end; nothing elsewhere."""

    def __init__(self, where: Console | None) -> None:
        self._bar = None
        self._phase = ""
        if where is None or not where.is_terminal:
            return
        from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
        from rich.table import Column
        from rich.text import Text

        class Figures(ProgressColumn):
            """A training's figures, or how long something else has taken."""

            def render(self, task: Task) -> Text:
                return Text(task.fields["figures"] or f"{_clock(task.elapsed or 0)} so far")

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None, table_column=Column(ratio=1)),
            Figures(table_column=Column(no_wrap=True)),
            console=where,
            transient=True,
            expand=True,
        )
        self._task = self._bar.add_task("", total=None, figures="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, what: str) -> None:
        """Show what is going on, when nobody knows how long it takes."""
        if self._bar is not None:
            self._bar.remove_task(self._task)
            self._task = self._bar.add_task(what, total=None, figures="")

    def count(self, what: str, done: int, total: int) -> None:
        """Show how many things of several are done, and which was begun last."""
        if self._bar is not None:
            self._bar.update(
                self._task,
                description=what,
                total=total,
                completed=done,
                figures=f"{done} of {total}",
            )

    def show(self, progress: Progress) -> None:
        """Show a training's state; the callback of `Forecaster.fit`."""
        if self._bar is None:
            return
        if is_last(progress):
            self.begin("comparing with the baselines")
            return
        self._bar.update(
            self._task,
            description=progress.phase,
            total=progress.steps,
            completed=progress.step,
            figures=figures(progress),
        )


def is_last(progress: Progress) -> bool:
    """Whether no more training follows: "finishing", or "finishing 5 of 5", is through."""
    word, _, count = progress.phase.partition(" ")
    network, _, networks = count.partition(" of ")
    return word == "finishing" and network == networks and progress.step >= progress.steps


def figures(progress: Progress) -> str:
    """`240/800 loss 0.293 validation 0.251 0:34 left`."""
    said = [f"{progress.step:,}/{progress.steps:,}", f"loss {progress.loss:.3g}"]
    if progress.validation is not None:
        said.append(f"validation {progress.validation:.3g}")
    if progress.seconds_left is not None:
        said.append(f"{_clock(progress.seconds_left)} left")
    return " ".join(said)


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
