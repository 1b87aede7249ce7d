"""Running experiments: one, or all of them, two at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from unspool import arguments
from unspool.chapter.registry import Entry, entry
from unspool.errors import UnspoolError, UsageError
from unspool.training.history import OnProgress, Progress, unseen

if TYPE_CHECKING:
    from unspool.chapter.experiment import Experiment, Order, Outcome

SCALES = ("text", "paper")
CHECKED = ("seed", "epochs", "examples")
# Experiments that run at the same time.
AT_ONCE = 2


@dataclass(frozen=True)
class Result:
    """An experiment that was run: with the texts' settings, and improved if that was asked for.

    seconds: of the run with the texts' settings, from making the data to the figure, compiling
    included; improved_seconds: of the other, None where there was none. why_not_improved: why
    there is none. how: what the improved form does differently.
    """

    entry: Entry
    outcome: Outcome
    seconds: float
    improved: Outcome | None = None
    improved_seconds: float | None = None
    how: str = ""
    why_not_improved: str = ""
    scale: str = "text"

    @property
    def figure(self) -> float | None:
        """The figure that was reached with the texts' settings, None where there is none."""
        return self.outcome.figure

    @property
    def improved_figure(self) -> float | None:
        """The figure of the improved form, None where it was not run or has none."""
        return None if self.improved is None else self.improved.figure

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended a training."""
        return is_interrupted(self.outcome) or is_interrupted(self.improved)

    def light(self) -> Result:
        """The same without models and arrays."""
        improved = None if self.improved is None else self.improved.light()
        return replace(self, outcome=self.outcome.light(), improved=improved)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and words, for JSON."""
        return {
            **self.entry.to_dict(),
            "figure": self.figure,
            "seconds": round(self.seconds, 3),
            "improved": self.improved_figure,
            "improved_seconds": self.improved_seconds and round(self.improved_seconds, 3),
            "how": self.how,
            "why_not_improved": self.why_not_improved,
            "scale": self.scale,
            "interrupted": self.interrupted,
            "findings": list(self.outcome.findings),
            "training": _training(self.outcome),
            "improved_training": _training(self.improved),
        }


def _training(outcome: Outcome | None) -> dict[str, Any] | None:
    return None if outcome is None or outcome.history is None else outcome.history.to_dict()


def is_interrupted(outcome: Outcome | None) -> bool:
    """Whether Ctrl-C ended the training."""
    history = None if outcome is None else outcome.history
    return history is not None and history.stopped == "interrupted"


def run(
    name: str,
    *,
    seed: int = 0,
    epochs: int | None = None,
    examples: int | None = None,
    improved: bool = False,
    scale: str = "text",
    on_progress: OnProgress = unseen,
    say: Callable[[str], None] | None = None,
) -> Result:
    """Run an experiment by its name.

    seed: of the weights and of the order of examples; the data stay the texts' own. epochs: in
    place of the experiment's. examples: only so many of each part, to try something quickly.
    improved: also run the improved form, where there is one. scale: "text", or "paper" for the
    size of the paper, where there is one. say: is told of data, model and settings before the
    training. Raises UsageError for what does not exist.
    """
    found = check(name, seed=seed, epochs=epochs, examples=examples, scale=scale)
    from unspool.chapter.experiment import Order

    experiment = found.load()
    if scale not in experiment.variants():
        raise UsageError(
            f"scale {scale!r}: {name} has no form of the paper's size, only WaveNet has"
        )
    order = Order(
        variant=scale,
        seed=seed,
        epochs=epochs,
        examples=examples,
        phase=name,
        on_progress=on_progress,
        say=say,
    )
    outcome, seconds = _timed(experiment, order)
    result = Result(
        found,
        outcome,
        seconds,
        how=experiment.variants().get("improved", ""),
        why_not_improved=experiment.why_not_improved(),
        scale=scale,
    )
    if not improved or "improved" not in experiment.variants() or is_interrupted(outcome):
        return result
    order = replace(order, variant="improved", phase=f"{name}, improved", say=None)
    outcome, seconds = _timed(experiment, order)
    return replace(result, improved=outcome, improved_seconds=seconds)


def ignored(_: str) -> None:
    """Say nothing."""


def run_all(
    names: Sequence[str],
    *,
    at_once: int = AT_ONCE,
    on_start: Callable[[str], None] = ignored,
    on_progress: OnProgress = unseen,
    scale: str = "text",
    **given: Any,
) -> Iterator[Result]:
    """Run several experiments, `at_once` at a time, and hand out each result when it is there.

    A small network keeps hardly more than one processor busy, and while one experiment compiles
    another can train. Results do not depend on what runs beside them. on_start: called with each
    name, in any thread, as is on_progress. scale: of those experiments that have it. given: as for
    `run`. Where an experiment fails, or the caller goes away, those that are running end with their
    current epoch.
    """
    for name in names:
        check(name, scale=scale, **{key: given[key] for key in CHECKED if key in given})
    stopped = threading.Event()

    def stop_or_show(progress: Progress) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        on_progress(progress)

    def one(name: str) -> Result:
        if stopped.is_set():
            raise KeyboardInterrupt
        on_start(name)
        try:
            own = scale if scale in entry(name).load().variants() else "text"
            return run(name, on_progress=stop_or_show, scale=own, **given)
        except UnspoolError as error:
            raise type(error)(f"{name}: {error}") from error

    workers = ThreadPoolExecutor(at_once)
    try:
        running = [workers.submit(one, name) for name in names]
        for future in as_completed(running):
            yield future.result()
    finally:
        stopped.set()
        workers.shutdown(wait=False, cancel_futures=True)


def check(
    name: str,
    *,
    seed: int = 0,
    epochs: int | None = None,
    examples: int | None = None,
    scale: str = "text",
) -> Entry:
    """The entry of an experiment, without JAX; UsageError where it could not be run so."""
    arguments.seed(seed)
    for option, given in (("epochs", epochs), ("examples", examples)):
        if given is not None:
            arguments.whole(option, given)
    if scale not in SCALES:
        raise UsageError(f"scale must be {' or '.join(SCALES)}, got {scale!r}")
    return entry(name)


def _timed(experiment: Experiment, order: Order) -> tuple[Outcome, float]:
    began = time.perf_counter()
    outcome = experiment.run(order)
    return outcome, time.perf_counter() - began
