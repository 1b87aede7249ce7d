"""The options of the model and of its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from unspool.cli.groups import flag
from unspool.cli.options import option
from unspool.errors import UsageError
from unspool.models.specs import NETWORKS, STRATEGIES, Recurrent, check_choice
from unspool.training.settings import Training

MODEL = "Model"
TRAINING = "Training (networks only)"
DEFAULT_MODEL = "gru"


@dataclass(frozen=True)
class ModelChoice:
    """Which model is to be fitted and how; `given`: the options that were not left out."""

    model: str | Recurrent
    training: Training
    seed: int
    given: tuple[str, ...]


def model_options(
    model: Annotated[
        str | None,
        option(
            "NAME",
            "gru, lstm, simple-rnn, linear, naive, seasonal-naive, drift "
            f"[default: {DEFAULT_MODEL}].",
            MODEL,
        ),
    ] = None,
    strategy: Annotated[
        str | None,
        option(
            "|".join(STRATEGIES), f"How a network decodes [default: {Recurrent.strategy}].", MODEL
        ),
    ] = None,
    hidden: Annotated[
        int | None, option("N", f"Units of each layer [default: {Recurrent.hidden}].", MODEL)
    ] = None,
    layers: Annotated[
        int | None, option("N", f"Recurrent layers [default: {Recurrent.layers}].", MODEL)
    ] = None,
    dropout: Annotated[
        float | None,
        option("SHARE", f"Between the layers [default: {Recurrent.dropout:g}].", MODEL),
    ] = None,
    look_back: Annotated[
        int | None,
        option("ROWS", "Rows read before a forecast [default: by season and horizon].", MODEL),
    ] = None,
    members: Annotated[
        int | None,
        option("N", f"Networks whose mean is the forecast [default: {Recurrent.members}].", MODEL),
    ] = None,
    steps: Annotated[
        int | None, option("N", f"Updates at most [default: {Training.steps}].", TRAINING)
    ] = None,
    batch: Annotated[
        int | None, option("N", f"Windows an update [default: {Training.batch}].", TRAINING)
    ] = None,
    learning_rate: Annotated[
        float | None,
        option(
            "RATE", f"Adam's, at the beginning [default: {Training.learning_rate:g}].", TRAINING
        ),
    ] = None,
    clip_norm: Annotated[
        float | None,
        option(
            "NORM",
            f"Gradients are shortened to it [default: {Training.clip_norm:g}].",
            TRAINING,
        ),
    ] = None,
    patience: Annotated[
        int | None,
        option(
            "CHECKS",
            f"End after so many in a row, of {Training.checks}, that are clearly worse than the "
            f"best [default: {Training.patience}].",
            TRAINING,
        ),
    ] = None,
    finish: Annotated[
        float | None,
        option(
            "SHARE",
            "Updates on all rows afterwards, as a share of those before "
            f"[default: {Training.finish:g}].",
            TRAINING,
        ),
    ] = None,
    minutes: Annotated[float | None, option("M", "Bound the time of training.", TRAINING)] = None,
    seed: Annotated[
        int | None, option("N", "The same seed gives the same bits [default: 0].", TRAINING)
    ] = None,
) -> ModelChoice:
    """The model and its settings; an option that does not fit the model is an error."""
    given = {name: value for name, value in locals().items() if value is not None}
    name = model or DEFAULT_MODEL
    check_choice("model", name, _models())
    shape = {key: given[key] for key in _SHAPE if key in given}
    training = {key: given[key] for key in _TRAINING if key in given}
    if name not in NETWORKS and (shape or training):
        first = flag(next(iter(shape | training)))
        raise UsageError(
            f"{first} is for networks ({', '.join(NETWORKS)}); leave it out with --model {name}"
        )
    spec: str | Recurrent = NETWORKS[name](**shape) if name in NETWORKS else name
    if isinstance(spec, Recurrent) and dropout and spec.layers == 1:
        raise UsageError("--dropout lies between layers: with one layer there is nothing to drop")
    return ModelChoice(spec, Training(**training), seed or 0, tuple(given))


_SHAPE = ("strategy", "hidden", "layers", "dropout", "look_back", "members")
_TRAINING = ("steps", "batch", "learning_rate", "clip_norm", "patience", "finish", "minutes")


def _models() -> tuple[str, ...]:
    from unspool.evaluation.baselines import BASELINES

    return (*NETWORKS, *BASELINES)
