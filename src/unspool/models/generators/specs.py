"""What a generating network is to be: settings only, no arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from unspool import arguments
from unspool.errors import UsageError

MODELS = ("gru", "lstm", "tcn", "wavenet")
RECURRENT = ("gru", "lstm")
KEYS = ("each-other", "independent")

_WHOLE = ("units", "layers", "embedding", "kernel", "writer")


@dataclass(frozen=True, kw_only=True)
class GeneratorNetwork:
    """Layers over time between what reads a step and what says which step comes next.

    model: "gru", "lstm", "tcn" (Bai, Kolter & Koltun 2018) or "wavenet" (van den Oord et al. 2016).
    units: of each recurrent layer, or filters of each convolution. layers: recurrent layers, blocks
    of the tcn or units of WaveNet; the dilations of these are 1, 2, 4, … from the lowest. kernel:
    steps that a convolution sees. embedding: numbers for what is read at a step. dropout: of what
    the layers read and of what the last of them gives. layer_norm: the layer-normalised form of the
    recurrent cells. tied: symbols are scored by the very vectors by which they are read (Press &
    Wolf 2017). keys: of a piano roll, "each-other", a key's probability depends on the lower keys
    of the same frame, or "independent". writer: numbers between the layers and the probabilities
    of notes or keys.

    None leaves a choice to the kind of data.
    """

    model: str = "gru"
    units: int | None = None
    layers: int | None = None
    embedding: int | None = None
    dropout: float | None = None
    layer_norm: bool = False
    tied: bool = False
    kernel: int = 3
    keys: str = "each-other"
    writer: int = 128

    def __post_init__(self) -> None:
        arguments.one_of("model", self.model, MODELS)
        arguments.one_of("keys", self.keys, KEYS)
        for name in _WHOLE:
            given = getattr(self, name)
            if given is None and name in ("units", "layers", "embedding"):
                continue
            arguments.whole(name, given, 2 if name == "kernel" else 1)
        rate = self.dropout
        if rate is not None and (
            isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < 1
        ):
            raise UsageError(f"dropout must be at least 0 and below 1, got {rate!r}")
        for name in ("layer_norm", "tied"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(f"{name} must be True or False, got {getattr(self, name)!r}")
        if self.layer_norm and self.model not in RECURRENT:
            raise UsageError(f"layer_norm is for gru and lstm, not for {self.model}")

    def filled(self, **chosen: Any) -> GeneratorNetwork:
        """The same with these for what was None."""
        return replace(
            self, **{name: value for name, value in chosen.items() if getattr(self, name) is None}
        )
