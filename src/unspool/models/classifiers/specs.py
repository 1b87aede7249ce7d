"""What a classifying network is to be: settings only, no arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unspool import arguments

POOLINGS = ("attention", "mean", "last")

# What must be a whole number, by its least value.
WHOLE = {"hidden": 1, "layers": 1, "embedding": 1, "filters": 1, "kernel": 1, "depth": 1}
SHARES = ("dropout", "symbol_dropout")


@dataclass(frozen=True, kw_only=True)
class ClassifierSpec:
    """What all of them have.

    pooling: how one vector is made of the outputs at all steps: "attention", "mean", "last".
    embedding: size of the vector of each symbol of a text. symbol_dropout: how many of the symbols
    are taken for the unknown one in training, which is how that one is learned; more of it keeps a
    network from learning texts by heart. dropout: of what the pooling gives, and between recurrent
    layers.
    """

    pooling: str = "mean"
    embedding: int = 32
    symbol_dropout: float = 0.02
    dropout: float = 0.0

    name: ClassVar[str]

    def __post_init__(self) -> None:
        for field, given in vars(self).items():
            if field in WHOLE:
                arguments.whole(field, given, WHOLE[field])
            elif field in SHARES:
                arguments.share(field, given)
        arguments.one_of("pooling", self.pooling, POOLINGS)


@dataclass(frozen=True, kw_only=True)
class RecurrentClassifier(ClassifierSpec):
    """Recurrent layers on top of each other; hidden: units of each, layers: how many.

    layer_norm: the layer-normalised form of the cell.
    """

    pooling: str = "last"
    hidden: int = 64
    layers: int = 1
    layer_norm: bool = False


@dataclass(frozen=True, kw_only=True)
class GruClassifier(RecurrentClassifier):
    """Gated recurrent units."""

    name: ClassVar[str] = "gru"


@dataclass(frozen=True, kw_only=True)
class LstmClassifier(RecurrentClassifier):
    """Long short-term memory."""

    name: ClassVar[str] = "lstm"


@dataclass(frozen=True, kw_only=True)
class BidirectionalClassifier(RecurrentClassifier):
    """Gated recurrent units from both ends, `hidden` units from each."""

    name: ClassVar[str] = "bidirectional"


@dataclass(frozen=True, kw_only=True)
class FcnClassifier(ClassifierSpec):
    """Three convolutions of 8, 5 and 3 steps with batch normalisation (Wang, Yan and Oates 2017).

    filters: of the first and the last, 128 in the paper; twice as many between them. slopes: the
    difference of each step from the one before is read beside the values; of several members, only
    by the first, the third and so on.
    """

    name: ClassVar[str] = "fcn"

    filters: int = 64
    slopes: bool = False


@dataclass(frozen=True, kw_only=True)
class ResNetClassifier(ClassifierSpec):
    """Three residual blocks of three such convolutions (Wang, Yan and Oates 2017).

    filters: of the first block; twice as many in the other two.
    """

    name: ClassVar[str] = "resnet"

    filters: int = 64


@dataclass(frozen=True, kw_only=True)
class InceptionClassifier(ClassifierSpec):
    """Convolutions of 10, 20 and 40 steps beside each other (Ismail Fawaz et al. 2020).

    filters: of each of the four branches. kernel: steps of the longest convolution; the other two
    have a half and a quarter. depth: modules on top of each other, with a shortcut around every
    three.
    """

    name: ClassVar[str] = "inception"

    filters: int = 32
    kernel: int = 40
    depth: int = 6


@dataclass(frozen=True, kw_only=True)
class TcnClassifier(ClassifierSpec):
    """Residual blocks of dilated causal convolutions (Bai, Kolter and Koltun 2018).

    filters: of each convolution. kernel: steps that it sees. depth: blocks, of the dilations 1, 2,
    4, …
    """

    name: ClassVar[str] = "tcn"

    pooling: str = "last"
    filters: int = 32
    kernel: int = 3
    depth: int = 6


CLASSIFIERS: dict[str, type[ClassifierSpec]] = {
    spec.name: spec
    for spec in (
        *(GruClassifier, LstmClassifier, BidirectionalClassifier),
        *(FcnClassifier, ResNetClassifier, InceptionClassifier, TcnClassifier),
    )
}
