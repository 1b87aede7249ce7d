"""What a forecasting network is to be: settings only, no arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unspool import arguments
from unspool.errors import UsageError

STRATEGIES = ("direct", "sequence", "recursive")

# What must be a whole number, by its least value.
WHOLE = {
    "hidden": 1,
    "layers": 1,
    "members": 1,
    "filters": 1,
    "kernel": 2,
    "stride": 1,
    "blocks": 1,
    "depth": 1,
    "segment": 1,
    "look_back": 2,
}
# What may be None: then the size of the window decides.
OPTIONAL = ("look_back", "depth", "segment")
SHARES = ("dropout", "recurrent_dropout")
SWITCHES = ("autoregression", "layer_norm")


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network with a linear autoregression beside it: what all of them have.

    strategy: one of "direct" (sequence to vector), "sequence" (a forecast at every step) and
    "recursive" (one step ahead, fed with its own forecasts). look_back: steps read, None to choose
    them from the season and the horizon. autoregression: whether the linear part is there. members:
    how many networks, each from its own seed, whose mean is the forecast.
    """

    strategy: str = "direct"
    look_back: int | None = None
    autoregression: bool = True
    members: int = 1

    name: ClassVar[str]
    # Those that need a forecast at every step are only for networks that are causal.
    strategies: ClassVar[tuple[str, ...]] = STRATEGIES

    def __post_init__(self) -> None:
        for field, given in vars(self).items():
            if field in WHOLE and not (given is None and field in OPTIONAL):
                arguments.whole(field, given, WHOLE[field])
            elif field in SHARES:
                arguments.share(field, given)
            elif field in SWITCHES and not isinstance(given, bool):
                raise UsageError(f"{field} must be True or False, got {given!r}")
        arguments.one_of("strategy", self.strategy, STRATEGIES)
        if self.strategy not in self.strategies:
            raise UsageError(
                f"strategy must be {' or '.join(self.strategies)} for {self.name}, which has no "
                f"forecast at every step of its window, got {self.strategy!r}"
            )


@dataclass(frozen=True)
class Recurrent(Network):
    """Recurrent layers on top of each other.

    hidden, layers: units of each layer, and how many. dropout: between the layers.
    recurrent_dropout: of what a layer's step sees of the state before it, the same units at every
    step. layer_norm: the layer-normalised form of the cell.
    """

    hidden: int = 64
    layers: int = 1
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    layer_norm: bool = False


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


@dataclass(frozen=True)
class BidirectionalGru(Recurrent):
    """`Recurrent` with gated recurrent units from both ends, `hidden` units from each."""

    name: ClassVar[str] = "bidirectional"
    strategies: ClassVar[tuple[str, ...]] = ("direct",)


@dataclass(frozen=True)
class ConvRecurrent(Recurrent):
    """A strided convolution, which shortens the window, and `Recurrent` on top of it.

    filters: what the convolution gives at a step. kernel: steps that it sees at once. stride: from
    one of its steps to the next.
    """

    filters: int = 20
    kernel: int = 4
    stride: int = 2

    strategies: ClassVar[tuple[str, ...]] = ("direct",)


@dataclass(frozen=True)
class ConvGru(ConvRecurrent):
    """`ConvRecurrent` with gated recurrent units."""

    name: ClassVar[str] = "conv-gru"


@dataclass(frozen=True)
class ConvLstm(ConvRecurrent):
    """`ConvRecurrent` with long short-term memory cells."""

    name: ClassVar[str] = "conv-lstm"


@dataclass(frozen=True)
class Dilated(Network):
    """Causal convolutions on top of each other, each of which sees twice as far as the one below.

    filters: what each gives at a step. kernel: steps that each sees at once. blocks: how often the
    dilations 1, 2, 4, … are gone through. depth: how many dilations, None for as many as let the
    newest step see the whole window.
    """

    filters: int = 32
    kernel: int = 2
    blocks: int = 1
    depth: int | None = None


@dataclass(frozen=True)
class SimpleWaveNet(Dilated):
    """`Dilated`, with a rectifier after each convolution."""

    name: ClassVar[str] = "wavenet-simple"

    blocks: int = 2


@dataclass(frozen=True)
class GatedWaveNet(Dilated):
    """`Dilated`, with gates, residual and skip connections."""

    name: ClassVar[str] = "wavenet"


@dataclass(frozen=True)
class Tcn(Dilated):
    """`Dilated` by residual blocks of two convolutions. dropout: after each of the two."""

    name: ClassVar[str] = "tcn"

    kernel: int = 3
    dropout: float = 0.0


@dataclass(frozen=True)
class SegmentGru(Network):
    """A GRU over segments of the window, which then decodes all segments ahead at once.

    hidden: units. segment: steps of a segment, None to choose them from the window. dropout: before
    the last product. recurrent_dropout, layer_norm: as in `Recurrent`.
    """

    name: ClassVar[str] = "segment-gru"
    strategies: ClassVar[tuple[str, ...]] = ("direct",)

    hidden: int = 64
    segment: int | None = None
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    layer_norm: bool = False


NETWORKS: dict[str, type[Network]] = {
    spec.name: spec
    for spec in (
        *(SimpleRnn, Lstm, Gru, BidirectionalGru, ConvGru, ConvLstm),
        *(SimpleWaveNet, GatedWaveNet, Tcn, SegmentGru),
    )
}
