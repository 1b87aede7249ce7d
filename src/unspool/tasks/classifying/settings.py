"""How a classifier is trained: what was asked for, and what its data make of the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from unspool import arguments
from unspool.data.labelled.options import SCALINGS
from unspool.data.tokens import LEVELS
from unspool.errors import UsageError
from unspool.models.classifiers import (
    CLASSIFIERS,
    BidirectionalClassifier,
    ClassifierSpec,
    FcnClassifier,
    TcnClassifier,
)
from unspool.models.classifiers.specs import RecurrentClassifier
from unspool.training.epochs import KEEPS, Epochs

AUTO = "auto"
# From so few sequences none is held back: what is left would be too few to learn from.
FEWEST = 200
# So few series are varied in training, and several networks vote (Ismail Fawaz et al. 2020, 2.3),
# half of them without slopes.
FEW_WARPING = 0.02
FEW_MEMBERS = 6
FEW_UPDATES = 500
FEW_NETWORK = FcnClassifier(filters=32, slopes=True)
# Series of fewer steps have none to spare: they are not varied, and read by a network that knows
# where in a series something was, which the mean over the steps of the other one forgets.
SHORT = 50
SHORT_NETWORK = TcnClassifier()
# Texts are soon learned by heart too: of symbols and of the pooled vector much is left out in
# training, and a network of which so much is missing is larger, and learns more slowly and longer.
TEXT_NETWORK = BidirectionalClassifier(hidden=128, embedding=64, dropout=0.5, symbol_dropout=0.1)
TEXT_RATE = 3e-3
TEXT_LEAST_EPOCHS = 15

# What a training is planned for where nothing is said: so many updates, in so many epochs.
UPDATES = 1500
EPOCHS = (10, 400)
CONVOLUTIONAL_RATE, RECURRENT_RATE, SLOPES_RATE = 2e-3, 5e-3, 1e-2
# The gradient of a recurrent network is shortened to this norm (Pascanu et al. 2013).
CLIP_NORM = 1.0


@dataclass(frozen=True)
class Came:
    """What came to learn from: how many sequences, the steps of a typical one, texts or numbers."""

    count: int
    steps: int
    is_text: bool

    @property
    def is_few(self) -> bool:
        """Whether they are series, so few that a network would learn them by heart."""
        return not self.is_text and self.count < FEWEST

    @property
    def is_short(self) -> bool:
        """Whether they are series of few steps."""
        return not self.is_text and self.steps < SHORT


@dataclass(frozen=True)
class Asked:
    """The arguments of a `SequenceClassifier`, checked; None is chosen from the data."""

    model: str | ClassifierSpec | None
    pooling: str | None
    level: str
    scaling: str
    warping: float | None
    members: int | None
    epochs: int | None
    minutes: float | None
    batch: int | None
    learning_rate: float | None
    class_weight: str | Mapping[Any, float] | None
    smoothing: float
    validation_share: float
    keep: str
    seed: int

    def __post_init__(self) -> None:
        model = self.model
        if model is not None and not isinstance(model, ClassifierSpec):
            arguments.one_of("model", model, CLASSIFIERS)
        arguments.one_of("level", self.level, LEVELS)
        arguments.one_of("scaling", self.scaling, (AUTO, *SCALINGS))
        arguments.one_of("keep", self.keep, KEEPS)
        for name in ("members", "epochs", "batch"):
            given = getattr(self, name)
            if given is not None:
                arguments.whole(name, given)
        for name in ("smoothing", "validation_share", "warping"):
            given = getattr(self, name)
            if given is not None or name != "warping":
                arguments.share(name, given)
        for name in ("minutes", "learning_rate"):
            given = getattr(self, name)
            if given is not None:
                arguments.positive(name, given)
        weight = self.class_weight
        if weight is not None and weight != "balanced" and not isinstance(weight, Mapping):
            raise UsageError(
                f"class_weight must be None, 'balanced' or a weight for each class, got {weight!r}"
            )
        arguments.seed(self.seed)

    def spec(self, came: Came) -> ClassifierSpec:
        """The network's settings; a model that was not named is chosen by what it reads.

        UsageError for settings that what came has no use for.
        """
        model = self.model
        if self.is_recipe(came):
            model = SHORT_NETWORK if came.is_short else FEW_NETWORK
        elif model is None:
            model = TEXT_NETWORK if came.is_text else "fcn"
        spec = model if isinstance(model, ClassifierSpec) else CLASSIFIERS[model]()
        self._check_use(spec, came)
        return spec if self.pooling is None else replace(spec, pooling=self.pooling)

    def size(self, came: Came) -> int:
        """How many networks there are in an ensemble."""
        return self.members or (FEW_MEMBERS if self.is_recipe(came) else 1)

    def strength(self, came: Came) -> float:
        """How far series are warped in training."""
        if self.warping is not None:
            return self.warping
        return FEW_WARPING if self.is_recipe(came) and not came.is_short else 0.0

    def updates(self, came: Came) -> int:
        """About how many a training is planned for."""
        return FEW_UPDATES if self.is_recipe(came) else UPDATES

    def is_recipe(self, came: Came) -> bool:
        """Whether no model was named for few series, which have a recipe of their own."""
        return self.model is None and came.is_few

    def is_text_recipe(self, came: Came) -> bool:
        """Whether no model was named for texts, which have a recipe of their own."""
        return self.model is None and came.is_text

    def holds_out(self, count: int) -> bool:
        """Whether some of so many sequences are held back from training."""
        return self.validation_share > 0 and count >= FEWEST

    def training(
        self,
        spec: ClassifierSpec,
        count: int,
        *,
        members: int = 1,
        updates: int = UPDATES,
        text_recipe: bool = False,
        validated: bool,
    ) -> Epochs:
        """The training of a network on `count` sequences; updates: about how many.

        text_recipe: whether it is the one that texts get where no model was named.
        """
        recurrent = isinstance(spec, RecurrentClassifier)
        batch = self.batch or (16 if count < 500 else 32 if count < 5000 else 64)
        batch = min(batch, count)
        least, most = EPOCHS
        least = TEXT_LEAST_EPOCHS if text_recipe else least
        epochs = self.epochs or min(max(round(updates / -(-count // batch)), least), most)
        slopes = isinstance(spec, FcnClassifier) and spec.slopes
        usual = RECURRENT_RATE if recurrent else SLOPES_RATE if slopes else CONVOLUTIONAL_RATE
        rate = self.learning_rate or (TEXT_RATE if text_recipe else usual)
        # The loss is the mean of the members', so that together their gradient is shorter.
        clip = CLIP_NORM / math.sqrt(members) if recurrent else None
        return Epochs(
            epochs=epochs,
            batch=batch,
            learning_rate=rate,
            schedule="one-cycle",
            clip_norm=clip,
            minutes=self.minutes,
            keep=self.keep if validated else "last",
        )

    def _check_use(self, spec: ClassifierSpec, came: Came) -> None:
        """UsageError for settings of series where texts came, and the other way round."""
        if came.is_text:
            of_other = {
                "scaling": self.scaling != AUTO,
                "warping": self.warping is not None,
                "slopes": isinstance(spec, FcnClassifier) and spec.slopes,
            }
            came_as, other = "texts", "series of numbers"
        else:
            of_other = {"level": self.level != LEVELS[0]}
            came_as, other = "series of numbers", "texts"
        for name, given in of_other.items():
            if given:
                raise UsageError(
                    f"{name} is a setting for {other}, and {came_as} came; leave it out"
                )
