"""What a forecasting network is to be: settings only, no arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unspool.errors import UsageError

STRATEGIES = ("direct", "sequence", "recursive")


@dataclass(frozen=True)
class Recurrent:
    """A stack of recurrent layers with a linear autoregression beside it.

    hidden, layers: units of each layer, and how many. dropout: between the layers. strategy: one of
    "direct" (sequence to vector), "sequence" (a forecast at every step) and "recursive" (one step
    ahead, fed with its own forecasts). look_back: steps read, None to choose them from the season
    and the horizon. autoregression: whether the linear part is there. members: how many networks,
    each from its own seed, whose mean is the forecast.
    """

    hidden: int = 64
    layers: int = 1
    dropout: float = 0.0
    strategy: str = "direct"
    look_back: int | None = None
    autoregression: bool = True
    members: int = 1

    name: ClassVar[str]

    def __post_init__(self) -> None:
        for field in ("hidden", "layers", "members"):
            _check_whole(field, getattr(self, field), 1)
        if self.look_back is not None:
            _check_whole("look_back", self.look_back, 2)
        dropout = self.dropout
        if (
            isinstance(dropout, bool)
            or not isinstance(dropout, int | float)
            or not 0 <= dropout < 1
        ):
            raise UsageError(f"dropout must be a number from 0 to below 1, got {dropout!r}")
        if not isinstance(self.autoregression, bool):
            raise UsageError(f"autoregression must be True or False, got {self.autoregression!r}")
        check_choice("strategy", self.strategy, STRATEGIES)


@dataclass(frozen=True)
class SimpleRnn(Recurrent):
    """`Recurrent` with simple recurrent cells (tanh)."""

    name: ClassVar[str] = "simple-rnn"


@dataclass(frozen=True)
class Lstm(Recurrent):
    """`Recurrent` with long short-term memory cells."""

    name: ClassVar[str] = "lstm"


@dataclass(frozen=True)
class Gru(Recurrent):
    """`Recurrent` with gated recurrent units, reset after the product."""

    name: ClassVar[str] = "gru"


NETWORKS: dict[str, type[Recurrent]] = {spec.name: spec for spec in (SimpleRnn, Lstm, Gru)}


def check_choice(option: str, given: object, choices: tuple[str, ...]) -> None:
    """Raise UsageError unless `given` is one of `choices`."""
    if given not in choices:
        raise UsageError(f"{option} must be one of {', '.join(choices)}, got {given!r}")


def _check_whole(option: str, given: object, least: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise UsageError(f"{option} must be a whole number of at least {least}, got {given!r}")
