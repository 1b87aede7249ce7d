"""How a network is trained: settings only."""

from __future__ import annotations

from dataclasses import dataclass

from unspool import arguments
from unspool.errors import UsageError


@dataclass(frozen=True)
class Training:
    """Settings of a training run.

    steps: updates at most. batch: windows an update. learning_rate: Adam's, at the beginning; it
    falls to nothing along a half cosine (Loshchilov & Hutter 2017). clip_norm: the gradient is
    shortened to this norm. clip_value: before that, each of its elements is held within this, on
    either side of 0. patience: checks in a row whose validation error is above the best by
    more than chance, before training stops. checks: how often in `steps` that error is measured.
    minutes: bounds the training's time; the fall of the learning rate is then fitted into it, so
    that results depend on the machine's speed. finish: how many updates on all data follow, the
    newest included, as a part of those that the kept network took (or of one check's, if that is
    more); 0 for none.
    """

    steps: int = 800
    batch: int = 128
    learning_rate: float = 1e-3
    clip_norm: float = 1.0
    clip_value: float | None = None
    patience: int = 8
    checks: int = 20
    minutes: float | None = None
    finish: float = 0.25

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "patience", "checks"):
            arguments.whole(name, getattr(self, name))
        for name in ("learning_rate", "clip_norm", "clip_value", "minutes"):
            given = getattr(self, name)
            if given is None and name in ("clip_value", "minutes"):
                continue
            arguments.positive(name, given)
        if not _is_number(self.finish) or not 0 <= self.finish <= 10:
            raise UsageError(f"finish must be a number from 0 to 10, got {self.finish!r}")


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)
