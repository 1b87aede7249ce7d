"""How a generator is trained, and what that is where nothing is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unspool import arguments
from unspool.data.streams import CHORDS, ROLL, SYMBOLS
from unspool.errors import UsageError
from unspool.models.generators.specs import RECURRENT, GeneratorNetwork
from unspool.training.epochs import Epochs

# With minutes and no number of epochs, the minutes alone end a training.
ENDLESS = 1000


@dataclass(frozen=True, kw_only=True)
class GeneratorTraining:
    """Settings of a generator's training; None leaves a choice to the kind of data.

    epochs: how often everything is seen. minutes: the training ends after so many, and the
    learning rate falls along them. batch: sequences, or pieces of a text, side by side. steps: how
    far a gradient goes back: a text is cut into pieces of so many symbols, from each of which the
    state is handed on to the next; pieces of music are cut into windows of so many, half of which
    the next one shares. learning_rate: Adam's, at its highest. weight_decay: as in `Epochs`.
    transpose: music is moved up or down by so many semitones at most, anew each time. keep: "best",
    the network of the epoch that foresaw the held-out part best, or "last".
    """

    epochs: int | None = None
    minutes: float | None = None
    batch: int | None = None
    steps: int | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    transpose: int | None = None
    keep: str = "best"

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch", 1), ("steps", 2), ("transpose", 0)):
            given = getattr(self, name)
            if given is not None:
                arguments.whole(name, given, least)
        if self.transpose is not None and self.transpose > 24:
            raise UsageError(f"transpose must be at most 24 semitones, got {self.transpose}")
        self.as_epochs(SYMBOLS, one=True)  # checks the rest

    def as_epochs(self, kind: str, *, one: bool) -> Epochs:
        """What `fit` and `fit_stateful` take."""
        chosen = _DEFAULTS[kind, one]
        epochs = self.epochs
        if epochs is None:
            epochs = chosen["epochs"] if self.minutes is None else ENDLESS
        return Epochs(
            epochs=epochs,
            minutes=self.minutes,
            batch=self.batch or chosen["batch"],
            learning_rate=self.learning_rate or chosen["learning_rate"],
            weight_decay=chosen["decay"] if self.weight_decay is None else self.weight_decay,
            schedule="one-cycle",
            clip_norm=1.0,
            keep=self.keep,
        )

    def steps_for(self, kind: str, *, one: bool) -> int:
        """`steps`, chosen by the kind of data where nothing is said."""
        chosen: int = self.steps or _DEFAULTS[kind, one]["steps"]
        return chosen

    def transpose_for(self, kind: str) -> int:
        """`transpose`, which is 0 for what is no music."""
        if kind == SYMBOLS:
            if self.transpose:
                raise UsageError("transpose is for chords and piano rolls: symbols have no keys")
            return 0
        chosen: int = _DEFAULTS[kind, False]["transpose"]
        return chosen if self.transpose is None else self.transpose


def network_for(spec: GeneratorNetwork, kind: str, *, one: bool) -> GeneratorNetwork:
    """The settings of a network, with what was left out chosen by the kind of data."""
    chosen = _DEFAULTS[kind, one]
    recurrent = spec.model in RECURRENT
    return spec.filled(
        units=chosen["units"] if recurrent else chosen["filters"],
        layers=chosen["layers"] if recurrent else 6,
        embedding=chosen["embedding"],
        dropout=chosen["dropout"],
    )


_DEFAULTS: dict[tuple[str, bool], dict[str, Any]] = {
    (SYMBOLS, True): {
        "epochs": 10,
        "batch": 64,
        "steps": 64,
        "learning_rate": 4e-3,
        "decay": 0.0,
        "units": 512,
        "filters": 128,
        "layers": 1,
        "embedding": 64,
        "dropout": 0.1,
    },
    (SYMBOLS, False): {
        "epochs": 20,
        "batch": 32,
        "steps": 128,
        "learning_rate": 3e-3,
        "decay": 0.0,
        "units": 128,
        "filters": 64,
        "layers": 1,
        "embedding": 32,
        "dropout": 0.2,
    },
    (CHORDS, False): {
        "epochs": 30,
        "batch": 16,
        "steps": 48,
        "learning_rate": 4e-3,
        "decay": 0.0,
        "units": 256,
        "filters": 96,
        "layers": 1,
        "embedding": 128,
        "dropout": 0.2,
        "transpose": 5,
    },
    (ROLL, False): {
        "epochs": 40,
        "batch": 16,
        "steps": 64,
        "learning_rate": 2e-3,
        "decay": 0.0,
        "units": 256,
        "filters": 96,
        "layers": 1,
        "embedding": 128,
        "dropout": 0.3,
        "transpose": 5,
    },
}
