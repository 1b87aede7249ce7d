"""Unspool: sequence models on the CPU you have, with a baseline beside every result.

    import unspool
    forecaster = unspool.Forecaster(model="gru", horizon=24).fit("sales.csv")
    forecaster.predict()

Nothing heavy is imported until it is used: `import unspool` does without JAX.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from unspool.errors import DataError, DivergedError, NotFittedError, UnspoolError, UsageError

if TYPE_CHECKING:
    from unspool.cells import (
        CausalConvolutionCell,
        Cell,
        GatedCell,
        GRUCell,
        GRUGates,
        LSTMCell,
        LSTMGates,
        LSTMState,
        Noise,
        Residual,
        SimpleRNNCell,
        Zoneout,
    )
    from unspool.data.examples import example
    from unspool.data.labelled.labelled import Labelled
    from unspool.data.labelled.loading import load_labelled
    from unspool.data.labelled.options import LabelledOptions
    from unspool.data.options import TableOptions
    from unspool.layers import (
        AdditiveAttention,
        BatchNorm,
        Bidirectional,
        CausalConvolution,
        Convolution,
        Dense,
        DotProductAttention,
        Dropout,
        Embedding,
        GatedActivation,
        LayerNorm,
        Recurrent,
        Shortcut,
        Stack,
        WaveNet,
        settle,
    )
    from unspool.models.classifiers import (
        BidirectionalClassifier,
        FcnClassifier,
        GruClassifier,
        InceptionClassifier,
        LstmClassifier,
        ResNetClassifier,
        TcnClassifier,
    )
    from unspool.models.generators.specs import GeneratorNetwork
    from unspool.models.shapes import (
        EncoderDecoder,
        SequenceToSequence,
        SequenceToVector,
        VectorToSequence,
    )
    from unspool.models.specs import (
        BidirectionalGru,
        ConvGru,
        ConvLstm,
        GatedWaveNet,
        Gru,
        Lstm,
        SegmentGru,
        SimpleRnn,
        SimpleWaveNet,
        Tcn,
    )
    from unspool.models.summary import summary
    from unspool.models.translators.specs import TranslatorNetwork
    from unspool.tasks.checking import check
    from unspool.tasks.classifier import SequenceClassifier
    from unspool.tasks.forecaster import Forecaster
    from unspool.tasks.generating.settings import GeneratorTraining
    from unspool.tasks.generator import SequenceGenerator
    from unspool.tasks.translator import SequenceTranslator
    from unspool.training.epochs import EpochHistory, Epochs
    from unspool.training.settings import Training
    from unspool.training.stateful import Streams, fit_stateful, next_step_streams
    from unspool.training.supervised import Examples, fit, predict

__version__ = "0.1.0"

_WHERE = {
    "CausalConvolutionCell": "unspool.cells",
    "Cell": "unspool.cells",
    "GRUCell": "unspool.cells",
    "GRUGates": "unspool.cells",
    "GatedCell": "unspool.cells",
    "LSTMCell": "unspool.cells",
    "LSTMGates": "unspool.cells",
    "LSTMState": "unspool.cells",
    "Noise": "unspool.cells",
    "Residual": "unspool.cells",
    "SimpleRNNCell": "unspool.cells",
    "Zoneout": "unspool.cells",
    "AdditiveAttention": "unspool.layers",
    "BatchNorm": "unspool.layers",
    "Bidirectional": "unspool.layers",
    "CausalConvolution": "unspool.layers",
    "Convolution": "unspool.layers",
    "Dense": "unspool.layers",
    "DotProductAttention": "unspool.layers",
    "Dropout": "unspool.layers",
    "Embedding": "unspool.layers",
    "GatedActivation": "unspool.layers",
    "LayerNorm": "unspool.layers",
    "Recurrent": "unspool.layers",
    "Shortcut": "unspool.layers",
    "Stack": "unspool.layers",
    "WaveNet": "unspool.layers",
    "settle": "unspool.layers",
    "GeneratorNetwork": "unspool.models.generators.specs",
    "EncoderDecoder": "unspool.models.shapes",
    "SequenceToSequence": "unspool.models.shapes",
    "SequenceToVector": "unspool.models.shapes",
    "VectorToSequence": "unspool.models.shapes",
    "summary": "unspool.models.summary",
    "Forecaster": "unspool.tasks.forecaster",
    "GeneratorTraining": "unspool.tasks.generating.settings",
    "SequenceGenerator": "unspool.tasks.generator",
    "SequenceTranslator": "unspool.tasks.translator",
    "BidirectionalGru": "unspool.models.specs",
    "ConvGru": "unspool.models.specs",
    "ConvLstm": "unspool.models.specs",
    "GatedWaveNet": "unspool.models.specs",
    "Gru": "unspool.models.specs",
    "Lstm": "unspool.models.specs",
    "SegmentGru": "unspool.models.specs",
    "SimpleRnn": "unspool.models.specs",
    "SimpleWaveNet": "unspool.models.specs",
    "Tcn": "unspool.models.specs",
    "TranslatorNetwork": "unspool.models.translators.specs",
    "TableOptions": "unspool.data.options",
    "EpochHistory": "unspool.training.epochs",
    "Epochs": "unspool.training.epochs",
    "Training": "unspool.training.settings",
    "Streams": "unspool.training.stateful",
    "fit_stateful": "unspool.training.stateful",
    "next_step_streams": "unspool.training.stateful",
    "Examples": "unspool.training.supervised",
    "fit": "unspool.training.supervised",
    "predict": "unspool.training.supervised",
    "BidirectionalClassifier": "unspool.models.classifiers",
    "FcnClassifier": "unspool.models.classifiers",
    "GruClassifier": "unspool.models.classifiers",
    "InceptionClassifier": "unspool.models.classifiers",
    "LstmClassifier": "unspool.models.classifiers",
    "ResNetClassifier": "unspool.models.classifiers",
    "TcnClassifier": "unspool.models.classifiers",
    "SequenceClassifier": "unspool.tasks.classifier",
    "Labelled": "unspool.data.labelled.labelled",
    "load_labelled": "unspool.data.labelled.loading",
    "LabelledOptions": "unspool.data.labelled.options",
    "check": "unspool.tasks.checking",
    "example": "unspool.data.examples",
}

__all__ = [
    "AdditiveAttention",
    "BatchNorm",
    "Bidirectional",
    "BidirectionalClassifier",
    "BidirectionalGru",
    "CausalConvolution",
    "CausalConvolutionCell",
    "Cell",
    "ConvGru",
    "ConvLstm",
    "Convolution",
    "DataError",
    "Dense",
    "DivergedError",
    "DotProductAttention",
    "Dropout",
    "Embedding",
    "EncoderDecoder",
    "EpochHistory",
    "Epochs",
    "Examples",
    "FcnClassifier",
    "Forecaster",
    "GRUCell",
    "GRUGates",
    "GatedActivation",
    "GatedCell",
    "GatedWaveNet",
    "GeneratorNetwork",
    "GeneratorTraining",
    "Gru",
    "GruClassifier",
    "InceptionClassifier",
    "LSTMCell",
    "LSTMGates",
    "LSTMState",
    "Labelled",
    "LabelledOptions",
    "LayerNorm",
    "Lstm",
    "LstmClassifier",
    "Noise",
    "NotFittedError",
    "Recurrent",
    "ResNetClassifier",
    "Residual",
    "SegmentGru",
    "SequenceClassifier",
    "SequenceGenerator",
    "SequenceToSequence",
    "SequenceToVector",
    "SequenceTranslator",
    "Shortcut",
    "SimpleRNNCell",
    "SimpleRnn",
    "SimpleWaveNet",
    "Stack",
    "Streams",
    "TableOptions",
    "Tcn",
    "TcnClassifier",
    "Training",
    "TranslatorNetwork",
    "UnspoolError",
    "UsageError",
    "VectorToSequence",
    "WaveNet",
    "Zoneout",
    "__version__",
    "check",
    "example",
    "fit",
    "fit_stateful",
    "load_labelled",
    "next_step_streams",
    "predict",
    "settle",
    "summary",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name not in _WHERE:
        raise AttributeError(f"module 'unspool' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
