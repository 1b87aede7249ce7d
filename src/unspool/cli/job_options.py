"""Options that training has in common in the jobs beside forecasting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from unspool import arguments
from unspool.cli.options import option

TRAINING = "Training"


@dataclass(frozen=True)
class TrainingChoice:
    """What was said of the training, None where it is left to the job.

    given: the options that were not left out.
    """

    epochs: int | None
    minutes: float | None
    batch: int | None
    learning_rate: float | None
    seed: int
    given: tuple[str, ...]


def training_choice(
    epochs: Annotated[
        int | None,
        option(
            "N", "How often every sequence is seen, at most [default: by their number].", TRAINING
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        option("M", "End the training after so many, and plan it for them.", TRAINING),
    ] = None,
    batch: Annotated[
        int | None, option("N", "Sequences an update [default: by the data].", TRAINING)
    ] = None,
    learning_rate: Annotated[
        float | None, option("RATE", "Adam's, at its highest [default: by the model].", TRAINING)
    ] = None,
    seed: Annotated[
        int | None,
        option("N", "The same seed gives the same bits, without --minutes [default: 0].", TRAINING),
    ] = None,
) -> TrainingChoice:
    """The settings of a training; UsageError for a number out of range."""
    given = {name: value for name, value in locals().items() if value is not None}
    for name in ("epochs", "batch"):
        arguments.whole(name, given.get(name, 1))
    for name in ("minutes", "learning_rate"):
        arguments.positive(name, given.get(name, 1.0))
    arguments.seed(given.get("seed", 0))
    return TrainingChoice(epochs, minutes, batch, learning_rate, seed or 0, tuple(given))
