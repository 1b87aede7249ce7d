"""What is said of a generator: after its training, and of an evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unspool.cli.info import figures_table
from unspool.cli.terminal import say
from unspool.data.faults import plural

if TYPE_CHECKING:
    from rich.console import Console

    from unspool.tasks.generating.judging import Evaluation
    from unspool.tasks.generator import SequenceGenerator


def print_training(screen: Console, generator: SequenceGenerator, path: str) -> None:
    """What was trained, on what, how good it is, and where it lies."""
    from unspool.tasks.generating.saving import card_of, described

    fitted, evaluation = generator.fitted, generator.evaluation_
    assert evaluation is not None
    history = fitted.history
    ended = {"minutes": ", as the minutes were over", "interrupted": ", interrupted"}
    say(
        screen,
        f"{described(fitted.spec)}, {fitted.parameters:,} parameters: "
        f"{plural(len(history.loss), 'epoch')} "
        f"in {history.seconds:.0f} s{ended.get(history.stopped, '')}, that of epoch "
        f"{history.kept} kept",
    )
    card = card_of(generator)
    say(screen, card.data)
    screen.print()
    print_figures(screen, described(fitted.spec), evaluation)
    for limit in card.limits[1:]:
        say(screen, limit)
    say(screen, f"model: {path}")


def print_figures(screen: Console, model: str, evaluation: Evaluation) -> None:
    """A table of the figures beside the baselines', and a sentence."""
    baselines = {name: one.to_dict() for name, one in evaluation.baselines.items()}
    screen.print(figures_table(model, evaluation.figures.to_dict(), baselines))
    screen.print()
    say(screen, sentence(model, evaluation), "bold")


def sentence(model: str, evaluation: Evaluation) -> str:
    """Whether the network beats the baselines."""
    from unspool.evaluation.comparison import compare

    figures = evaluation.figures.to_dict()
    baselines = {name: one.to_dict() for name, one in evaluation.baselines.items()}
    with_nats = [name for name, one in baselines.items() if "nats" in one]
    metric = "nats" if with_nats else "accuracy"
    return compare(
        model, figures, baselines, metric, evaluation.figures.count, higher=metric == "accuracy"
    ).sentence


def training_json(generator: SequenceGenerator, path: str) -> dict[str, Any]:
    """Everything that is known of a training."""
    from unspool.tasks.generating.saving import described

    fitted, evaluation = generator.fitted, generator.evaluation_
    assert evaluation is not None
    return {
        "model": described(fitted.spec),
        "saved": path,
        "parameters": fitted.parameters,
        "seed": generator.seed,
        **evaluation.to_dict(),
        "sentence": sentence(described(fitted.spec), evaluation),
        "training": fitted.history.to_dict(),
    }
