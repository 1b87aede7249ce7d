"""Settings of a network that translates."""

from __future__ import annotations

from dataclasses import dataclass

from unspool import arguments
from unspool.errors import UsageError

CELLS = ("lstm", "gru")
ATTENTIONS = ("additive", "dot", "none")


@dataclass(frozen=True)
class TranslatorNetwork:
    """An encoder that reads, a decoder that writes, and attention between them.

    cell: "lstm" or "gru". units: of the decoder; a bidirectional encoder has half of them in each
    direction. layers: of either. embedding: features of a symbol. bidirectional: whether the
    encoder reads from both ends. attention: "additive" (Bahdanau, Cho and Bengio 2015), "dot"
    (Luong, Pham and Manning 2015) or "none". dropout: on what goes from one part to the next, in
    training. copy: whether symbols can be copied from where attention points (See, Liu and Manning
    2017); None leaves it to the data.
    """

    cell: str = "gru"
    units: int = 128
    layers: int = 1
    embedding: int = 64
    bidirectional: bool = True
    attention: str = "dot"
    dropout: float = 0.0
    copy: bool | None = None

    def __post_init__(self) -> None:
        for name, known in (("cell", CELLS), ("attention", ATTENTIONS)):
            given = getattr(self, name)
            arguments.one_of(name, given, known)
        for name in ("units", "layers", "embedding"):
            arguments.whole(name, getattr(self, name))
        if isinstance(self.dropout, bool) or not isinstance(self.dropout, int | float):
            raise UsageError(f"dropout must be a number, got {self.dropout!r}")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"dropout must be at least 0 and below 1, got {self.dropout}")
        if self.bidirectional and self.units % 2:
            raise UsageError(
                f"units must be even for a bidirectional encoder, got {self.units}: half of them "
                "read in each direction"
            )
        if self.copy and self.attention == "none":
            raise UsageError("copy needs attention, which says what to copy: additive or dot")

    @property
    def name(self) -> str:
        """What the network is called in tables: "gru with additive attention"."""
        how = (
            "without attention" if self.attention == "none" else f"with {self.attention} attention"
        )
        return f"{self.cell} {how}"


@dataclass(frozen=True)
class Side:
    """What stands at each step of one side: one of `size` symbols, or `size` numbers."""

    size: int
    symbols: bool = True
