"""Training by epochs: its settings, and what a run reports and leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unspool import arguments
from unspool.errors import UsageError

OPTIMISERS = ("adam", "nadam")
SCHEDULES = ("constant", "cosine", "one-cycle")
KEEPS = ("last", "best")
JUDGES = ("loss", "metric")

# Of one-cycle: the share of the steps in which the rate rises, and where it starts from.
RISE = 0.3
FIRST = 1 / 25


@dataclass(frozen=True)
class Epochs:
    """Settings of a training run by epochs.

    epochs: how often every example is seen. batch: examples an update. learning_rate: the highest.
    optimiser: "adam" (Kingma & Ba 2015) or "nadam" (Dozat 2016). clip_norm: the gradient of all
    weights together is shortened to this norm; clip_value: each of its elements is held within
    this; not both. weight_decay: each update takes this share of the learning rate off every weight
    (Loshchilov & Hutter 2019, algorithm 2). patience: epochs in a row that are not better before
    training ends. minutes: the run ends after so many, and where they are over before the epochs
    the schedule is as long as they are; such a run depends on the machine's speed.

    keep: which model is handed back, "last" or "best", the one of the best epoch. judge: what an
    epoch is judged by, for `keep` and `patience`: "loss", the validation loss, the lower the
    better, or "metric", the higher the better.

    schedule: "constant"; "cosine" falls to nothing along half a wave (Loshchilov & Hutter 2017);
    "one-cycle" rises from a 25th for three tenths of the steps and then falls likewise (Smith &
    Topin 2018, with cosines for lines).
    """

    epochs: int = 20
    batch: int = 32
    learning_rate: float = 1e-3
    optimiser: str = "adam"
    clip_norm: float | None = None
    clip_value: float | None = None
    schedule: str = "constant"
    patience: int | None = None
    weight_decay: float = 0.0
    minutes: float | None = None
    keep: str = "last"
    judge: str = "loss"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "patience"):
            given = getattr(self, name)
            if given is None and name == "patience":
                continue
            arguments.whole(name, given)
        for name in ("learning_rate", "clip_norm", "clip_value", "minutes", "weight_decay"):
            given = getattr(self, name)
            if given is None and name not in ("learning_rate", "weight_decay"):
                continue
            if name == "weight_decay" and given == 0:
                continue
            arguments.positive(name, given)
        if self.clip_norm is not None and self.clip_value is not None:
            raise UsageError("clip_norm and clip_value exclude each other: give one of them")
        for name, known in (
            ("optimiser", OPTIMISERS),
            ("schedule", SCHEDULES),
            ("keep", KEEPS),
            ("judge", JUDGES),
        ):
            arguments.choice(name, getattr(self, name), known)

    def rates(self, steps: int) -> NDArray[np.float32]:
        """The learning rate of each of a run's `steps` updates, (steps,)."""
        return self.rates_at(np.arange(steps) / steps)

    def rates_at(self, done: NDArray[np.float64]) -> NDArray[np.float32]:
        """The learning rate where these shares of a run are behind it."""
        share = np.ones(len(done))
        if self.schedule == "cosine":
            share = _wave(done)
        elif self.schedule == "one-cycle":
            rising = FIRST + (1 - FIRST) * (1 - _wave(done / RISE))
            share = np.where(done < RISE, rising, _wave((done - RISE) / (1 - RISE)))
        return (self.learning_rate * share).astype(np.float32)


def _wave(done: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1 at 0 to 0 at 1 along half a cosine wave."""
    return (1 + np.cos(np.pi * np.clip(done, 0, 1))) / 2


@dataclass
class EpochHistory:
    """A run by epochs: the mean loss of each epoch's batches, and what came after each.

    validation_loss, metric: on the validation examples, empty without them; metric is empty where
    none was asked for. seconds: of the whole run; compile_seconds: what of it went into compiling.
    stopped: "epochs", "patience", "minutes" or "interrupted". kept: after which epoch, counted from
    1, the model was there that is handed back.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metric: list[float] = field(default_factory=list)
    stopped: str = "epochs"
    seconds: float = 0.0
    compile_seconds: float = 0.0
    kept: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        return {
            "epochs": len(self.loss),
            "kept": self.kept,
            "stopped": self.stopped,
            "seconds": round(self.seconds, 3),
            "compile_seconds": round(self.compile_seconds, 3),
            "loss": self.loss,
            "validation_loss": self.validation_loss,
            "metric": self.metric,
        }
