"""A fitted generator as a saved model, and back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax

import unspool
from unspool.bundles.card import Card
from unspool.errors import DataError, UsageError
from unspool.models.generators.build import build
from unspool.models.generators.specs import GeneratorNetwork
from unspool.tasks.bundle import load_task, restore_model, save_task
from unspool.tasks.generating.coding import WHAT, Coding
from unspool.tasks.generating.fitted import Fitted
from unspool.tasks.generating.judging import HELD_OUT, Evaluation
from unspool.tasks.generating.settings import GeneratorTraining
from unspool.tasks.generator import SequenceGenerator
from unspool.training.epochs import EpochHistory

TASK = "generate"


@dataclass(frozen=True)
class Settings:
    """All of a fitted generator that is not an array."""

    spec: GeneratorNetwork
    coding: Coding
    level: str
    column: str | None
    by: str | None
    least: int
    training: GeneratorTraining | None
    seed: int
    seen: str
    held: bool
    strange: tuple[str, ...]
    sequences: int
    steps: int
    history: EpochHistory
    evaluation: Evaluation | None


def save(generator: SequenceGenerator, path: Path) -> None:
    """Write what `fit` learned; `load` gives a generator that draws the same."""
    fitted = generator.fitted
    settings = Settings(
        spec=fitted.spec,
        coding=fitted.coding,
        level=generator.level,
        column=generator.column,
        by=generator.by,
        least=generator.least,
        training=generator.training,
        seed=generator.seed,
        seen=fitted.seen,
        held=fitted.held,
        strange=fitted.strange,
        sequences=fitted.sequences,
        steps=fitted.steps,
        history=fitted.history,
        evaluation=generator.evaluation_,
    )
    save_task(path, TASK, settings, fitted.network, fitted.counts, card_of(generator))


def load(path: Path) -> SequenceGenerator:
    """The generator that was saved there. Raises UsageError, DataError."""
    settings, weights, counts, _ = load_task(path, TASK, Settings)
    try:
        generator = SequenceGenerator(
            settings.spec,
            level=settings.level,
            column=settings.column,
            by=settings.by,
            least=settings.least,
            training=settings.training,
            seed=settings.seed,
        )
        # Its shapes alone: to draw weights that nobody needs would be most of the loading time.
        template = eqx.filter_eval_shape(
            build, settings.spec, settings.coding.values, key=jax.random.key(0)
        )
    except UsageError as error:  # of a setting that no generator could have been given
        raise DataError(f"{str(path)!r} is damaged: {error}") from error
    generator.fitted_ = Fitted(
        coding=settings.coding,
        spec=settings.spec,
        network=restore_model(weights, template),
        counts=counts,
        history=settings.history,
        seen=settings.seen,
        held=settings.held,
        strange=settings.strange,
        sequences=settings.sequences,
        steps=settings.steps,
    )
    generator.evaluation_ = settings.evaluation
    return generator


def card_of(generator: SequenceGenerator) -> Card:
    """What the model says of itself."""
    fitted, evaluation = generator.fitted, generator.evaluation_
    coding, history = fitted.coding, fitted.history
    what = f"steps of {fitted.sequences:,} {WHAT[coding.kind]}"
    if coding.one:
        what = f"{coding.unit}s of a {'sequence' if coding.level is None else 'text'}"
    data = f"{fitted.steps:,} {what} trained it"
    figures: dict[str, float] = {}
    baselines: dict[str, dict[str, float]] = {}
    if evaluation is not None:
        figures = evaluation.figures.to_dict()
        baselines = {name: one.to_dict() for name, one in evaluation.baselines.items()}
        of = "what was held out" if evaluation.part == HELD_OUT else f"its part {evaluation.part!r}"
        if not fitted.held:
            of = "the validation data"
        data += f"; the figures are of {evaluation.figures.count:,} {coding.unit}s of {of}"
    sizes = {"parameters": fitted.parameters, "sequences": fitted.sequences, "steps": fitted.steps}
    if coding.vocabulary is not None:
        sizes["symbols"] = len(coding.vocabulary.symbols)
    made: dict[str, str] = {
        "unspool": unspool.__version__,
        "seed": str(generator.seed),
        "seconds": f"{history.seconds:.1f}",
        "epochs": f"{len(history.loss)}, that of {history.kept} kept",
    }
    return Card(
        task=TASK,
        model=described(fitted.spec),
        data=data + ".",
        made=made,
        sizes=sizes,
        figures=figures,
        baselines=baselines,
        limits=limits(fitted),
    )


def described(spec: GeneratorNetwork) -> str:
    """`gru, 1 layer of 512`."""
    name = f"layer-normalised {spec.model}" if spec.layer_norm else spec.model
    return f"{name}, {spec.layers} layer{'s' * (spec.layers != 1)} of {spec.units}"


def limits(fitted: Fitted) -> tuple[str, ...]:
    """What the model should not be trusted with."""
    coding = fitted.coding
    found: list[Any] = ["What it makes looks like its training data; it knows nothing."]
    if coding.vocabulary is not None:
        found.append(f"It knows {len(coding.vocabulary.symbols):,} symbols and no others.")
    if fitted.strange:
        some = ", ".join(repr(symbol) for symbol in fitted.strange[:5])
        found.append(
            f"{len(fitted.strange)} symbols ({some}) occur in the held-out part alone and "
            "were left out of it."
        )
    if fitted.history.stopped == "minutes":
        found.append("Minutes ended the training: the same seed may give other weights again.")
    return tuple(found)
