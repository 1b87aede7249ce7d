"""The options of the model and of its training."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any

from unspool import arguments
from unspool.cli.groups import flag
from unspool.cli.options import option, switch
from unspool.errors import UsageError
from unspool.models.specs import (
    NETWORKS,
    STRATEGIES,
    ConvRecurrent,
    Network,
    Recurrent,
)
from unspool.training.settings import Training

MODEL = "Model"
TRAINING = "Training (networks only)"
DEFAULT_MODEL = "gru"


@dataclass(frozen=True)
class ModelChoice:
    """Which model is to be fitted and how; `given`: the options that were not left out."""

    model: str | Network
    training: Training
    seed: int
    given: tuple[str, ...]


def networks_with(field: str) -> dict[str, Any]:
    """The networks that have a setting, and its default in each."""
    found = {name: [f for f in fields(spec) if f.name == field] for name, spec in NETWORKS.items()}
    return {name: own[0].default for name, own in found.items() if own}


def _default(field: str) -> str:
    """The default of a setting as the help gives it: one for all, or by network."""
    values = networks_with(field)
    by_value: dict[Any, list[str]] = {}
    for name, value in values.items():
        by_value.setdefault(value, []).append(name)
    if len(by_value) == 1:
        return f"{next(iter(by_value)):g}"
    return "; ".join(f"{', '.join(names)} {value:g}" for value, names in by_value.items())


def model_options(
    model: Annotated[
        str | None,
        option(
            "NAME",
            f"{', '.join(NETWORKS)}, linear, naive, seasonal-naive, drift "
            f"[default: {DEFAULT_MODEL}].",
            MODEL,
        ),
    ] = None,
    strategy: Annotated[
        str | None,
        option(
            "|".join(STRATEGIES), f"How a network decodes [default: {Network.strategy}].", MODEL
        ),
    ] = None,
    hidden: Annotated[
        int | None,
        option("N", f"Units of each recurrent layer [default: {_default('hidden')}].", MODEL),
    ] = None,
    layers: Annotated[
        int | None, option("N", f"Recurrent layers [default: {_default('layers')}].", MODEL)
    ] = None,
    dropout: Annotated[
        float | None,
        option("SHARE", f"Between the layers [default: {_default('dropout')}].", MODEL),
    ] = None,
    recurrent_dropout: Annotated[
        float | None,
        option(
            "SHARE",
            "Of a recurrent layer's state, the same units at every step "
            f"[default: {_default('recurrent_dropout')}].",
            MODEL,
        ),
    ] = None,
    layer_norm: Annotated[
        bool | None, switch("Layer-normalised recurrent cells.", MODEL, "--layer-norm")
    ] = None,
    filters: Annotated[
        int | None,
        option("N", f"Outputs of each convolution [default: {_default('filters')}].", MODEL),
    ] = None,
    kernel: Annotated[
        int | None,
        option("ROWS", f"What a convolution sees at once [default: {_default('kernel')}].", MODEL),
    ] = None,
    stride: Annotated[
        int | None,
        option(
            "ROWS",
            f"From one step of the convolution to the next [default: {_default('stride')}].",
            MODEL,
        ),
    ] = None,
    blocks: Annotated[
        int | None,
        option(
            "N",
            f"How often the dilations 1, 2, 4, … come [default: {_default('blocks')}].",
            MODEL,
        ),
    ] = None,
    depth: Annotated[
        int | None,
        option("N", "How many dilations [default: so many that the window is seen].", MODEL),
    ] = None,
    segment: Annotated[
        int | None,
        option("ROWS", "Rows of a segment [default: the root of those read].", MODEL),
    ] = None,
    look_back: Annotated[
        int | None,
        option("ROWS", "Rows read before a forecast [default: by season and horizon].", MODEL),
    ] = None,
    members: Annotated[
        int | None,
        option("N", f"Networks whose mean is the forecast [default: {Network.members}].", MODEL),
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
    clip_value: Annotated[
        float | None,
        option("SIZE", "Before that, each element is held within it [default: none].", TRAINING),
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
    arguments.one_of("model", name, _models())
    shape = {key: given[key] for key in _SHAPE if key in given}
    training = {key: given[key] for key in _TRAINING if key in given}
    if name not in NETWORKS and (shape or training):
        first = flag(next(iter(shape | training)))
        raise UsageError(
            f"{first} is for networks ({', '.join(NETWORKS)}); leave it out with --model {name}"
        )
    for key in shape:
        known = networks_with(key)
        if name not in known:
            raise UsageError(f"{flag(key)} is for {', '.join(known)}: leave it out with {name}")
    spec: str | Network = NETWORKS[name](**shape) if name in NETWORKS else name
    if _has_one_layer(spec) and dropout:
        raise UsageError("--dropout lies between layers: with one layer there is nothing to drop")
    return ModelChoice(spec, Training(**training), seed or 0, tuple(given))


_TRAINING = tuple(f.name for f in fields(Training))
_SHAPE = tuple({f.name: None for spec in NETWORKS.values() for f in fields(spec)})


def _has_one_layer(spec: str | Network) -> bool:
    """Whether a network is a single layer, so that nothing lies between layers."""
    return isinstance(spec, Recurrent) and not isinstance(spec, ConvRecurrent) and spec.layers == 1


def _models() -> tuple[str, ...]:
    from unspool.evaluation.baselines import BASELINES

    return (*NETWORKS, *BASELINES)
